package report

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/zombiectl/zombiectl/diagnose"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var verdict = diagnose.Verdict{Status: "WARNING", ExitCode: 1, Reasons: []diagnose.Reason{
	{Severity: diagnose.Warning, Text: "21 zombies (at most 0)"}, {Rule: "Z301", Severity: diagnose.Warning, Text: "Z301 pid1-not-reaping"},
}, Perf: "zombies=21;0;;0"}

// variant is a golden file of each case.
type variant struct {
	name   string
	format string
	style  Style
	check  bool
}

var variants = []variant{
	{"txt", "text", Style{}, false},
	{"80.txt", "text", Style{Width: 80}, false},
	{"color.txt", "text", Style{Width: 100, Color: true}, false},
	{"wide.txt", "wide", Style{}, false},
	{"tree.txt", "tree", Style{}, false},
	{"all.tree.txt", "tree", Style{All: true}, false},
	{"json", "json", Style{}, false},
	{"yaml", "yaml", Style{}, false},
	{"check.txt", "text", Style{}, true},
	{"check.json", "json", Style{}, true},
	{"html", "html", Style{}, false},
	{"md", "markdown", Style{}, false},
	{"prom", "prometheus", Style{}, false},
	{"check.github.txt", "github", Style{}, true},
}

func (v variant) render(t testing.TB, d *diagnose.Diagnosis) []byte {
	t.Helper()
	var out bytes.Buffer
	var err error
	if v.check {
		err = WriteCheck(&out, v.format, d, verdict, v.style)
	} else {
		err = Write(&out, v.format, d, v.style)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// golden holds what was written against a file, or with -update writes that.
func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("differs from %s (go test ./report -update rewrites it); got:\n%s", file, got)
	}
}

func TestGolden(t *testing.T) {
	for _, c := range cases {
		for _, v := range variants {
			t.Run(c.name+"."+v.name, func(t *testing.T) {
				got := v.render(t, c.make())
				file := filepath.Join("testdata", c.name+"."+v.name)
				golden(t, file, got)
			})
		}
	}
}

// heading is the line of a report that begins a part of it.
var heading = regexp.MustCompile(`(?m)^(?:#{2,} .*|[A-Z][A-Z0-9 ]{3,}(?: [^ a-z].*)?$|.*<h[23].*?>.*?</h[23]>)`)

// TestEachPartOnce: no report has the same heading twice.
func TestEachPartOnce(t *testing.T) {
	found := map[string]int{}
	for _, c := range cases {
		for _, v := range variants {
			seen := map[string]bool{}
			for _, h := range heading.FindAllString(string(v.render(t, c.make())), -1) {
				if seen[h] {
					t.Errorf("%s.%s: twice: %s", c.name, v.name, h)
				}
				seen[h] = true
			}
			found[v.format] += len(seen)
		}
	}
	for _, format := range []string{"text", "wide", "html", "markdown"} {
		if found[format] == 0 {
			t.Errorf("%s: no heading was found at all", format)
		}
	}
}

func TestLinesFit(t *testing.T) {
	all := cases
	for _, width := range []int{1, 10, 20, 40, 80, 120} {
		for _, c := range all {
			for _, format := range []string{"text", "wide", "tree"} {
				for _, style := range []Style{{Width: width}, {Width: width, Color: true, All: true}} {
					out := variant{"", format, style, false}.render(t, c.make())
					for line := range strings.SplitSeq(string(out), "\n") {
						if w := widthOf(line); w > width {
							t.Errorf("%s %s at %d: %d columns: %q", c.name, format, width, w, line)
						}
					}
				}
			}
		}
	}
}

func TestNoTrailingSpaces(t *testing.T) {
	for _, c := range cases {
		for _, v := range variants {
			if v.style.Color || c.name == "hostile" {
				continue
			}
			for line := range strings.SplitSeq(string(v.render(t, c.make())), "\n") {
				if strings.TrimRight(line, " ") != line {
					t.Errorf("%s.%s: %q", c.name, v.name, line)
				}
			}
		}
	}
}

// A report must stay a page however bad it is.
func TestTextIsOnePage(t *testing.T) {
	for _, parents := range []int{1, 3, 500, 10_000} {
		out := variant{"", "text", Style{Width: 80}, false}.render(t, crowd(30_000, 10_000, parents))
		if n := bytes.Count(out, []byte("\n")); n > 60 {
			t.Errorf("%d parents: %d lines:\n%s", parents, n, out)
		}
	}
}

func TestBlindNeverSaysNoZombies(t *testing.T) {
	d := blind()
	d.Findings, d.Sentence = nil, "Blind: nothing can be told."
	out := string(variant{"", "text", Style{}, false}.render(t, d))
	if !strings.Contains(strings.ToLower(out), "blind") || strings.Contains(strings.ToLower(out), "no zombies") {
		t.Error(out)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestWriteErrors(t *testing.T) {
	for _, want := range []error{syscall.EPIPE, syscall.ENOSPC, io.ErrShortWrite} {
		for _, format := range Formats() {
			if err := Write(failing{want}, format, incident(), Style{}); !errors.Is(err, want) {
				t.Errorf("%s: got %v, want %v", format, err, want)
			}
		}
		for _, format := range CheckFormats() {
			if err := WriteCheck(failing{want}, format, incident(), verdict, Style{}); !errors.Is(err, want) {
				t.Errorf("check %s: got %v, want %v", format, err, want)
			}
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	err := Write(io.Discard, "xml", incident(), Style{})
	if err == nil || !strings.Contains(err.Error(), `unknown format "xml": text, wide, tree, json, yaml, html, markdown, prometheus`) {
		t.Error(err)
	}
	if err := Write(io.Discard, "junit", incident(), Style{}); err == nil {
		t.Error("junit without a verdict")
	}
}
