package textpage

import (
	"fmt"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
)

// limits writes how much is used of the limits on processes.
func limits(p *page.Page, d *diagnose.Diagnosis) {
	if len(d.Limits) == 0 {
		return
	}
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
