package report

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
)

// renderWide is text with nothing left out: every zombie and every finding
// with the evidence it rests on.
func renderWide(out *bytes.Buffer, d *diagnose.Diagnosis, v *diagnose.Verdict, s Style) error {
	p := newPage(out, s)
	if v != nil {
		p.verdict(d, v)
		p.blank()
	}
	if err := p.text(d, true); err != nil {
		return err
	}
	if err := p.allZombies(d); err != nil {
		return err
	}
	p.allFindings(d)
	return nil
}

func (p *page) allZombies(d *diagnose.Diagnosis) error {
	if len(d.Zombies) == 0 {
		return nil
	}
	p.heading("ZOMBIES")
	cols := []column{
		{head: "PID", right: true}, {head: "PPID", right: true}, {head: "COMM", least: 16}, {head: "STATE"},
		{head: "ORIGIN", least: 7}, {head: "EXIT"}, {head: "DEAD FOR"}, {head: "STARTED"}, {head: "UID", right: true}, {head: "RULES"},
	}
	outside := len(d.Containers) > 1 || slices.ContainsFunc(d.Zombies, func(z diagnose.Zombie) bool { return fromOutside(z.Process) })
	if outside {
		cols = slices.Insert(cols, 2, column{head: "INSIDE", right: true}, column{head: "CONTAINER", least: 12})
	}
	changed := newChanges(d.Since)
	if changed != nil {
		cols = append(cols, column{head: "SINCE"})
	}
	rows := make([][]string, 0, len(d.Zombies))
	for i := range d.Zombies {
		z := &d.Zombies[i]
		row := []string{
			strconv.Itoa(z.Process.PID), orUnknown(told(z.PPID)), clean(z.Process.Comm), clean(z.Process.State.String()),
			originOf(z), exitText(z.Exit), ageRange(z.Age), orUnknown(rfc3339(d.StartTime(z.Process))), orUnknown(uid(z.Process)), strings.Join(z.Rules, " "),
		}
		if outside {
			row = slices.Insert(row, 2, insidePID(z.Process), containerText(z.Container))
		}
		if changed != nil {
			row = append(row, changed[z.Process])
		}
		rows = append(rows, row)
	}
	return p.table(cols, rows)
}

func originOf(z *diagnose.Zombie) string {
	o := origin(z.Origin)
	if o != string(diagnose.UnknownOrigin) && z.OriginSure != "" {
		o += " (" + clean(string(z.OriginSure)) + ")"
	}
	return o
}

func (p *page) allFindings(d *diagnose.Diagnosis) {
	if len(d.Findings) == 0 {
		return
	}
	p.heading("FINDINGS")
	for _, f := range d.Findings {
		p.wrap(4, "  "+findingHead(f), prose(subject(f)+f.Message))
		for _, l := range evidenceLines(f.Evidence) {
			p.linef("    %s", l)
		}
		for _, u := range f.Missing {
			p.linef("    %s  not read: %s", clean(rooted(u.File)), clean(u.Reason))
		}
	}
}
