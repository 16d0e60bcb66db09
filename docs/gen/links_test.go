package main

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// readmeSize is what the README may have, in bytes: it is for the first five
// minutes, and the rest has pages of its own.
const readmeSize = 15 * 1024

func TestReadmeSize(t *testing.T) {
	info, err := os.Stat("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() >= readmeSize {
		t.Errorf("README.md has %d bytes; fewer than %d are allowed: move the details to a page in docs", info.Size(), readmeSize)
	}
}

// TestReadmeSample: what the README opens with is ten lines and fits into a window of 90
// columns.
func TestReadmeSample(t *testing.T) {
	b, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "```console\n")
	sample, _, found := strings.Cut(rest, "```")
	if !found || !strings.HasPrefix(sample, "$ zombiectl ") {
		t.Fatal("README.md opens without a sample")
	}
	lines := strings.Split(strings.TrimSuffix(sample, "\n"), "\n")
	if len(lines) > 11 {
		t.Errorf("the sample has %d lines below its command, want at most 10", len(lines)-1)
	}
	for _, line := range lines {
		if n := len([]rune(line)); n >= 90 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

// TestReadmeLegend: the parts of a report that the README explains are in the
// report that it shows.
func TestReadmeLegend(t *testing.T) {
	b, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "## How to read a report\n")
	shown, legend, found := strings.Cut(rest, "\n| Part |")
	legend, _, _ = strings.Cut(legend, "\n\n")
	explained := 0
	for _, row := range strings.Split(legend, "\n")[1:] {
		part, _, _ := strings.Cut(strings.TrimPrefix(row, "|"), "|")
		for _, m := range code.FindAllString(part, -1) {
			explained++
			if !strings.Contains(shown, strings.Trim(m, "`")) {
				t.Errorf("the report in README.md has no part %s", m)
			}
		}
	}
	if !found || explained < 5 {
		t.Errorf("README.md explains %d parts of a report", explained)
	}
}

// TestLinks: every relative link in the README and in docs leads somewhere, to
// the heading that it names.
func TestLinks(t *testing.T) {
	pages := map[string]string{}
	root := os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && strings.HasPrefix(name, ".") && name != "." || name == "bin" {
			return fs.SkipDir
		}
		if path.Ext(name) == ".md" && !strings.Contains(name, "testdata/") {
			b, err := fs.ReadFile(root, name)
			pages[name] = string(b)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(pages) < 10 {
		t.Fatalf("found only %d pages", len(pages))
	}
	there := func(name string) bool {
		_, err := os.Stat(filepath.Join("../..", filepath.FromSlash(name)))
		return err == nil
	}
	for _, wrong := range deadLinks(pages, there) {
		t.Error(wrong)
	}
	for name := range pages {
		if path.Dir(name) == "docs" && name != "docs/README.md" &&
			!strings.Contains(pages["docs/README.md"], "("+path.Base(name)+")") {
			t.Errorf("docs/README.md does not list %s", name)
		}
	}
}

// TestDeadLinks is its control.
func TestDeadLinks(t *testing.T) {
	pages := map[string]string{
		"README.md": "[a](docs/a.md) [b](docs/a.md#what-it-reads-a-list) [code](main.go) [web](https://example.com/x)\n" +
			"```\n[in a sample](nowhere.md)\n```\nand `[in code](nowhere.md)` [gone](docs/gone.md)\n",
		"docs/a.md": "# A\n\n## What it `reads`: a list\n\n[up](../README.md) [here](#a) [twice](#again-1) [not here](#b)\n" +
			"## Again\n## Again\n```\n# no heading\n```\n[in a sample](#no-heading) ![picture](x.png)\n",
	}
	there := func(name string) bool { return pages[name] != "" || name == "main.go" }
	got := deadLinks(pages, there)
	want := []string{
		"README.md: docs/gone.md leads nowhere",
		"docs/a.md: #b: docs/a.md has no such heading",
		"docs/a.md: #no-heading: docs/a.md has no such heading",
		"docs/a.md: x.png leads nowhere",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

var (
	// fence is a verbatim block, which has neither links nor headings.
	fence   = regexp.MustCompile("(?ms)^ *```.*?^ *```$")
	code    = regexp.MustCompile("`[^`\n]*`")
	link    = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
)

// deadLinks names the links in pages that lead nowhere, ordered by page. Links
// to other sites are not looked at.
func deadLinks(pages map[string]string, there func(string) bool) []string {
	var dead []string
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		text := code.ReplaceAllString(fence.ReplaceAllString(pages[name], ""), "")
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			file, anchor, _ := strings.Cut(m[1], "#")
			to := name
			if file != "" {
				to = path.Join(path.Dir(name), file)
			}
			switch {
			case !there(to):
				dead = append(dead, fmt.Sprintf("%s: %s leads nowhere", name, m[1]))
			case anchor != "" && !slices.Contains(anchors(pages[to]), anchor):
				dead = append(dead, fmt.Sprintf("%s: %s: %s has no such heading", name, m[1], to))
			}
		}
	}
	return dead
}

// anchors returns the names that GitHub gives to the headings of a page.
func anchors(page string) []string {
	var names []string
	seen := map[string]int{}
	for _, m := range heading.FindAllStringSubmatch(fence.ReplaceAllString(page, ""), -1) {
		name := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-', r == '_', unicode.IsLetter(r), unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, m[1])
		n := seen[name]
		seen[name]++
		if n > 0 {
			name = fmt.Sprintf("%s-%d", name, n)
		}
		names = append(names, name)
	}
	return names
}
