package cmd_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/zombiectl/zombiectl/diagnose/verdict"
	"github.com/zombiectl/zombiectl/report"
	"github.com/zombiectl/zombiectl/scan"
)

// nastyNames are names that processes really have in these tests: those of the
// files that they run, of which the kernel keeps 15 bytes.
var nastyNames = []string{
	"a\nb", "\n", "\n\nFAKE line", "two\r\rFAKE", // lines of their own
	")", "((", ") Z 1 (", "x) Z 1 1 1 0 -1", ") R 0\n7 (x) Z 0", // the end of the name, and what follows
	"\x1b[2J\x1b[31mred", "\x1b]0;FAKE\a", "\x9b31m", "\u009b31mC1", "\x0e\x0f\x08\x7f\x01", // a terminal obeys
	"\u202egnp.exe", "\u2066a\u2069\u200b", "\u2028FAKE\u2029", "e\u0301\u0301\u0301\u0301\u0301", // what is not seen
	"\xff\xfe\xc3\x28", "\x80\x81\x82\x83\x84\x85\x86\x87\x88\x89\x8a", "\xed\xa0\x80", "世界世界世界", // no UTF-8, also by the cut
	"└─ 1 tini  Z", "No zombies amon", "FAKE  Z  exit 0", "NOT REAPING", "… 5 more", // our own output
	"a\\x1b\\nb", "\\", "%s%n%d", "$(FAKE)", "`FAKE`", "*", " ", "- x: [y, |", "'\"", "\"}],\"x\":[{", // what is made of it
	"<b>&amp;</b>", "]]>", "::error::FAKE", "##[error]FAKE", "a|b|FAKE=1;;", "**FAKE**[x](y)", "# {x=\"y\"} 1", "zombiectl-script/1",
	"0f8fad5b-d9cb .", "ProcessName\tx:",
}

// kept is what the kernel keeps of a name.
func kept(name string) string { return name[:min(len(name), 15)] }

// onScreen is how a name has to look: by the rule in the README, and not by the
// code that does it.
func onScreen(name string) string {
	var b strings.Builder
	marks := 0
	for s := name; len(s) > 0; {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case r == '\\':
			b.WriteString(`\\`)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, r)
		case unicode.Is(unicode.Mn, r) && marks >= 3, !unicode.IsPrint(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteString(s[:size])
		}
		if unicode.Is(unicode.Mn, r) {
			marks++
		} else {
			marks = 0
		}
		s = s[size:]
	}
	return b.String()
}

// inJSON is a name as a string of JSON has it: bytes that are not UTF-8 as \xNN.
func inJSON(name string) string {
	var b strings.Builder
	for s := name; len(s) > 0; {
		r, size := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&b, `\x%02x`, s[0])
		} else {
			b.WriteString(s[:size])
		}
		s = s[size:]
	}
	return b.String()
}

// harmless fails on what must not reach a terminal, a file or a browser.
func harmless(t *testing.T, what, out string) {
	t.Helper()
	if !utf8.ValidString(out) {
		t.Errorf("%s: no UTF-8", what)
	}
	for i, r := range out {
		if r != '\n' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Bidi_Control, unicode.Zl, unicode.Zp, unicode.Co)) {
			t.Errorf("%s: %U in %q", what, r, out[max(0, i-40):min(len(out), i+40)])
			return
		}
	}
	for line := range strings.SplitSeq(out, "\n") {
		if strings.HasPrefix(strings.TrimLeft(line, " │├└─"), "FAKE") && !strings.Contains(line, "FAKE  Z  exit 0") {
			t.Errorf("%s: a process has a line of its own: %q", what, line)
		}
	}
}

// TestHostile: processes with names and arguments of every nasty kind, made with
// exec and prctl, are shown unchanged, on the running machine, captured and
// through the script, and do no harm in any format.
func TestHostile(t *testing.T) {
	t.Parallel()
	requireRoot(t)
	exe := program(t)
	dir := filepath.Dir(exe)
	name := func(s string) string { return filepath.Join(dir, "names", s) }
	trueProgram, err := os.ReadFile("/bin/true")
	if err := errors.Join(err, os.Mkdir(filepath.Join(dir, "names"), 0o755)); err != nil {
		t.Fatal(err)
	}
	// PID 1 has 4 KiB of arguments in each of three.
	long := strings.Repeat("A\x1b[31m\nFAKE   tini  (tini)\n\u202e\xff ", 200)[:4096]
	a := newActor(t, exe, "\nFAKE "+long, long, "--x\n  FAKE   yes      is tini", "\x1b]0;FAKE\a"+long)
	const self = "act\n\x1b[31m\xff) Z"
	a.order(order{Comm: []byte(self)})
	want := []string{}
	for _, n := range nastyNames {
		if strings.Contains(n, "/") {
			n = strings.ReplaceAll(n, "/", "|") // of a file it cannot be
		}
		if err := writeProgram(name(n), trueProgram); err != nil {
			t.Fatal(err)
		}
		a.zombie(name(n), "\nFAKE", "\xff\x1b[2J")
		want = append(want, kept(n))
	}

	record := filepath.Join(dir, "record")
	if out, errs, code := zombiectlAs(t, a.inside(exe, "capture", "--args", "keep", record)...); code != 0 {
		t.Fatal(out, errs)
	}
	type source struct {
		name string
		scan func(args ...string) string
	}
	reading := func(from string) func(args ...string) string {
		return func(args ...string) string {
			t.Helper()
			out, errs, code := zombiectlAs(t, append([]string{exe, args[0], "--from", from}, args[1:]...)...)
			if errs != "" || code > 2 {
				t.Fatalf("%v: exit code %d: %s", args, code, errs)
			}
			return out
		}
	}
	sources := []source{
		{"live", func(args ...string) string {
			t.Helper()
			out, errs, code := zombiectlAs(t, a.inside(append([]string{exe}, args...)...)...)
			if errs != "" || code > 2 {
				t.Fatalf("%v: exit code %d: %s", args, code, errs)
			}
			return out
		}},
		{"captured", reading(record)},
	}
	for _, shell := range shells(t) {
		command := a.inside(append(shell, "-c", scan.Script())...)
		printed := filepath.Join(dir, "printed-"+filepath.Base(shell[0]))
		if err := os.WriteFile(printed, runScript(t, exec.CommandContext(t.Context(), command[0], command[1:]...)), 0o644); err != nil {
			t.Fatal(err)
		}
		sources = append(sources, source{filepath.Base(shell[0]), reading(printed)})
	}

	for _, s := range sources {
		t.Run(s.name, func(t *testing.T) {
			for _, format := range report.Formats(report.Diagnosis(nil)) {
				out := s.scan("scan", "--min-age", "0", "-o", format)
				harmless(t, format, out)
				switch format {
				case "json":
					sameNames(t, format, []byte(out), want, self)
				case "yaml":
					var v any
					if err := yaml.Unmarshal([]byte(out), &v); err != nil {
						t.Error(err)
					}
					b, err := json.Marshal(v)
					if err != nil {
						t.Error(err)
					}
					sameNames(t, format, b, want, self)
				case "wide":
					for _, n := range want {
						if !strings.Contains(out, "  "+onScreen(n)) {
							t.Errorf("%s: %q is not shown as %q", format, n, onScreen(n))
						}
					}
				case "text", "tree", "html", "markdown":
					if !strings.Contains(out, `\x1b`) { // the control: it is there, and tamed
						t.Errorf("%s: nothing of what they are called", format)
					}
				}
			}
			for _, format := range report.Formats(report.Check(nil, verdict.Verdict{})) {
				out := s.scan("check", "--min-age", "0", "-o", format)
				harmless(t, "check "+format, out)
				switch format {
				case "junit":
					for d := xml.NewDecoder(strings.NewReader(out)); ; {
						if _, err := d.Token(); errors.Is(err, io.EOF) {
							break
						} else if err != nil {
							t.Fatal(err)
						}
					}
				case "text":
					if first, _, _ := strings.Cut(out, "\n"); strings.Count(first, "|") != 1 {
						t.Errorf("check: %q", first)
					}
				case "github":
					for line := range strings.SplitSeq(out, "\n") {
						if strings.Contains(line, "##[") || strings.HasPrefix(line, "::error::") {
							t.Errorf("check %s: %q", format, line)
						}
					}
				}
			}
		})
	}
}

func sameNames(t *testing.T, format string, doc []byte, want []string, parent string) {
	t.Helper()
	var d struct {
		Parents []struct {
			Comm    string
			Zombies int
		}
		Zombies []struct{ Comm string }
	}
	if err := json.Unmarshal(doc, &d); err != nil {
		t.Fatalf("%s: %v in\n%.2000s", format, err, doc)
	}
	var got, wanted []string
	for _, z := range d.Zombies {
		got = append(got, z.Comm)
	}
	for _, n := range want {
		wanted = append(wanted, inJSON(n))
	}
	slices.Sort(got)
	slices.Sort(wanted)
	if !slices.Equal(got, wanted) {
		t.Errorf("%s: zombies\n%q, want\n%q", format, got, wanted)
	}
	if len(d.Parents) != 1 || d.Parents[0].Comm != inJSON(kept(parent)) || d.Parents[0].Zombies != len(want) {
		t.Errorf("%s: parents %+v, want %q with %d", format, d.Parents, inJSON(kept(parent)), len(want))
	}
	if bytes.ContainsRune(doc, '\x1b') {
		t.Errorf("%s: holds an escape", format)
	}
}
