package textpage

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/verdict"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
	"github.com/zombiectl/zombiectl/scan/facts"
)

const maxReasons = 3 // said in full

// Verdict writes the line of a verdict, which a monitor displays.
func Verdict(p *page.Page, d *diagnose.Diagnosis, v *verdict.Verdict) {
	said := cmp.Or(reasons(v, maxReasons), d.Sentence)
	if more := len(v.Reasons) - maxReasons; more > 0 {
		said += fmt.Sprintf(" And %s more.", english.Number(more))
	}
	verdictLine(p, v, sanitize.Prose(said))
}

// reasons joins the first so many reasons; without any it sums up.
func reasons(v *verdict.Verdict, most int) string {
	var texts []string
	for _, r := range v.Reasons[:min(len(v.Reasons), most)] {
		texts = append(texts, r.Line())
	}
	return cmp.Or(strings.Join(texts, " "), v.Summary)
}

// verdictLine is not cut to the width: its end is for a program.
func verdictLine(p *page.Page, v *verdict.Verdict, said string) {
	line := "ZOMBIES " + v.Status + " - " + noPipe(said)
	if v.Perf != "" {
		line += " | " + sanitize.Clean(v.Perf)
	}
	p.Out.WriteString(line + "\n")
}

// Check writes all that a monitor reads of a verdict: below its line one for
// each reason, and for each other finding.
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

// Left writes the line of a check, and below it the processes that a command
// left.
func Left(p *page.Page, l *verdict.Left, v *verdict.Verdict) {
	name := sanitize.CleanTo(strings.Join(l.Command, " "), words.MaxCommand)
	verdictLine(p, v, name+" ("+LeftExit(l)+"): "+sanitize.Prose(reasons(v, len(v.Reasons))))
	if l.ZombieCount+l.OrphanCount == 0 {
		return
	}
	leftCommands(p, l)
	for i, o := range l.Orphans {
		if i == words.MaxFindings {
			moreOf(p, l.OrphanCount-i, "more running orphan", "more running orphans")
			break
		}
		p.Linef("  PID %d is still running (%s): %s", o.PID, sanitize.Clean(o.State.String()), sanitize.CleanTo(o.Command, words.MaxCommand))
	}
	p.Wrap(2, "", "More: zombiectl explain left-behind")
}

// LeftExit says how the command itself exited.
func LeftExit(l *verdict.Left) string { return words.ExitText(facts.Some(l.Exit)) }

func leftCommands(p *page.Page, l *verdict.Left) {
	cols := []page.Column{{Head: "COMMAND"}, {Head: "ZOMBIES", Right: true}, {Head: "ORPHANS", Right: true}, {Head: "EXIT"}}
	var rows [][]string
	for _, c := range l.ByCommand[:min(len(l.ByCommand), words.MaxParents)] {
		name := cmp.Or(sanitize.Clean(c.Comm), "?")
		rows = append(rows, []string{name, strconv.Itoa(c.Zombies), strconv.Itoa(c.Orphans), exitsOf(l, c.Comm)})
	}
	p.Table(cols, rows)
	moreOf(p, len(l.ByCommand)-len(rows), "more command", "more commands")
}

// exitsOf says how the zombies of a command exited, each way once.
func exitsOf(l *verdict.Left, comm string) string {
	const most = 4
	var ways []string
	for _, z := range l.Zombies {
		how := words.ExitText(z.Exit)
		switch {
		case z.Comm != comm || slices.Contains(ways, how):
		case len(ways) == most:
			return strings.Join(append(ways, "…"), ", ")
		default:
			ways = append(ways, how)
		}
	}
	return strings.Join(ways, ", ")
}
