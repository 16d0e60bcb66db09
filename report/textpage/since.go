package textpage

import (
	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
)

// since writes what changed since an earlier look.
func since(p *page.Page, d *diagnose.Diagnosis, full bool) {
	c := d.Since
	if c == nil {
		return
	}
	p.Heading("SINCE " + sanitize.Clean(c.When()))
	p.Line("  " + sanitize.Clean(c.Sentence()))
	growth(p, c.Parents, full)
	for _, l := range words.SinceLines(c, full) {
		p.Wrap(page.Width(l.Head), l.Head, l.Text)
	}
}

func growth(p *page.Page, parents []diagnose.Growth, full bool) {
	if len(parents) == 0 {
		return
	}
	shown := parents
	if !full {
		shown = shown[:min(len(shown), words.MaxParents)]
	}
	cols := []page.Column{
		{Head: "PID", Right: true}, {Head: "COMMAND", Least: 16}, {Head: "THEN", Right: true}, {Head: "NOW", Right: true},
		{Head: "NEW", Right: true}, {Head: "REAPED", Right: true}, {Head: "OTHER", Right: true}, {Head: "GROWTH", Right: true},
	}
	p.Table(cols, words.GrowthRows(shown))
	if rest := len(parents) - len(shown); rest > 0 {
		p.Linef("  … %s", english.Count(rest, "more parent", "more parents"))
	}
}
