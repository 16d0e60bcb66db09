package htmlpage

import (
	"fmt"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/rule"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
)

// cards writes a card for each problem, the most urgent first.
func (p sheet) cards() {
	if len(p.problems) == 0 {
		return
	}
	p.section(english.Agree(len(p.problems), "Problem", "Problems"), func() {
		shown := p.problems[:min(len(p.problems), maxCards)]
		for i := range shown {
			p.in("article", func() { p.card(i+1, &shown[i]) }, "class", "card "+shown[i].Severity.String())
		}
		p.fewerWords(p.problems[len(shown):])
	})
}

// fewerWords writes a row for each problem that has no card.
func (p sheet) fewerWords(list []diagnose.Problem) {
	if len(list) == 0 {
		return
	}
	p.fold(english.Count(len(list), "less urgent problem", "less urgent problems"), func() {
		shown := list[:min(len(list), maxRows)]
		rows := make([][]string, len(shown))
		for i := range shown {
			rows[i] = words.Rest(p.Diagnosis, &shown[i])
		}
		p.table([]page.Column{{Head: "Level"}, {Head: "Where"}, {Head: "Who"}, {Head: "Zombies", Right: true}, {Head: "Why"}, {Head: "Rule"}}, rows)
		p.rest(len(list)-len(shown), "problem", "problems")
	})
}

// card writes what fails, who leaves zombies and why, and the commands, whole.
func (p sheet) card(number int, of *diagnose.Problem) {
	c := words.NewCard(p.Diagnosis, of, len(p.problems) > 1)
	p.in("div", func() {
		p.in("h3", func() {
			p.line("span", fmt.Sprint(number), "class", "number")
			p.line("span", c.Level, "class", "badge "+max(of.Severity, diagnose.Info).String())
			if c.Where != "" {
				p.line("span", c.Where, "class", "where")
			}
			p.line("span", c.What)
		})
		p.spark(of)
	}, "class", "head")
	for _, s := range c.Said {
		p.in("p", func() {
			p.text(s.Text)
			if s.Rule != "" {
				p.line("span", " ("+s.Rule+")", "class", "soft")
			}
		})
	}
	p.in("dl", func() {
		for _, l := range c.Lines {
			p.line("dt", l.Label)
			p.in("dd", func() { p.step(&l) })
		}
	})
	if len(of.Findings) > 0 {
		p.fold("Evidence, and all there is to do", func() { p.findings(of.Findings) })
	}
}

func (p sheet) step(l *words.CardLine) {
	if l.Command != "" {
		p.line("code", l.Command)
	}
	if l.Text != "" {
		p.line("span", l.Text)
	}
	if l.Ends != "" {
		p.line("span", "ends: "+l.Ends, "class", "ends")
	}
}

// findings writes each with its evidence and its advice. One alone is open.
func (p sheet) findings(list []*diagnose.Finding) {
	shown := list[:min(len(list), maxFindings)]
	for _, f := range shown {
		var open []string
		if len(list) == 1 {
			open = []string{"open", ""}
		}
		p.in("details", func() { p.finding(f) }, append(open, "class", "finding "+f.Severity.String())...)
	}
	p.rest(len(list)-len(shown), "finding", "findings")
}

func (p sheet) finding(f *diagnose.Finding) {
	p.in("summary", func() {
		p.text(sanitize.Prose(f.Message()) + " ")
		p.line("span", "("+sanitize.Clean(f.Rule)+", "+f.Severity.String()+", "+string(f.Certainty)+")", "class", "soft")
	})
	if r := diagnose.FindRule(f.Rule); r != nil {
		p.line("p", r.Title+".")
	}
	p.advice(f.Advice())
	p.list("Evidence", words.EvidenceLines(f.Evidence))
	p.list("Not read", unreadLines(f.Missing))
}

func (p sheet) advice(list []rule.Advice) {
	if len(list) == 0 {
		return
	}
	p.in("ul", func() {
		for _, a := range list {
			p.line("li", sanitize.Prose(a.Text))
			for _, s := range a.Steps {
				p.in("li", func() { p.way(s) }, "class", "place")
			}
		}
	})
}

// way is one way to follow advice.
func (p sheet) way(s rule.Step) {
	if s.Label != "" {
		p.line("strong", sanitize.Prose(s.Label))
		p.text(" ")
	}
	if s.Command != "" {
		p.line("code", sanitize.Prose(s.Command))
		p.text(" ")
	}
	p.text(sanitize.Prose(s.Text))
	if s.Ends != "" {
		p.line("span", " ends: "+sanitize.Clean(s.Ends), "class", "ends")
	}
}
