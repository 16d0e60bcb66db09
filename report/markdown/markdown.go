// Package markdown writes a diagnosis for tickets and chats.
package markdown

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/verdict"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/textpage"
	"github.com/zombiectl/zombiectl/report/words"
)

// Write writes what was found, with a verdict where there is one. It is the text
// report in other clothes, and as short.
func Write(out *bytes.Buffer, d *diagnose.Diagnosis, v *verdict.Verdict) {
	m := writer{out}
	if v != nil {
		m.linef("**ZOMBIES %s**\n", v.Status)
		for _, r := range v.Reasons[:min(len(v.Reasons), words.MaxFindings)] {
			m.linef("- %s", escape(sanitize.Prose(r.Line())))
		}
		if more := len(v.Reasons) - words.MaxFindings; more > 0 {
			m.linef("- … %d more", more)
		}
		m.linef("")
	}
	m.linef("**%s**", escape(sanitize.Prose(d.Sentence)))
	var spaces []diagnose.Namespace
	for _, n := range d.Namespaces {
		if n.Zombies > 0 && len(spaces) < words.MaxNamespaces {
			spaces = append(spaces, n)
			m.namespace(n)
		}
	}
	parents := m.notReaping(d)
	m.limits(d)
	m.since(d.Since)
	m.tree(d, parents)
	m.findings(d, spaces, parents)
	m.whatToDo(d)
	m.source(d)
}

func (m writer) namespace(n diagnose.Namespace) {
	who := words.PID1Of(&n)
	v := n.PID1
	if v == nil {
		m.linef("\n%s: not in view", who)
		return
	}
	m.linef("\n%s, %s:\n", who, code(sanitize.CleanTo(v.Command, words.MaxCommand)))
	m.linef("- reaps what it adopts: **%s** %s", words.Answer(v.Reaps), inParens(v.ReapsWhy))
	m.linef("- passes on SIGTERM: **%s** %s", words.Answer(v.ForwardsSigterm), inParens(v.ForwardsSigtermWhy))
}

func inParens(why string) string {
	if why == "" {
		return ""
	}
	return "(" + escape(sanitize.Prose(why)) + ")"
}

func (m writer) notReaping(d *diagnose.Diagnosis) []diagnose.Parent {
	parents := words.Culprits(d)
	if len(parents) == 0 {
		return nil
	}
	m.heading("Not reaping")
	heads, line := "| PID | Command |", "|--:|---|"
	several := len(d.Containers) > 1 // a column that says the same in every row is none
	if several {
		heads, line = heads+" Container |", line+"---|"
	}
	m.linef("%s Zombies | Oldest | Newest | Rate | Why | Rule | Sure |\n%s--:|--:|--:|--:|---|---|---|", heads, line)
	shown := parents[:min(len(parents), words.MaxParents)]
	for i := range shown {
		row := words.ParentRow(&shown[i])
		const command, oldest, newest, why = 1, 3, 4, 6
		row[command] = cell(code(row[command]))
		for _, c := range []int{oldest, newest, why} {
			row[c] = escape(row[c])
		}
		if several {
			row = slices.Insert(row, command+1, cell(code(words.ContainerText(shown[i].Container))))
		}
		m.linef("| %s |", strings.Join(row, " | "))
	}
	if more := words.MoreParents(parents[len(shown):]); more != "" {
		m.linef("\n%s", more)
	}
	return shown
}

func (m writer) since(c *diagnose.Comparison) {
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
	if shown := c.Parents[:min(len(c.Parents), words.MaxParents)]; len(shown) > 0 {
		m.linef("\n| PID | Command | Then | Now | New | Reaped | Other | Growth |\n|--:|---|--:|--:|--:|--:|--:|--:|")
		for _, cells := range words.GrowthRows(shown) {
			cells[1] = cell(code(cells[1]))
			m.linef("| %s |", strings.Join(cells, " | "))
		}
		if rest := len(c.Parents) - len(shown); rest > 0 {
			m.linef("\n… %s", english.Count(rest, "more parent", "more parents"))
		}
	}
	for i, l := range words.SinceLines(c, false) {
		if i == 0 {
			m.linef("")
		}
		m.linef("- %s: %s", strings.TrimSpace(l.Head), escape(l.Text))
	}
}

func (m writer) limits(d *diagnose.Diagnosis) {
	shown := 0
	for _, l := range d.Limits {
		if share, _ := l.Percent(); share < words.LimitFrom || shown == words.MaxLimits {
			continue
		}
		if shown++; shown == 1 {
			m.heading("Limits")
		}
		m.linef("- %s", escape(sanitize.Prose(words.LimitLine(&l))))
	}
}

func (m writer) tree(d *diagnose.Diagnosis, parents []diagnose.Parent) {
	if len(d.Zombies) == 0 {
		return
	}
	m.heading("Tree")
	var text bytes.Buffer
	textpage.Brief(page.New(&text, page.Style{}), d, parents)
	fence := strings.Repeat("`", max(3, backticks(text.String())+1))
	m.linef("%stext\n%s%s", fence, text.String(), fence)
}

func (m writer) findings(d *diagnose.Diagnosis, spaces []diagnose.Namespace, parents []diagnose.Parent) {
	lines := words.FindingLines(words.Unsaid(d, spaces, parents))
	if len(lines) == 0 {
		return
	}
	if len(parents) > 0 {
		m.heading("Also found")
	} else {
		m.heading("Found")
	}
	for _, l := range lines {
		m.linef("- %s", escape(l.Head+l.Text))
	}
}

func (m writer) whatToDo(d *diagnose.Diagnosis) {
	todo, apart, others := words.WhatToDo(d, false)
	if len(todo)+len(apart) == 0 {
		return
	}
	m.heading("What to do")
	m.linef("%s\n", escape(sanitize.Prose(d.InitWhy)))
	m.advice(todo)
	if len(apart) > 0 {
		m.linef("\nApart from the zombies:\n")
		m.advice(apart)
	}
	if others > 0 {
		m.linef("\n… and so on for %s.", english.Count(others, "more finding", "more findings"))
	}
	if order := words.ByImportance(d); len(order) > 0 && !words.SaidByUnread(d, order[0]) {
		m.linef("\nMore: `zombiectl explain %s`", order[0].Rule)
	}
}

func (m writer) advice(list []words.Piece) {
	for _, a := range list {
		m.linef("- %s", escape(sanitize.Prose(a.Text)))
		for _, s := range a.Steps {
			item := "- "
			if s.Label != "" {
				item = "  - **" + escape(sanitize.Prose(s.Label)) + "** "
			}
			m.linef("%s%s", item, escape(sanitize.Prose(s.Rest())))
		}
	}
}

func (m writer) source(d *diagnose.Diagnosis) {
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
	m.linef("\n---\n%s", strings.Join(parts, " · "))
}

type writer struct{ out *bytes.Buffer }

func (m writer) linef(format string, args ...any) { fmt.Fprintf(m.out, format+"\n", args...) }

func (m writer) heading(s string) { m.linef("\n### %s\n", s) }

// escape makes clean text fit for Markdown as it is read on the sites and in
// the chats where tickets are: nothing in it is markup, a link or the mention
// of a person.
func escape(s string) string {
	if s = strings.TrimSpace(s); s == "" {
		return "?" // nothing, within marks, is another mark
	}
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c == '@': // sites look for mentions when the escapes are gone
			b.WriteString(`\\x40`)
		case strings.IndexByte("\\`*_{}[]<>#|~$&!^", c) >= 0,
			c == ':' && strings.HasPrefix(s[i:], "://"),
			c == '.' && i >= 3 && strings.EqualFold(s[i-3:i], "www"),
			(c == '-' || c == '+' || c == '=') && i == 0,
			(c == '.' || c == ')') && isNumber(s[:i]): // would begin a list
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func isNumber(s string) bool {
	_, err := strconv.Atoi(s)
	return err == nil
}

// code is a code span: nothing in it is anything but text.
func code(s string) string {
	s = cmp.Or(s, "?")
	fence := strings.Repeat("`", backticks(s)+1)
	if strings.Trim(s, "` ") != s {
		s = " " + s + " "
	}
	return fence + s + fence
}

// cell keeps a code span within its cell of a table: the one place where a
// backslash escapes within code.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

// backticks is the length of the longest row of them.
func backticks(s string) (longest int) {
	for run := range strings.FieldsFuncSeq(s, func(r rune) bool { return r != '`' }) {
		longest = max(longest, len(run))
	}
	return longest
}
