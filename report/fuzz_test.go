package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/verdict"
	"github.com/zombiectl/zombiectl/report/jsondoc"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// harmful finds the first character that must not be in any output. It does
// not use the sanitizer's own idea of them.
func harmful(b []byte) (string, bool) {
	if !utf8.Valid(b) {
		return "invalid UTF-8", true
	}
	for _, r := range string(b) {
		switch {
		case r == '\n':
		case unicode.IsControl(r), unicode.In(r, unicode.Cf, unicode.Bidi_Control, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs):
			return string(r), true
		}
	}
	return "", false
}

func addSeeds(f *testing.F) {
	for _, s := range []string{
		"", "nginx", evil, "\\", `\x1b`, "\x80", "\xed\xa0\x80", "\u0301", "世界", "👩‍👩‍👧", "a|b", "- x", "yes", "null", "1e3", "12:30", "=", "<<", "~", "!!str", "&a", "*a", "#c", "a: b",
		"'", `"`, "%", "@", "`", "\u0085", "\ufeff", "\ufffd", "\uffff", "\U000e0001", "\U0010ffff", strings.Repeat("x", 5000), "\u3164", "\u2800", "\u115f", "---", "...", " x ", "{}", "[]",
	} {
		f.Add(s)
	}
}

func FuzzSanitize(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, s string) {
		for _, out := range []string{sanitize.Clean(s), sanitize.Prose(s), sanitize.CleanTo(s, 10)} {
			if what, bad := harmful([]byte(out)); bad || strings.Contains(out, "\n") {
				t.Fatalf("%q in %q from %q", what, out, s)
			}
		}
		if w := page.Width(sanitize.Clean(s)); w > sanitize.MaxName+1 {
			t.Fatalf("%d columns from %q", w, s)
		}
		// Nothing can be made to look like an escape: undoing them is unique.
		if !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' || r == '\\' }) && len(s) <= sanitize.MaxName && sanitize.Clean(s) != s {
			t.Fatalf("%q became %q", s, sanitize.Clean(s))
		}
		if v := sanitize.Valid(s); !utf8.ValidString(v) || utf8.ValidString(s) && v != s {
			t.Fatalf("%q became %q", s, v)
		}
	})
}

// besieged has s wherever a process, or a file of it, chooses the text.
func besieged(s string) *diagnose.Diagnosis {
	w := newWorld()
	w.snap.Source.Path, w.snap.Host.Kernel, w.snap.Host.BootID = s, facts.Some(s), facts.Some(s)
	w.proc(1, 0, s, facts.Sleeping, s, s).proc(5, 1, s, facts.Zombie).proc(6, 7, s, facts.Zombie).proc(9, 0, s, facts.State(0x9b), s)
	w.snap.Unread = []facts.Unread{{PID: 5, File: s, Reason: s, Denied: true}}
	w.d.Sentence = s
	w.d.Findings = []diagnose.Finding{
		{Rule: "Z301", Name: "pid1-not-reaping", Severity: diagnose.Warning, Certainty: diagnose.Certain, Subject: facts.ID{PID: 6}, Comm: s, Evidence: []diagnose.Evidence{{File: s, Fields: observe.Fields{Name: s}, Value: s}}, Missing: w.snap.Unread, Facts: said{message: s, advice: []string{s, "  " + s}}},
	}
	d := w.done(nil)
	d.Parents[0].Why, d.Parents[0].InitWhy = s, s
	d.Namespaces = []diagnose.Namespace{
		{Namespace: observe.Namespace{Ours: true, Zombies: 2}, PID1: &diagnose.PID1{PID1: observe.PID1{Process: w.snap.Find(1), Command: s}, Program: s, ReapsWhy: s, ForwardsSigtermWhy: s}},
	}
	then := *d
	compared(&then, d)
	d.Since.New, d.Since.Unseen, d.Since.Lost = zombiesOf(d, 0), zombiesOf(d, 1), zombiesOf(d, 0, 1)
	d.Since.Parents = []diagnose.Growth{{PID: 6, Comm: s, Command: s, New: 1}}
	d.Since.Findings = []*diagnose.Finding{&d.Findings[0]}
	return d
}

func FuzzFormats(f *testing.F) {
	addSeeds(f)
	sch := schema(f)
	sheet, tree := shape(rendered(f, quoting("harmless"))), elements(f, webPage(f, quoting("harmless")))
	f.Fuzz(func(t *testing.T, s string) {
		v := verdict.Verdict{Status: "WARNING", ExitCode: 1, Reasons: []verdict.Reason{{Severity: diagnose.Warning, Text: s}, {Rule: "Z301", Severity: diagnose.Critical, Text: s}}, Perf: "zombies=1"}
		for _, format := range Formats(Check(nil, verdict.Verdict{})) {
			for _, style := range []Style{{}, {Width: 33, All: true}} {
				var out bytes.Buffer
				if err := Write(&out, format, Check(besieged(s), v), style); err != nil {
					t.Fatal(err)
				}
				if what, bad := harmful(out.Bytes()); bad {
					t.Fatalf("%s: %q in:\n%q", format, what, out.Bytes())
				}
				if format == "text" && strings.Count(out.String(), "|") != 1 {
					t.Fatalf("more than one | in:\n%s", out.Bytes())
				}
				if format != "text" && format != "wide" && format != "tree" {
					continue
				}
				if width := style.Width; width > 0 {
					_, rest, _ := strings.Cut(out.String(), "\n") // the first line is never cut
					for line := range strings.SplitSeq(rest, "\n") {
						if page.Width(line) > width && !command.MatchString(line) {
							t.Fatalf("%s: %d columns: %q", format, page.Width(line), line)
						}
					}
				}
			}
		}
		if html := rendered(t, quoting(s)); shape(html) != sheet {
			t.Fatalf("%q changes the page:\n%s", s, html)
		}
		if got := elements(t, webPage(t, quoting(s))); got != tree {
			t.Fatalf("%q changes the page:\n%s\n%s", s, got, tree)
		}
		exposed(t, variant{"", "prometheus", Style{}, true}.render(t, besieged(s)))
		readJUnit(t, variant{"", "junit", Style{}, true}.render(t, besieged(s)))
		j := variant{"", "json", Style{}, true}.render(t, besieged(s))
		doc := decodeJSON(t, j)
		if err := sch.Validate(doc); err != nil {
			t.Fatal(err)
		}
		var back jsondoc.Diagnosis
		if err := json.Unmarshal(j, &back); err != nil {
			t.Fatal(err)
		}
		if got := back.Zombies[0].Comm; got != sanitize.Valid(s) {
			t.Fatalf("%q came back as %q", s, got)
		}
		var fromYAML jsondoc.Diagnosis
		y := decodeYAML(t, variant{"", "yaml", Style{}, true}.render(t, besieged(s)))
		if b, err := json.Marshal(y); err != nil || json.Unmarshal(b, &fromYAML) != nil || fromYAML.Zombies[0].Comm != sanitize.Valid(s) {
			t.Fatalf("%q came back from YAML as %q, %v", s, fromYAML.Zombies[0].Comm, err)
		}
	})
}
