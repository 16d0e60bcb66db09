package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/english"
)

// What the text report says of limits: those that are used to this share, in
// hundredths, and no more than so many.
const (
	limitFrom = 50
	maxLimits = 3
)

// limits writes how much is used of the limits on processes: the tight ones in
// a line each; full: all in a table.
func (p *page) limits(d *diagnose.Diagnosis, full bool) error {
	if len(d.Limits) == 0 {
		return nil
	}
	if full {
		return p.allLimits(d)
	}
	found := slices.ContainsFunc(d.Findings, func(f diagnose.Finding) bool { return f.Rule == "Z401" || f.Rule == "Z402" })
	shown := 0
	for i := range d.Limits {
		l := &d.Limits[i]
		share, _ := l.Percent()
		refused, _ := l.Refusals.Get()
		if share < limitFrom && (!found || i > 0 && refused == 0) || shown == maxLimits {
			continue
		}
		head := strings.Repeat(" ", len("LIMITS"))
		if shown == 0 {
			p.blank()
			head = p.bold.Sprint("LIMITS")
		}
		shown++
		p.wrap(len("LIMITS  "), head+"  ", prose(limitLine(l)))
	}
	return nil
}

func limitLine(l *diagnose.Limit) string {
	line := fmt.Sprintf("%s %s of %d%s, zombies hold %d · %s · %s",
		l.Name, usedText(l), l.Max, shareText(l, " (%d %%)"), l.Zombies, l.Path, l.SetBy)
	if n, ok := l.Refusals.Get(); ok && n > 0 {
		line += fmt.Sprintf(" · %d %s", n, english.Agree(int(min(n, 2)), "refusal", "refusals"))
	}
	if full := l.FullText(); full != "" {
		line += " · full in " + full
	}
	return line
}

// usedText says at least how much is used, where more may be.
func usedText(l *diagnose.Limit) string {
	used := orUnknown(pointer(l.Used))
	if l.LowerBound && l.Used.Known() {
		return "≥" + used
	}
	return used
}

func shareText(l *diagnose.Limit, format string) string {
	share, ok := l.Percent()
	if !ok {
		return ""
	}
	return fmt.Sprintf(format, share)
}

func (p *page) allLimits(d *diagnose.Diagnosis) error {
	p.heading("LIMITS")
	cols := []column{
		{head: "LIMIT"}, {head: "USED", right: true}, {head: "MAX", right: true}, {head: "SHARE", right: true},
		{head: "ZOMBIES", right: true}, {head: "REFUSALS", right: true}, {head: "FULL IN"}, {head: "SET BY", least: 12}, {head: "PATH", least: 20},
	}
	rows := make([][]string, 0, len(d.Limits))
	for i := range d.Limits {
		l := &d.Limits[i]
		share := "?"
		if l.Used.Known() {
			share = shareText(l, "%d%%")
		}
		rows = append(rows, []string{
			clean(l.Name), usedText(l), fmt.Sprint(l.Max), share, fmt.Sprint(l.Zombies), orUnknown(pointer(l.Refusals)), fullText(l), clean(l.SetBy), clean(l.Path),
		})
	}
	if err := p.table(cols, rows); err != nil {
		return err
	}
	if d.LimitsAbove {
		p.wrap(2, "  ", "Limits of cgroups above this container's are out of sight: they may be tighter.")
	}
	return nil
}

func fullText(l *diagnose.Limit) string {
	switch used, known := l.Used.Get(); {
	case known && used >= l.Max:
		return "now"
	case l.FullIn.Known():
		return clean(l.FullText())
	default:
		return "?"
	}
}
