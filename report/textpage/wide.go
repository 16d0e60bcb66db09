package textpage

import (
	"slices"
	"strconv"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/verdict"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
)

// Wide is text with nothing left out: every zombie and every finding
// with the evidence it rests on.
func Wide(p *page.Page, d *diagnose.Diagnosis, v *verdict.Verdict) {
	if v != nil {
		Verdict(p, d, v)
		p.Blank()
	}
	diagnosis(p, d, true)
	allZombies(p, d)
	allFindings(p, d)
}

func allZombies(p *page.Page, d *diagnose.Diagnosis) {
	if len(d.Zombies) == 0 {
		return
	}
	p.Heading("ZOMBIES")
	cols := []page.Column{
		{Head: "PID", Right: true}, {Head: "PPID", Right: true}, {Head: "COMM", Least: 16}, {Head: "STATE"},
		{Head: "ORIGIN", Least: 7}, {Head: "EXIT"}, {Head: "DEAD FOR"}, {Head: "STARTED"}, {Head: "UID", Right: true}, {Head: "RULES"},
	}
	outside := len(d.Containers) > 1 || slices.ContainsFunc(d.Zombies, func(z diagnose.Zombie) bool { return fromOutside(z.Process) })
	if outside {
		cols = slices.Insert(cols, 2, page.Column{Head: "INSIDE", Right: true}, page.Column{Head: "CONTAINER", Least: 12})
	}
	changed := words.NewChanges(d.Since)
	if changed != nil {
		cols = append(cols, page.Column{Head: "SINCE"})
	}
	rows := make([][]string, 0, len(d.Zombies))
	for i := range d.Zombies {
		z := &d.Zombies[i]
		row := []string{
			strconv.Itoa(z.Process.PID), words.OrUnknown(words.Told(z.PPID)), sanitize.Clean(z.Process.Comm), sanitize.Clean(z.Process.State.String()),
			originOf(z), words.ExitText(z.Exit), words.AgeRange(z.Age), words.OrUnknown(words.RFC3339(d.StartTime(z.Process))), words.OrUnknown(words.UID(z.Process)), strings.Join(z.Rules, " "),
		}
		if outside {
			row = slices.Insert(row, 2, words.OrUnknown(words.InnerPID(z.Process)), words.ContainerText(z.Container))
		}
		if changed != nil {
			row = append(row, changed[z.Process])
		}
		rows = append(rows, row)
	}
	p.Table(cols, rows)
}

func originOf(z *diagnose.Zombie) string {
	o := words.Origin(z.Origin.Descent)
	if o != string(observe.UnknownDescent) && z.Origin.Sure != "" {
		o += " (" + sanitize.Clean(string(z.Origin.Sure)) + ")"
	}
	return o
}

func allFindings(p *page.Page, d *diagnose.Diagnosis) {
	if len(d.Findings) == 0 {
		return
	}
	p.Heading("FINDINGS")
	for _, f := range d.Findings {
		p.Wrap(4, "  "+words.FindingHead(&f), sanitize.Prose(words.About(&f)))
		for _, l := range words.EvidenceLines(f.Evidence) {
			p.Linef("    %s", l)
		}
		for _, u := range f.Missing {
			p.Linef("    %s  not read: %s", sanitize.Clean(words.Rooted(u.File)), sanitize.Clean(u.Reason))
		}
	}
}
