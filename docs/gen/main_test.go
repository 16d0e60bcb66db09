package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/zombiectl/zombiectl/cmd"
	"github.com/zombiectl/zombiectl/fixtures/golden"
)

// stale names the pages that are not as they ought to be, ordered.
func (p *plan) stale() []string {
	all := slices.Concat(slices.Collect(maps.Keys(p.write)), p.remove)
	for _, c := range p.draw {
		all = append(all, c.file)
	}
	return slices.Sorted(slices.Values(all))
}

// TestFresh fails when a page differs from a freshly written one.
func TestFresh(t *testing.T) {
	t.Chdir("../..")
	p, err := makePlan(".")
	if err != nil {
		t.Fatal(err)
	}
	if stale := p.stale(); len(stale) > 0 {
		t.Errorf("stale: %s; run make generate", strings.Join(stale, ", "))
	}
	for name, text := range p.write {
		was, _ := os.ReadFile(name) // it may be missing
		t.Log("\n" + golden.Diff(name, was, []byte(text)))
	}
}

// TestStale is its control: a page that was edited, one that is missing and one
// that nothing generates are found, and put right.
func TestStale(t *testing.T) {
	t.Chdir("../..")
	root := t.TempDir()
	for _, name := range written {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(root, name), string(b))
	}
	copyPictures(t, root)
	carryOut := func() []string {
		p, err := makePlan(root)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.carryOut(root); err != nil {
			t.Fatal(err)
		}
		return p.stale()
	}
	if len(carryOut()) == 0 {
		t.Fatal("the runbooks are not there, and nothing is stale")
	}
	if again := carryOut(); len(again) > 0 {
		t.Fatalf("stale a moment after it was written: %v", again)
	}

	readme := filepath.Join(root, "README.md")
	b, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	edited := strings.Replace(string(b), "   more   zombiectl", "   less   zombiectl", 1)
	put(t, readme, edited)
	put(t, filepath.Join(root, runbooks, "Z999-gone.md"), "# Z999\n")
	if err := os.Remove(filepath.Join(root, topics, "zombie.md")); err != nil {
		t.Fatal(err)
	}
	want := []string{"README.md", "docs/runbooks/Z999-gone.md", "docs/topics/zombie.md"}
	if got := carryOut(); !slices.Equal(got, want) {
		t.Errorf("stale: %v, want %v", got, want)
	}
	if after, err := os.ReadFile(readme); err != nil || string(after) != string(b) {
		t.Errorf("README.md is not as it was before it was edited: %v", err)
	}
}

// copyPictures saves a test the browser.
func copyPictures(t *testing.T, root string) {
	t.Helper()
	names := []string{sums}
	for _, c := range pictures {
		names = append(names, c.file)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(root, name), string(b))
	}
}

// TestStalePictures: a picture is stale that was made of another page, that was
// changed, or that is missing.
func TestStalePictures(t *testing.T) {
	t.Chdir("../..")
	for what, spoil := range map[string]func(root string) error{
		"the page": func(root string) error {
			b, err := os.ReadFile(filepath.Join(root, sums))
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(root, sums), []byte(strings.Repeat("0", 8)+string(b[8:])), 0o644)
		},
		"the picture": func(root string) error {
			return os.WriteFile(filepath.Join(root, pictures[0].file), []byte("x"), 0o644)
		},
		"no picture": func(root string) error { return os.Remove(filepath.Join(root, pictures[0].file)) },
	} {
		root := t.TempDir()
		var fresh strings.Builder
		for _, c := range pictures {
			put(t, filepath.Join(root, c.file), "drawn")
			fresh.WriteString(c.sum([]byte("drawn")))
		}
		put(t, filepath.Join(root, sums), fresh.String())
		if stale := stalePictures(root); len(stale) > 0 {
			t.Fatalf("stale: %v", stale)
		}
		if err := spoil(root); err != nil {
			t.Fatal(err)
		}
		if stale := stalePictures(root); len(stale) != 1 || stale[0].file != pictures[0].file {
			t.Errorf("%s was changed: stale: %v", what, stale)
		}
	}
}

func TestFill(t *testing.T) {
	t.Chdir("../..")
	got, err := fill("a\n<!-- flags: capture -->\nold\n<!-- end -->\nz")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"a\n<!-- flags: capture -->\n\n| Flag |", "\n\n<!-- end -->\nz", "| `--settle DURATION` | `100ms` |"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "old") || strings.Contains(got, "--help") {
		t.Errorf("left over:\n%s", got)
	}
	got, err = fill("<!-- exit codes: all -->\nold\n<!-- end -->\n")
	if err != nil || !strings.Contains(got, "\n| `probe` | orphans are reaped | they are not | |") || strings.Contains(got, "old") {
		t.Errorf("%v\n%s", err, got)
	}
	if page := environment(); !strings.Contains(page, "\n| `NO_COLOR` | ") {
		t.Error(page)
	}
	got, err = fill("<!-- run: scan --from /nowhere -->\n<!-- end -->\n")
	if err != nil || !strings.Contains(got, "zombiectl: error: ") || !strings.Contains(got, "\nexit code 3\n") {
		t.Errorf("%v\n%s", err, got)
	}
	whole, err := fill("<!-- run: explain Z201 -->\n<!-- end -->\n")
	first, err2 := fill("<!-- run: explain Z201 | head -1 -->\n<!-- end -->\n")
	if want := "\n$ zombiectl explain Z201 | head -1\n# Z201 never-waits\n```\n"; err != nil || err2 != nil ||
		!strings.Contains(first, want) || len(whole) < 2*len(first) {
		t.Errorf("%v, %v: no %q in\n%s", err, err2, want, first)
	}
	wide, err := fill("<!-- screen 88: scan --from fixtures/waits-for-one/root -->\n<!-- end -->\n")
	top, err2 := fill("<!-- screen 88x1: scan --from fixtures/waits-for-one/root -->\n<!-- end -->\n")
	if err != nil || err2 != nil || strings.Count(top, "\n") != 6 || strings.Count(wide, "\n") < 12 {
		t.Errorf("%v, %v\n%s\n%s", err, err2, wide, top)
	}
	for line := range strings.SplitSeq(wide, "\n") {
		if utf8.RuneCountInString(line) > 88 {
			t.Errorf("wider than 88 columns: %s", line)
		}
	}
	for page, want := range map[string]string{
		"<!-- screen 88: version | head -1 -->\n<!-- end -->\n":       "not for a terminal",
		"<!-- run: version -->\n":                                     "line 1 has no end",
		"<!-- flags: scan -->\n<!-- run: version -->\n<!-- end -->\n": "line 2: the part that begins at line 1 has no end",
		"\n<!-- end -->\n":                                            "line 2: the end of nothing",
		"<!-- flags: frobnicate -->\n<!-- end -->":                    "no command",
	} {
		if _, err := fill(page); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", page, err, want)
		}
	}
}

// TestAllFlags: commands below commands are there, one that reads its flags
// itself, and none that is hidden.
func TestAllFlags(t *testing.T) {
	page := allFlags()
	for _, want := range []string{
		"\n## scan\n", "\n## completion bash\n", "\n## help\n", "| `--no-descriptions` |", "\n  --report-on SIGNAL ",
		"\n## version\n\nPrint the version.\n\n```\nzombiectl version\n```\n\nIt has no flags.\n",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
	shown := 0
	walk(cmd.New(cmd.Streams{}), func(c *cobra.Command) {
		shown++
		if c.Hidden {
			t.Errorf("%s is hidden", c.CommandPath())
		}
	})
	if got := strings.Count(page, "\n## "); got != shown || shown < 15 {
		t.Errorf("%d commands are shown, of %d", got, shown)
	}
	if strings.Contains(page, "This program was built") {
		t.Errorf("how this test was built is in\n%s", page)
	}
}

func put(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
