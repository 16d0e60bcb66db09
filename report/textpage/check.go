package textpage

import (
	"fmt"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
)

// maxReasons is how many reasons are said in full.
const maxReasons = 3

// Verdict writes the line of a verdict, which a monitor displays.
func Verdict(p *page.Page, d *diagnose.Diagnosis, v *diagnose.Verdict) {
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
			said = words.Sentence(d)
		}
	case len(first) < len(v.Reasons):
		said += fmt.Sprintf("; and %d more", len(v.Reasons)-len(first))
	}
	line := "ZOMBIES " + v.Status + " - " + noPipe(sanitize.Prose(said))
	if v.Perf != "" {
		line += " | " + sanitize.Clean(v.Perf)
	}
	// Not cut to the width: the end of this line is for a program.
	p.Out.WriteString(line + "\n")
}

// longOutput, below that line, has a line for each reason, and for each finding that is none.
func longOutput(p *page.Page, d *diagnose.Diagnosis, v *diagnose.Verdict) {
	if len(v.Reasons) > 1 {
		for _, r := range v.Reasons[:min(len(v.Reasons), words.MaxFindings)] {
			p.Wrap(2, "", noPipe(sanitize.Prose(r.Text)))
		}
	}
	for _, l := range words.FindingLines(words.OtherFindings(d, v)) {
		p.Wrap(2, "", noPipe(l.Head+l.Text))
	}
}

// noPipe hides the character that begins performance data, on any line.
func noPipe(s string) string { return strings.ReplaceAll(s, "|", `\x7c`) }

// Check writes all that a monitor reads of a verdict.
func Check(p *page.Page, d *diagnose.Diagnosis, v *diagnose.Verdict) {
	Verdict(p, d, v)
	longOutput(p, d, v)
	if d.Since != nil {
		for _, l := range words.SinceLines(d.Since, false) {
			p.Wrap(2, "", noPipe(strings.TrimSpace(l.Head)+": "+l.Text))
		}
	}
}
