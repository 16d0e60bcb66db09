package textpage

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
)

// limits writes how much is used of the limits on processes: the tight ones in
// a line each; full: all in a table.
func limits(p *page.Page, d *diagnose.Diagnosis, full bool) {
	if len(d.Limits) == 0 {
		return
	}
	if full {
		allLimits(p, d)
		return
	}
	found := slices.ContainsFunc(d.Findings, func(f diagnose.Finding) bool { return f.Rule == "Z401" || f.Rule == "Z402" })
	shown := 0
	for i, l := range d.Limits {
		share, _ := l.Percent()
		refused, _ := l.Refusals.Get()
		if share < words.LimitFrom && (!found || i > 0 && refused == 0) || shown == words.MaxLimits {
			continue
		}
		head := strings.Repeat(" ", len("LIMITS"))
		if shown == 0 {
			p.Blank()
			head = p.Bold.Sprint("LIMITS")
		}
		shown++
		p.Wrap(len("LIMITS  "), head+"  ", sanitize.Prose(words.LimitLine(&l)))
	}
}

func allLimits(p *page.Page, d *diagnose.Diagnosis) {
	p.Heading("LIMITS")
	cols := []page.Column{
		{Head: "LIMIT"}, {Head: "USED", Right: true}, {Head: "MAX", Right: true}, {Head: "SHARE", Right: true},
		{Head: "ZOMBIES", Right: true}, {Head: "REFUSALS", Right: true}, {Head: "FULL IN"}, {Head: "SET BY", Least: 12}, {Head: "PATH", Least: 20},
	}
	rows := make([][]string, 0, len(d.Limits))
	for _, l := range d.Limits {
		share, full := "?", "?"
		used, known := l.Used.Get()
		if known {
			share = words.LimitShare(&l, "%d%%")
		}
		switch {
		case known && used >= l.Max:
			full = "now"
		case l.FullIn.Known():
			full = sanitize.Clean(phrase.Full(l.Limit))
		}
		rows = append(rows, []string{
			sanitize.Clean(l.Name), words.LimitUsed(&l), fmt.Sprint(l.Max), share, fmt.Sprint(l.Zombies),
			words.OrUnknown(words.Pointer(l.Refusals)), full, sanitize.Clean(l.SetBy), sanitize.Clean(l.Path),
		})
	}
	p.Table(cols, rows)
	if d.LimitsAbove {
		p.Wrap(2, "  ", "Limits of cgroups above this container's are out of sight: they may be tighter.")
	}
}
