package textpage

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/verdict"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
)

// maxReasons is how many reasons are said in full.
const maxReasons = 3

// Verdict writes the line of a verdict, which a monitor displays.
func Verdict(p *page.Page, d *diagnose.Diagnosis, v *verdict.Verdict) {
	said := cmp.Or(reasons(v, maxReasons), v.Summary, words.Sentence(d))
	if more := len(v.Reasons) - maxReasons; more > 0 {
		said += fmt.Sprintf("; and %d more", more)
	}
	verdictLine(p, v, sanitize.Prose(said))
}

// reasons joins the first so many reasons.
func reasons(v *verdict.Verdict, most int) string {
	var texts []string
	for _, r := range v.Reasons[:min(len(v.Reasons), most)] {
		texts = append(texts, r.Line())
	}
	return strings.Join(texts, "; ")
}

// verdictLine is not cut to the width: its end is for a program.
func verdictLine(p *page.Page, v *verdict.Verdict, said string) {
	line := "ZOMBIES " + v.Status + " - " + noPipe(said)
	if v.Perf != "" {
		line += " | " + sanitize.Clean(v.Perf)
	}
	p.Out.WriteString(line + "\n")
}

// Check writes all that a monitor reads of a verdict: below its line one for each
// reason, and for each finding that is none.
func Check(p *page.Page, d *diagnose.Diagnosis, v *verdict.Verdict) {
	Verdict(p, d, v)
	if len(v.Reasons) > 1 {
		for _, r := range v.Reasons[:min(len(v.Reasons), words.MaxFindings)] {
			p.Wrap(2, "", noPipe(sanitize.Prose(r.Line())))
		}
	}
	for _, l := range words.FindingLines(words.OtherFindings(d, v)) {
		p.Wrap(2, "", noPipe(l.Head+l.Text))
	}
	if d.Since != nil {
		for _, l := range words.SinceLines(d.Since, false) {
			p.Wrap(2, "", noPipe(strings.TrimSpace(l.Head)+": "+l.Text))
		}
	}
}

// noPipe hides the character that begins performance data, on any line.
func noPipe(s string) string { return strings.ReplaceAll(s, "|", `\x7c`) }
