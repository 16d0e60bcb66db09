// Package htmlpage writes a diagnosis as a page for a browser.
package htmlpage

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/verdict"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
	"github.com/zombiectl/zombiectl/scan/facts"
)

//go:embed html.css
var htmlStyle string

// Write writes what was found, with a verdict where there is one, as a page that
// needs nothing else: no script, nothing from anywhere. The policy in it forbids
// both, should a name ever get through the escaping.
func Write(out *bytes.Buffer, d *diagnose.Diagnosis, v *verdict.Verdict) {
	p := sheet{writer{out}, d}
	out.WriteString("<!DOCTYPE html>\n")
	p.in("html", func() {
		p.in("head", p.head)
		p.in("body", func() {
			p.in("header", func() { p.header(v) })
			p.in("main", p.main)
			p.line("footer", "Written by zombiectl. Nothing in this page was loaded from elsewhere, and nothing in it runs.")
		})
	}, "lang", "en")
}

func (p sheet) head() {
	hash := sha256.Sum256([]byte(htmlStyle))
	p.open("meta", "charset", "utf-8")
	p.open("meta", "http-equiv", "Content-Security-Policy", "content",
		"default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(hash[:])+"'; base-uri 'none'; form-action 'none'")
	p.open("meta", "name", "viewport", "content", "width=device-width, initial-scale=1")
	p.open("meta", "name", "referrer", "content", "no-referrer")
	p.open("meta", "name", "color-scheme", "content", "light dark")
	p.line("title", "Zombies: "+sanitize.CleanTo(p.Diagnosis.Sentence, sanitize.MaxName))
	p.out.WriteString("<style>" + htmlStyle + "</style>")
}

func (p sheet) header(v *verdict.Verdict) {
	if v != nil {
		severity := [...]string{"ok", "warning", "critical", "unknown"}[v.ExitCode&3]
		p.line("span", "check: "+v.Status, "class", "badge "+severity)
		p.text(" ")
	}
	p.line("span", p.Severity.String(), "class", "badge "+p.Severity.String())
	p.line("h1", sanitize.Prose(p.Diagnosis.Sentence))
	p.line("p", strings.Join(p.facts(), " · "), "class", "facts")
	if v != nil && len(v.Reasons) > 0 {
		p.in("ul", func() {
			for _, r := range v.Reasons[:min(len(v.Reasons), maxFindings)] {
				p.line("li", sanitize.Prose(r.Line()))
			}
			if more := len(v.Reasons) - maxFindings; more > 0 {
				p.line("li", fmt.Sprintf("… %d more", more))
			}
		})
	}
	if p.Blind {
		p.line("p", "Blind: there may be processes that were not seen, and zombies among them.", "class", "card warning")
	}
}

func (p sheet) facts() []string {
	s := p.Snapshot
	facts := []string{string(s.Source.Kind) + " " + sanitize.Clean(s.Source.Path)}
	if t, ok := s.Taken.Get(); ok {
		facts = append(facts, "taken "+t.UTC().Format(time.RFC3339))
	}
	if k, ok := s.Host.Kernel.Get(); ok {
		facts = append(facts, "Linux "+sanitize.Clean(k))
	}
	facts = append(facts, english.Count(p.Processes, "process", "processes"), english.Count(len(p.Zombies), "zombie", "zombies"))
	if p.Transient > 0 {
		facts = append(facts, english.Count(p.Transient, "passing zombie", "passing zombies"))
	}
	return append(facts, "would an init help: "+words.Answer(p.InitWouldHelp))
}

func (p sheet) main() {
	for _, n := range p.Namespaces {
		if n.Zombies > 0 || len(p.Zombies) == 0 && n.Ours {
			p.in("section", func() { p.namespace(n) }, "class", "card")
		}
	}
	p.notReaping()
	p.since()
	p.timelines()
	p.whatToDo()
	p.limits()
	p.findings()
	p.tree()
	p.unread()
}

func (p sheet) namespace(n diagnose.Namespace) {
	p.line("strong", words.PID1Of(&n))
	p.text(" ")
	v := n.PID1
	if v == nil {
		p.text("not in view")
		return
	}
	p.line("code", cmp.Or(sanitize.Clean(v.Command), "?"))
	if v.Program != "" {
		p.line("span", " ("+sanitize.Clean(v.Program)+")", "class", "soft")
	}
	answer := func(question, answer, why string) {
		p.line("dt", question)
		p.line("dd", answer, "class", "answer "+sanitize.Clean(answer))
		p.line("dd", sanitize.Prose(why))
	}
	p.in("dl", func() {
		answer("reaps what it adopts", words.Answer(v.Reaps), v.ReapsWhy)
		answer("passes on SIGTERM", words.Answer(v.ForwardsSigterm), v.ForwardsSigtermWhy)
	})
}

func (p sheet) notReaping() {
	parents := words.Culprits(p.Diagnosis)
	if len(parents) == 0 {
		return
	}
	p.section("Not reaping", func() {
		cols := []page.Column{
			{Head: "PID", Right: true}, {Head: "Command"}, {Head: "Zombies", Right: true}, {Head: "Oldest", Right: true}, {Head: "Newest", Right: true},
			{Head: "Rate", Right: true}, {Head: "Why"}, {Head: "Rule"}, {Head: "Sure"},
		}
		several := len(p.Containers) > 1
		if several {
			cols = append(cols, page.Column{Head: "Container"})
		}
		var rows [][]string
		for _, c := range parents[:min(len(parents), maxParents)] {
			row := words.ParentRow(&c)
			if several {
				row = append(row, words.ContainerText(c.Container))
			}
			rows = append(rows, row)
		}
		p.table(cols, rows)
		p.more(len(parents)-len(rows), "more parent", "more parents")
	})
}

func (p sheet) since() {
	c := p.Since
	if c == nil {
		return
	}
	p.section("Since "+sanitize.Clean(c.When()), func() {
		for _, line := range c.Lines() {
			p.line("p", sanitize.Prose(line))
		}
		if len(c.Parents) == 0 {
			return
		}
		rows := words.GrowthRows(c.Parents[:min(len(c.Parents), maxParents)])
		p.table([]page.Column{
			{Head: "PID", Right: true}, {Head: "Command"}, {Head: "Then", Right: true}, {Head: "Now", Right: true},
			{Head: "New", Right: true}, {Head: "Reaped", Right: true}, {Head: "Other", Right: true}, {Head: "Growth", Right: true},
		}, rows)
		p.more(len(c.Parents)-len(rows), "more parent", "more parents")
	})
}

func (p sheet) whatToDo() {
	todo, apart, others := words.WhatToDo(p.Diagnosis, false)
	if len(todo)+len(apart) == 0 {
		return
	}
	p.section("What to do", func() {
		p.line("p", sanitize.Prose(p.Diagnosis.InitWhy))
		p.advice(todo)
		if len(apart) > 0 {
			p.soft("Apart from the zombies:")
			p.advice(apart)
		}
		if others > 0 {
			p.soft("… and so on for " + english.Count(others, "more finding", "more findings"))
		}
		if order := words.ByImportance(p.Diagnosis); len(order) > 0 {
			p.soft("More: zombiectl explain " + sanitize.Clean(order[0].Rule))
		}
	})
}

func (p sheet) advice(list []words.Piece) {
	p.in("ul", func() {
		for _, a := range list {
			p.line("li", sanitize.Prose(a.Text))
			for _, step := range a.Steps {
				p.in("li", func() {
					text := step.Rest()
					if step.Label != "" {
						p.line("strong", sanitize.Prose(step.Label))
						text = " " + text
					}
					p.text(sanitize.Prose(text))
				}, "class", "place")
			}
		}
	})
}

func (p sheet) findings() {
	if len(p.Findings) == 0 {
		return
	}
	p.section("Findings", func() {
		shown := p.Findings[:min(len(p.Findings), maxFindings)]
		for i := range shown {
			p.in("details", func() { p.finding(&shown[i]) }, "class", "finding "+shown[i].Severity.String())
		}
		p.more(len(p.Findings)-len(shown), "more finding: -o json holds them", "more findings: -o json holds them")
	})
}

func (p sheet) finding(f *diagnose.Finding) {
	p.in("summary", func() {
		p.line("span", sanitize.Clean(f.Rule)+" "+f.Severity.String(), "class", "badge "+f.Severity.String())
		p.text(" " + sanitize.Prose(f.Message()) + " ")
		p.line("span", "("+string(f.Certainty)+")", "class", "soft")
	})
	if r := diagnose.FindRule(f.Rule); r != nil {
		p.line("p", r.Title+".")
	}
	p.list("Evidence", words.EvidenceLines(f.Evidence))
	p.list("Not read", unreadLines(f.Missing))
}

func (p sheet) unread() {
	unread := p.Snapshot.Unread
	if len(unread) == 0 {
		return
	}
	p.in("details", func() {
		p.line("summary", english.Count(len(unread), "file", "files")+" could not be read")
		p.list("", unreadLines(unread))
	})
}

func unreadLines(unread []facts.Unread) []string {
	var lines []string
	for i, u := range unread {
		if i == maxUnread {
			lines = append(lines, fmt.Sprintf("… %d more", len(unread)-i))
			break
		}
		lines = append(lines, sanitize.Clean(words.Rooted(u.File))+": "+sanitize.Clean(u.Reason))
	}
	return lines
}
