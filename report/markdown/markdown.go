// Package markdown writes a diagnosis for tickets and chats.
package markdown

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/verdict"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
)

// Write writes a diagnosis, with a verdict where there is one: a short section
// for each problem, the most urgent first, and the evidence for all of it,
// folded. It fits a ticket. Parts without room are named at the end.
func Write(out *bytes.Buffer, d *diagnose.Diagnosis, v *verdict.Verdict) {
	m := &writer{out: out}
	end := source(d)
	m.room = maxTicket - len(end) - maxLeft
	if v != nil {
		m.verdict(v)
	}
	m.linef("**%s**", escape(sanitize.Prose(d.Sentence)))
	problems, notes := d.Problems()
	m.problems(d, problems)
	m.limits(d)
	m.since(d.Since)
	m.notes(d, notes)
	m.folded(d)
	m.left()
	m.linef("%s", end)
}

func (m *writer) verdict(v *verdict.Verdict) {
	m.linef("**ZOMBIES %s**\n", v.Status)
	m.rows("", lines(v.Reasons, func(r verdict.Reason) string { return "- " + escape(sanitize.Prose(r.Line())) }), "", "reason", "reasons")
	m.linef("")
}

// maxCards is how many problems have a section, so that a ticket can be read.
const maxCards = 20

func (m *writer) problems(d *diagnose.Diagnosis, list []diagnose.Problem) {
	shown := list[:min(len(list), maxCards)]
	cards := make([]string, len(shown))
	for i := range shown {
		cards[i] = card(i+1, words.NewCard(d, &shown[i], len(list) > 1))
	}
	m.rows("", cards, "", "problem", "problems")
	less := list[len(shown):]
	m.fold(english.Count(len(less), "less urgent problem", "less urgent problems"),
		"| Level | Where | Who | Zombies | Why | Rule |\n|---|---|---|--:|---|---|",
		lines(less, func(p diagnose.Problem) string {
			row := words.Rest(d, &p)
			for i := range row {
				row[i] = escape(row[i])
			}
			return "| " + strings.Join(row, " | ") + " |"
		}), "less urgent problem", "less urgent problems")
}

// card is a section on one problem, with its commands in fences.
func card(number int, c words.Card) string {
	var b strings.Builder
	head := c.Level
	if c.Where != "" {
		head += ": " + c.Where
	}
	fmt.Fprintf(&b, "\n### %d. %s\n", number, escape(head+": "+c.What))
	for _, s := range c.Said {
		b.WriteString("\n" + escape(s.Text))
		if s.Rule != "" {
			fmt.Fprintf(&b, " (%s)", s.Rule)
		}
		b.WriteByte('\n')
	}
	for _, l := range c.Lines {
		note := l.Text
		if l.Ends != "" {
			note = strings.TrimPrefix(note+"; ends: "+l.Ends, "; ")
		}
		if note != "" {
			note = " " + escape(note)
		}
		fmt.Fprintf(&b, "\n**%s**%s\n", l.Label, note)
		if l.Command != "" {
			b.WriteString("\n" + fenced("sh", l.Command))
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// limits writes the tight ones; all of them are folded.
func (m *writer) limits(d *diagnose.Diagnosis) {
	var tight []string
	for i := range d.Limits {
		if share, _ := d.Limits[i].Percent(); share >= words.LimitFrom {
			tight = append(tight, "- "+escape(sanitize.Prose(words.LimitLine(&d.Limits[i]))))
		}
	}
	m.rows("\n### Limits\n", tight, "", "limit", "limits")
}

func (m *writer) since(c *diagnose.Comparison) {
	if c == nil {
		return
	}
	m.heading("Since " + escape(sanitize.Clean(c.When())))
	for i, line := range c.Lines() {
		if i > 0 {
			m.linef("")
		}
		m.linef("%s", escape(sanitize.Prose(line)))
	}
	m.rows("\n| PID | Command | Then | Now | New | Reaped | Other | Growth |\n|--:|---|--:|--:|--:|--:|--:|--:|",
		lines(words.GrowthRows(c.Parents), func(cells []string) string {
			cells[1] = cell(code(cells[1]))
			return "| " + strings.Join(cells, " | ") + " |"
		}), "", "parent that changed", "parents that changed")
	for i, l := range words.SinceLines(c, false) {
		if i == 0 {
			m.linef("")
		}
		m.linef("- %s: %s", strings.TrimSpace(l.Head), escape(l.Text))
	}
}

// notes writes the notes besides the problems.
func (m *writer) notes(d *diagnose.Diagnosis, list []*diagnose.Finding) {
	list = slices.DeleteFunc(slices.Clone(list), func(f *diagnose.Finding) bool { return words.SaidByUnread(d, f) })
	m.rows("\n### Also to know\n", lines(list, func(f *diagnose.Finding) string {
		text := "- " + escape(sanitize.Prose(f.Message())) + fmt.Sprintf(" (%s, %s)", f.Rule, f.Certainty)
		if all := f.Advice(); len(all) > 0 {
			text += " " + escape(sanitize.Prose(all[0].Text))
		}
		return text
	}), "", "note", "notes")
}

func source(d *diagnose.Diagnosis) string {
	s := d.Snapshot
	parts := []string{fmt.Sprintf("zombiectl, %s %s", s.Source.Kind, code(sanitize.Clean(s.Source.Path)))}
	if t, ok := s.Taken.Get(); ok {
		parts = append(parts, t.UTC().Format(time.RFC3339))
	}
	if k, ok := s.Host.Kernel.Get(); ok {
		parts = append(parts, "Linux "+escape(sanitize.Clean(k)))
	}
	parts = append(parts, english.Count(d.Processes, "process", "processes"))
	if n := len(s.Unread); n > 0 {
		parts = append(parts, english.Count(n, "file", "files")+" could not be read")
	}
	return "\n---\n" + strings.Join(parts, " · ")
}

// answers is the row of a PID 1.
func answers(n *diagnose.Namespace) string {
	where := words.NamespacePlace(n)
	v := n.PID1
	if v == nil {
		return fmt.Sprintf("| %s | ? | unknown | unknown | %d |", escape(where), n.Zombies)
	}
	return fmt.Sprintf("| %s | %s | %s %s | %s %s | %d |", escape(where), cell(code(sanitize.CleanTo(cmp.Or(v.Command, "?"), words.MaxCommand))),
		words.Answer(v.Reaps), inParens(v.ReapsWhy), words.Answer(v.ForwardsSigterm), inParens(v.ForwardsSigtermWhy), n.Zombies)
}

func inParens(why string) string {
	if why == "" {
		return ""
	}
	return "(" + escape(sanitize.Prose(why)) + ")"
}
