package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
)

// Verdict is a diagnosis held against thresholds, in the words of the
// monitoring plugins.
type Verdict struct {
	Status   string // "OK", "WARNING", "CRITICAL", "UNKNOWN"
	ExitCode int
	Reasons  []string // why it is not OK
	Summary  string   // what to say when there is no reason
	Perf     string   // performance data: "zombies=21;0;;0"
}

// WriteCheck is Write with a verdict: text begins with the line that a monitor
// reads, json and yaml hold it under "check".
func WriteCheck(w io.Writer, format string, d *diagnose.Diagnosis, v Verdict, s Style) error {
	return write(w, format, d, &v, s)
}

func newDocCheck(v *Verdict) *docCheck {
	if v == nil {
		return nil
	}
	return &docCheck{Status: strings.ToLower(v.Status), ExitCode: v.ExitCode, Reasons: list(v.Reasons)}
}

// verdict writes what a monitor reads: the first line is for the display, the
// others are its long output.
func (p *page) verdict(d *diagnose.Diagnosis, v *Verdict) {
	first := v.Reasons[:min(len(v.Reasons), maxReasons)]
	said := strings.Join(first, "; ")
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
func (p *page) longOutput(d *diagnose.Diagnosis, v *Verdict) {
	if len(v.Reasons) > 1 {
		for _, r := range v.Reasons[:min(len(v.Reasons), maxFindings)] {
			p.wrap(2, "", noPipe(prose(r)))
		}
	}
	others := slices.DeleteFunc(slices.Clone(d.Findings), func(f diagnose.Finding) bool {
		return slices.ContainsFunc(v.Reasons, func(r string) bool { return strings.HasSuffix(r, f.Message) })
	})
	for _, l := range findingLines(others) {
		p.wrap(2, "", noPipe(l.head+l.text))
	}
}

// noPipe hides the character that begins performance data, on any line.
func noPipe(s string) string { return strings.ReplaceAll(s, "|", `\x7c`) }

func renderCheckText(out *bytes.Buffer, d *diagnose.Diagnosis, v *Verdict, s Style) {
	p := newPage(out, s)
	p.verdict(d, v)
	p.longOutput(d, v)
}
