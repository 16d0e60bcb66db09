package textpage

import (
	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
)

// whatToDo writes the advice of the findings, each once, that on the worst
// culprit first.
func whatToDo(p *page.Page, d *diagnose.Diagnosis, full bool) {
	todo, apart, others := words.WhatToDo(d, full)
	if len(todo)+len(apart) == 0 {
		return
	}
	p.Heading("WHAT TO DO")
	if d.InitWhy != "" {
		p.Wrap(4, "  ", sanitize.Prose(d.InitWhy))
	}
	for _, a := range todo {
		advice(p, a)
	}
	if len(apart) > 0 {
		p.Line("  Apart from the zombies:")
		for _, a := range apart {
			advice(p, a)
		}
	}
	if others > 0 {
		p.Linef("  … and so on for %s: -o wide shows them", english.Count(others, "more finding", "more findings"))
	}
	more(p, d)
}

func advice(p *page.Page, a words.Piece) {
	p.Wrap(4, "  - ", sanitize.Prose(a.Text))
	const indent = "      "
	for _, s := range a.Steps {
		p.Wrap(len(indent)+len(s.Head()), indent, sanitize.Prose(s.String()))
	}
}

// more points to the documentation of the gravest rule.
func more(p *page.Page, d *diagnose.Diagnosis) {
	if order := words.ByImportance(d); len(order) > 0 && !words.SaidByUnread(d, order[0]) {
		p.Line("  More: zombiectl explain " + order[0].Rule)
	}
}

// moreOf counts the items that had no room, if any.
func moreOf(p *page.Page, n int, one, many string) {
	if n > 0 {
		p.Linef("  … %s", english.Count(n, one, many))
	}
}

func findings(p *page.Page, heading string, findings []diagnose.Finding) {
	if len(findings) == 0 {
		return
	}
	indent := "  "
	if heading == "" {
		p.Blank()
		indent = ""
	} else {
		p.Heading(heading)
	}
	for _, l := range words.FindingLines(findings) {
		p.Wrap(len(indent)+2, indent+l.Head, l.Text)
	}
}

func allFindings(p *page.Page, d *diagnose.Diagnosis) {
	if len(d.Findings) == 0 {
		return
	}
	p.Heading("FINDINGS")
	for _, f := range d.Findings {
		p.Wrap(4, "  ", words.FindingText(&f))
		for _, l := range words.EvidenceLines(f.Evidence) {
			p.Linef("    %s", l)
		}
		for _, u := range f.Missing {
			p.Linef("    %s  not read: %s", sanitize.Clean(words.Rooted(u.File)), sanitize.Clean(u.Reason))
		}
	}
}
