package report

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/verdict"
	"github.com/zombiectl/zombiectl/fixtures/golden"
	"github.com/zombiectl/zombiectl/report/doc"
	"github.com/zombiectl/zombiectl/report/page"
)

var failed = verdict.Verdict{Status: "WARNING", ExitCode: 1, Reasons: []verdict.Reason{
	{Severity: diagnose.Warning, Text: "21 zombies (at most 0)"}, {Rule: "Z301", Severity: diagnose.Warning, Text: "pid1-not-reaping"},
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
	said := Diagnosis(d)
	if v.check {
		said = Check(d, failed)
	}
	return written(t, v.format, said, v.style)
}

// written is a document in a format.
func written(t testing.TB, format string, said Document, s Style) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, format, said, s); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestGolden(t *testing.T) {
	for _, c := range cases {
		for _, v := range variants {
			t.Run(c.name+"."+v.name, func(t *testing.T) {
				got := v.render(t, c.make())
				file := filepath.Join("testdata", c.name+"."+v.name)
				golden.File(t, file, got)
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

// command is a line of a card with something to paste.
var command = regexp.MustCompile(`^   (now|cure|look|more)   +[a-z]`)

func TestLinesFit(t *testing.T) {
	all := cases
	for _, width := range []int{1, 10, 20, 40, 80, 120} {
		for _, c := range all {
			for _, format := range []string{"text", "wide", "tree"} {
				for _, style := range []Style{{Width: width}, {Width: width, Color: true, All: true}} {
					out := variant{"", format, style, false}.render(t, c.make())
					for line := range strings.SplitSeq(string(out), "\n") {
						// A command is whole at any width: a cut one cannot be pasted.
						if w := page.Width(line); w > width && !command.MatchString(line) {
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
		for _, said := range []Document{Diagnosis(incident()), Check(incident(), failed)} {
			for _, format := range Formats(said) {
				if err := Write(failing{want}, format, said, Style{}); !errors.Is(err, want) {
					t.Errorf("%s: got %v, want %v", format, err, want)
				}
			}
		}
	}
}

// TestFormats: a document that cannot be shown in a format gives one error,
// which names the formats that it has, and does not depend on the contents.
func TestFormats(t *testing.T) {
	for _, c := range []struct {
		nothing, said Document
		format, want  string
	}{
		{Diagnosis(nil), Diagnosis(incident()), "junit", `unknown output format "junit": choose text, wide, tree, json, yaml, html, markdown or prometheus`},
		{Check(nil, verdict.Verdict{}), Check(incident(), failed), "xml", `unknown output format "xml": choose text, wide, tree, json, yaml, html, markdown, prometheus, junit or github`},
		{Process(nil), Process(inspect(t, "uf-backend", 12)), "tree", "-o tree cannot be used with a PID: choose text, wide, json or yaml"},
		{Left(nil, verdict.Verdict{}), Left(leaky(), failed), "html", "-o html cannot be used with a command: choose text, json, yaml, junit or github"},
		{Reap(nil), Reap(&doc.Reap{Diagnosis: incident()}), "", `unknown output format "": choose text, json or yaml`},
		{Probe(nil), Probe(&doc.Probe{Diagnosis: incident()}), "wide", `unknown output format "wide": choose text, json or yaml`},
		{Pods(nil), Pods(somePods()), "tree", `unknown output format "tree": choose text, wide, json or yaml`},
		{Watch(nil), Watch(watched(t, "x")), "html", `unknown output format "html": choose text, json or yaml`},
		{Scenes(nil), Scenes([]doc.Scene{{Name: "x"}}), "json", `unknown output format "json": choose text`},
		{Scene(doc.Scene{}, 0, 0, 0), Scene(doc.Scene{Name: "x"}, 1, 2, time.Second), "yaml", `unknown output format "yaml": choose text`},
		{Rule(nil), Rule(diagnose.FindRule("Z201")), "json", `unknown output format "json": choose text`},
		{Topic(nil), Topic(&diagnose.Topics()[0]), "json", `unknown output format "json": choose text`},
		{Catalogue(), Catalogue(), "json", `unknown output format "json": choose text`},
	} {
		var out bytes.Buffer
		if err := Write(&out, c.format, c.said, Style{}); err == nil || err.Error() != c.want || out.Len() > 0 {
			t.Errorf("got %v, want %s; wrote %q", err, c.want, out.String())
		}
		if err := CheckFormat(c.nothing, c.format); err == nil || err.Error() != c.want {
			t.Errorf("early: got %v, want %s", err, c.want)
		}
		for _, format := range Formats(c.nothing) {
			if err := CheckFormat(c.nothing, format); err != nil {
				t.Error(err)
			}
			if len(written(t, format, c.said, Style{})) == 0 {
				t.Errorf("%s of %T is empty", format, c.said)
			}
		}
	}
}
