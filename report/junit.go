package report

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
)

// renderJUnit writes a check as a JUnit test suite, for the pages on which CI
// servers show tests: one case for the thresholds and one a rule, so that the
// names are the same from run to run. Elements, attributes and their order are
// those of Ant's schema, the strictest of those in use.
func renderJUnit(out *bytes.Buffer, d *diagnose.Diagnosis, v *diagnose.Verdict, s Style) error {
	cases := junitCases(d, v)
	failed, erred, skipped := 0, 0, 0
	for _, c := range cases {
		switch c.element {
		case "failure":
			failed++
		case "error":
			erred++
		case "skipped":
			skipped++
		}
	}
	out.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n<testsuites>\n")
	// The schema wants a time and a host: nobody measured the one, and
	// localhost stands for a host whose name is not known.
	fmt.Fprintf(out, `  <testsuite id="0" name="check" package="zombiectl"%s hostname="localhost" tests="%d" failures="%d" errors="%d" skipped="%d" time="0">`+"\n",
		junitTimestamp(d, s), len(cases), failed, erred, skipped)
	out.WriteString("    <properties>\n")
	for _, p := range [][2]string{
		{"source", string(d.Snapshot.Source.Kind) + " " + d.Snapshot.Source.Path},
		{"status", v.Status},
		{"exitCode", fmt.Sprint(v.ExitCode)},
		{"perfdata", v.Perf},
	} {
		fmt.Fprintf(out, "      <property name=\"%s\" value=\"%s\"/>\n", p[0], xmlText(prose(p[1])))
	}
	out.WriteString("    </properties>\n")
	for _, c := range cases {
		fmt.Fprintf(out, "    <testcase classname=\"zombiectl.check\" name=\"%s\" time=\"0\"", xmlText(c.name))
		switch c.element {
		case "":
			out.WriteString("/>\n")
		case "skipped":
			out.WriteString("><skipped/></testcase>\n")
		default:
			fmt.Fprintf(out, ">\n      <%s type=\"%s\" message=\"%s\">%s</%s>\n    </testcase>\n",
				c.element, c.kind, xmlText(c.message), xmlText(strings.Join(c.text, "\n")), c.element)
		}
	}
	var text bytes.Buffer
	renderCheckText(&text, d, v, Style{})
	fmt.Fprintf(out, "    <system-out>%s</system-out>\n    <system-err/>\n  </testsuite>\n</testsuites>\n", xmlText(text.String()))
	return nil
}

// junitTimestamp is when the look was taken, or else when it was judged, in UTC:
// the schema allows no zone, and wants a time.
func junitTimestamp(d *diagnose.Diagnosis, s Style) string {
	t, ok := d.Snapshot.Taken.Get()
	if rfc3339(t, ok) == nil {
		t = s.Now
	}
	if t.IsZero() {
		return ""
	}
	return ` timestamp="` + t.UTC().Format(time.DateOnly+"T"+time.TimeOnly) + `"`
}

type junitCase struct {
	name    string
	element string // "": passed; failure, error, skipped
	kind    string // the severity
	message string
	text    []string
}

func junitCases(d *diagnose.Diagnosis, v *diagnose.Verdict) []junitCase {
	cases := []junitCase{newJUnitCase("zombies", "", d, v)}
	for _, r := range diagnose.Rules() {
		cases = append(cases, newJUnitCase(r.ID+" "+r.Name, r.ID, d, v))
	}
	return cases
}

// newJUnitCase holds everything that makes the check fail by one rule: a case
// can fail once only.
func newJUnitCase(name, rule string, d *diagnose.Diagnosis, v *diagnose.Verdict) junitCase {
	c := junitCase{name: name}
	worst := diagnose.OK
	n := 0
	for i := range v.Reasons {
		r := &v.Reasons[i]
		if r.Rule != rule {
			continue
		}
		if n++; n == 1 {
			c.message = prose(r.Text)
		}
		worst = max(worst, r.Severity)
		c.text = append(c.text, prose(r.Text))
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
	c.text = append(c.text, junitDetails(rule, d)...)
	return c
}

// junitDetails are the evidence for the findings of a rule, and what to do.
func junitDetails(rule string, d *diagnose.Diagnosis) []string {
	var evidence, todo []string
	for i := range d.Findings {
		f := &d.Findings[i]
		if f.Rule != rule || rule == "" {
			continue
		}
		for _, l := range evidenceLines(f.Evidence) {
			evidence = append(evidence, "  "+l)
		}
		for _, a := range f.Advice {
			if a = prose(a); !slices.Contains(todo, a) {
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
		out = append(append(out, "", "What to do:"), todo[:min(len(todo), maxFindings)]...)
	}
	return out
}

var xmlEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;")

// xmlText makes a clean string fit for XML and HTML, between tags and within
// quotes.
func xmlText(s string) string { return xmlEscaper.Replace(s) }
