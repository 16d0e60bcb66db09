package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
)

// WriteCheck is Write with a verdict: text begins with the line that a monitor
// reads, json and yaml hold it under "check".
func WriteCheck(w io.Writer, format string, d *diagnose.Diagnosis, v diagnose.Verdict, s Style) error {
	return write(w, format, d, &v, s)
}

func newDocCheck(v *diagnose.Verdict) *docCheck {
	if v == nil {
		return nil
	}
	return &docCheck{Status: strings.ToLower(v.Status), ExitCode: v.ExitCode, Reasons: each(v.Reasons, func(r *diagnose.Reason) string { return valid(r.Text) })}
}

// verdict writes what a monitor reads: the first line is for the display, the
// others are its long output.
func (p *page) verdict(d *diagnose.Diagnosis, v *diagnose.Verdict) {
	first := v.Reasons[:min(len(v.Reasons), maxReasons)]
	texts := make([]string, len(first))
	for i, r := range first {
		texts[i] = r.Text
	}
	said := strings.Join(texts, "; ")
	switch {
	case len(first) == 0:
		said = v.Summary
		if said == "" {
			said = d.Sentence
		}
	case len(first) < len(v.Reasons):
		said += fmt.Sprintf("; and %d more", len(v.Reasons)-len(first))
	}
	line := "ZOMBIES " + v.Status + " - " + noPipe(prose(said))
	if v.Perf != "" {
		line += " | " + clean(v.Perf)
	}
	// Not cut to the width: the end of this line is for a program.
	p.out.WriteString(line + "\n")
}

// longOutput has a line for each reason, and for each finding that is none.
func (p *page) longOutput(d *diagnose.Diagnosis, v *diagnose.Verdict) {
	if len(v.Reasons) > 1 {
		for _, r := range v.Reasons[:min(len(v.Reasons), maxFindings)] {
			p.wrap(2, "", noPipe(prose(r.Text)))
		}
	}
	for _, l := range findingLines(others(d, v)) {
		p.wrap(2, "", noPipe(l.head+l.text))
	}
}

// others returns the findings that are no reason to fail.
func others(d *diagnose.Diagnosis, v *diagnose.Verdict) []diagnose.Finding {
	return slices.DeleteFunc(slices.Clone(d.Findings), func(f diagnose.Finding) bool {
		return slices.ContainsFunc(v.Reasons, func(r diagnose.Reason) bool { return r.Rule == f.Rule && strings.HasSuffix(r.Text, f.Message) })
	})
}

// noPipe hides the character that begins performance data, on any line.
func noPipe(s string) string { return strings.ReplaceAll(s, "|", `\x7c`) }

func renderCheckText(out *bytes.Buffer, d *diagnose.Diagnosis, v *diagnose.Verdict, s Style) {
	p := newPage(out, s)
	p.verdict(d, v)
	p.longOutput(d, v)
	if d.Since != nil {
		for _, l := range sinceLines(d.Since, false) {
			p.wrap(2, "", noPipe(strings.TrimSpace(l.head)+": "+l.text))
		}
	}
}
