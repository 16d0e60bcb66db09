// Package junit writes the verdict of a check as a JUnit test suite, for the pages
// on which CI servers show tests. Elements, attributes and their order are those
// of Ant's schema, the strictest of those in use.
package junit

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/rule"
	"github.com/zombiectl/zombiectl/diagnose/verdict"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/textpage"
	"github.com/zombiectl/zombiectl/report/words"
)

// Check writes a check: one case for the thresholds and one a rule, so that the
// names are the same from run to run. Where the look has no time, now is used
// instead.
func Check(out *bytes.Buffer, d *diagnose.Diagnosis, v *verdict.Verdict, now time.Time) {
	at, known := d.Snapshot.Taken.Get()
	if words.RFC3339(at, known) == nil {
		at = now
	}
	source := string(d.Snapshot.Source.Kind) + " " + d.Snapshot.Source.Path
	text := new(bytes.Buffer)
	textpage.Check(page.New(text, page.Style{}), d, v)
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
func newCase(name, id string, d *diagnose.Diagnosis, v *verdict.Verdict) testCase {
	c := testCase{name: name}
	c.failBy(slices.DeleteFunc(slices.Clone(v.Reasons), func(r verdict.Reason) bool { return r.Rule != id }))
	if len(c.text) == 0 {
		if id != "" && slices.Contains(v.Ignored, id) {
			c.element = "skipped"
		}
		return c
	}
	if more := len(c.text) - 1; more > 0 {
		c.message += fmt.Sprintf("; and %d more", more)
	}
	if id == "Z901" && v.Status == "UNKNOWN" {
		c.element = "error" // it could not be checked
	}
	c.text = append(c.text, details(id, d)...)
	return c
}

func details(id string, d *diagnose.Diagnosis) []string {
	var evidence, todo []string
	for _, f := range d.Findings {
		if f.Rule != id {
			continue
		}
		for _, l := range words.EvidenceLines(f.Evidence) {
			evidence = append(evidence, "  "+l)
		}
		for _, a := range rule.Lines(f.Advice()) {
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

// Left writes what a command left: one case, which fails when that counts. How
// the command itself exited is its own affair.
func Left(out *bytes.Buffer, l *verdict.Left, v *verdict.Verdict) error {
	p := page.New(new(bytes.Buffer), page.Style{})
	textpage.Left(p, l, v)
	s := suite{took: "0", text: p.Out.String(), properties: [][2]string{
		{"command", sanitize.Prose(strings.Join(l.Command, " "))}, {"exit", textpage.LeftExit(l)}, {"status", v.Status},
		{"exitCode", strconv.Itoa(l.ExitCode(*v))}, {"perfdata", v.Perf},
	}}
	if t, ok := l.Started.Get(); words.RFC3339(t, ok) != nil {
		s.at = t
	}
	if took := words.Seconds(l.Took); took != nil {
		s.took = strconv.FormatFloat(*took, 'f', 3, 64)
	}
	c := testCase{name: "left behind"}
	c.failBy(v.Reasons)
	s.cases = []testCase{c}
	s.write(out)
	return p.Err
}

type suite struct {
	at         time.Time   // zero: unknown, though the schema wants a time
	took       string      // seconds
	properties [][2]string // names and clean values
	cases      []testCase
	text       string // for people
}

// testCase is one test. Its texts are clean.
type testCase struct {
	name    string
	element string // "": passed; failure, error, skipped
	kind    string // the severity
	message string
	text    []string
}

// failBy makes it fail where there are reasons.
func (c *testCase) failBy(reasons []verdict.Reason) {
	worst := diagnose.OK
	for _, r := range reasons {
		worst = max(worst, r.Severity)
		c.text = append(c.text, sanitize.Prose(r.Line()))
	}
	if len(c.text) > 0 {
		c.element, c.kind, c.message = "failure", worst.String(), c.text[0]
	}
}

func (s *suite) count(element string) (n int) {
	for _, c := range s.cases {
		if c.element == element {
			n++
		}
	}
	return n
}

func (s *suite) write(out *bytes.Buffer) {
	timestamp := ""
	if !s.at.IsZero() { // in UTC: the schema allows no zone
		timestamp = ` timestamp="` + s.at.UTC().Format(time.DateOnly+"T"+time.TimeOnly) + `"`
	}
	out.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n<testsuites>\n")
	// The schema wants a host as well: localhost stands for one whose name is not
	// known.
	fmt.Fprintf(out, `  <testsuite id="0" name="check" package="zombiectl"%s hostname="localhost" tests="%d" failures="%d" errors="%d" skipped="%d" time="%s">`+"\n",
		timestamp, len(s.cases), s.count("failure"), s.count("error"), s.count("skipped"), s.took)
	out.WriteString("    <properties>\n")
	for _, p := range s.properties {
		fmt.Fprintf(out, "      <property name=\"%s\" value=\"%s\"/>\n", p[0], sanitize.XML(p[1]))
	}
	out.WriteString("    </properties>\n")
	for _, c := range s.cases {
		fmt.Fprintf(out, "    <testcase classname=\"zombiectl.check\" name=\"%s\" time=\"%s\"", sanitize.XML(c.name), s.took)
		switch c.element {
		case "":
			out.WriteString("/>\n")
		case "skipped":
			out.WriteString("><skipped/></testcase>\n")
		default:
			fmt.Fprintf(out, ">\n      <%s type=\"%s\" message=\"%s\">%s</%s>\n    </testcase>\n",
				c.element, c.kind, sanitize.XML(c.message), sanitize.XML(strings.Join(c.text, "\n")), c.element)
		}
	}
	fmt.Fprintf(out, "    <system-out>%s</system-out>\n    <system-err/>\n  </testsuite>\n</testsuites>\n", sanitize.XML(s.text))
}
