package junit

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/textpage"
	"github.com/zombiectl/zombiectl/report/words"
)

// Check writes a check: one case for the thresholds and one a rule, so that the
// names are the same from run to run. Where the look tells no time, now stands for
// it.
func Check(out *bytes.Buffer, d *diagnose.Diagnosis, v *diagnose.Verdict, now time.Time) {
	at, known := d.Snapshot.Taken.Get()
	if words.RFC3339(at, known) == nil {
		at = now
	}
	source := string(d.Snapshot.Source.Kind) + " " + d.Snapshot.Source.Path
	var text bytes.Buffer
	textpage.Check(page.New(&text, page.Style{}), d, v)
	s := suite{at: at, took: "0", text: text.String(), cases: []testCase{newCase("zombies", "", d, v)}, properties: [][2]string{
		{"source", sanitize.Prose(source)}, {"status", v.Status}, {"exitCode", strconv.Itoa(v.ExitCode)}, {"perfdata", sanitize.Prose(v.Perf)},
	}}
	for _, r := range diagnose.Rules() {
		s.cases = append(s.cases, newCase(r.ID+" "+r.Name, r.ID, d, v))
	}
	s.write(out)
}

// newCase holds everything that makes the check fail by one rule: a case
// can fail once only.
func newCase(name, rule string, d *diagnose.Diagnosis, v *diagnose.Verdict) testCase {
	c := testCase{name: name}
	worst := diagnose.OK
	n := 0
	for i := range v.Reasons {
		r := &v.Reasons[i]
		if r.Rule != rule {
			continue
		}
		if n++; n == 1 {
			c.message = sanitize.Prose(r.Text)
		}
		worst = max(worst, r.Severity)
		c.text = append(c.text, sanitize.Prose(r.Text))
	}
	switch {
	case n == 0 && rule != "" && slices.Contains(v.Ignored, rule):
		c.element = "skipped"
		return c
	case n == 0:
		return c
	case n > 1:
		c.message += fmt.Sprintf("; and %d more", n-1)
	}
	c.element, c.kind = "failure", worst.String()
	if rule == "Z901" && v.Status == "UNKNOWN" {
		c.element = "error" // it could not be checked
	}
	c.text = append(c.text, details(rule, d)...)
	return c
}

// details are the evidence for the findings of a rule, and what to do.
func details(rule string, d *diagnose.Diagnosis) []string {
	var evidence, todo []string
	for i := range d.Findings {
		f := &d.Findings[i]
		if f.Rule != rule || rule == "" {
			continue
		}
		for _, l := range words.EvidenceLines(f.Evidence) {
			evidence = append(evidence, "  "+l)
		}
		for _, a := range words.Advice(f) {
			if a = sanitize.Prose(a); !slices.Contains(todo, a) {
				todo = append(todo, a)
			}
		}
	}
	var out []string
	if len(evidence) > 0 {
		const most = 30 // evidence of thousands of findings would make nothing clearer
		out = append(append(out, "", "Evidence:"), evidence[:min(len(evidence), most)]...)
	}
	if len(todo) > 0 {
		out = append(append(out, "", "What to do:"), todo[:min(len(todo), words.MaxFindings)]...)
	}
	return out
}
