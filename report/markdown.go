package report

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/english"
)

// renderMarkdown writes the report for tickets and chats. It is the text
// report in other clothes, and as short.
func renderMarkdown(out *bytes.Buffer, d *diagnose.Diagnosis, v *diagnose.Verdict, _ Style) error {
	m := markdown{out}
	if v != nil {
		m.linef("**ZOMBIES %s**", v.Status)
		m.blank()
		for i, r := range v.Reasons {
			if i == maxFindings {
				m.linef("- … %d more", len(v.Reasons)-i)
				break
			}
			m.linef("- %s", mdText(prose(r.Text)))
		}
		m.blank()
	}
	m.linef("**%s**", mdText(prose(d.Sentence)))
	var spaces []diagnose.Namespace
	for _, n := range d.Namespaces {
		if n.Zombies > 0 && len(spaces) < maxNamespaces {
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
	return nil
}

type markdown struct{ out *bytes.Buffer }

func (m markdown) linef(format string, args ...any) { fmt.Fprintf(m.out, format+"\n", args...) }
func (m markdown) blank()                           { m.out.WriteByte('\n') }

func (m markdown) heading(s string) { m.linef("\n### %s\n", s) }

func (m markdown) namespace(n diagnose.Namespace) {
	who := "PID 1"
	if !n.Ours {
		who = "PID 1 of namespace " + orUnknown(pointer(n.ID))
	}
	m.blank()
	if n.PID1 == nil {
		m.linef("%s: not in view", who)
		return
	}
	v := n.PID1
	m.linef("%s, %s:", who, mdCode(cleanTo(v.Command, maxCommand)))
	m.blank()
	m.linef("- reaps what it adopts: **%s** %s", answer(v.Reaps), inParens(v.ReapsWhy))
	m.linef("- passes on SIGTERM: **%s** %s", answer(v.ForwardsSigterm), inParens(v.ForwardsSigtermWhy))
}

func inParens(why string) string {
	if why == "" {
		return ""
	}
	return "(" + mdText(prose(why)) + ")"
}

func (m markdown) notReaping(d *diagnose.Diagnosis) []diagnose.Parent {
	parents := culprits(d)
	if len(parents) == 0 {
		return nil
	}
	m.heading("Not reaping")
	where, line := "", "" // a column that says the same in every row is none
	if len(d.Containers) > 1 {
		where, line = " Container |", "---|"
	}
	m.linef("| PID | Command |%s Zombies | Oldest | Newest | Rate | Why | Rule | Sure |\n|--:|---|%s--:|--:|--:|--:|---|---|---|", where, line)
	shown := parents[:min(len(parents), maxParents)]
	for _, p := range shown {
		if where != "" {
			where = " " + mdCell(mdCode(containerText(p.Container))) + " |"
		}
		m.linef("| %s | %s |%s %d | %s | %s | %s | %s | %s | %s |", orUnknown(told(p.PID)), mdCell(mdCode(parentCommand(p))), where, p.Zombies,
			mdText(diagnose.AgeText(p.Oldest)), mdText(diagnose.AgeText(p.Newest)), rateText(p.Rate), mdText(clean(p.Why)), strings.Join(p.Rules, " "), p.Certainty)
	}
	if rest := parents[len(shown):]; len(rest) > 0 {
		zombies := 0
		for _, p := range rest {
			zombies += p.Zombies
		}
		m.linef("\n… %s with %s", english.Count(len(rest), "more parent", "more parents"), english.Count(zombies, "zombie", "zombies"))
	}
	return shown
}

// since says what changed since an earlier look.
func (m markdown) since(c *diagnose.Comparison) {
	if c == nil {
		return
	}
	m.heading("Since " + mdText(clean(c.When())))
	m.linef("%s", mdText(clean(c.Sentence())))
	if shown := c.Parents[:min(len(c.Parents), maxParents)]; len(shown) > 0 {
		m.linef("\n| PID | Command | Then | Now | New | Reaped | Other | Growth |\n|--:|---|--:|--:|--:|--:|--:|--:|")
		for _, cells := range growthRows(shown) {
			cells[1] = mdCell(mdCode(cells[1]))
			m.linef("| %s |", strings.Join(cells, " | "))
		}
		if rest := len(c.Parents) - len(shown); rest > 0 {
			m.linef("\n… %s", english.Count(rest, "more parent", "more parents"))
		}
	}
	for i, l := range sinceLines(c, false) {
		if i == 0 {
			m.blank()
		}
		m.linef("- %s: %s", strings.TrimSpace(l.head), mdText(l.text))
	}
}

func (m markdown) limits(d *diagnose.Diagnosis) {
	shown := 0
	for i := range d.Limits {
		l := &d.Limits[i]
		if share, _ := l.Percent(); share < limitFrom || shown == maxLimits {
			continue
		}
		if shown++; shown == 1 {
			m.heading("Limits")
		}
		m.linef("- %s", mdText(prose(limitLine(l))))
	}
}

func (m markdown) tree(d *diagnose.Diagnosis, parents []diagnose.Parent) {
	if len(d.Zombies) == 0 {
		return
	}
	m.heading("Tree")
	var text bytes.Buffer
	newPage(&text, Style{}).brief(d, parents)
	fence := strings.Repeat("`", max(3, longestRun(text.String(), '`')+1))
	m.linef("%stext\n%s%s", fence, text.String(), fence)
}

func (m markdown) findings(d *diagnose.Diagnosis, spaces []diagnose.Namespace, parents []diagnose.Parent) {
	lines := findingLines(unsaid(d, spaces, parents))
	if len(lines) == 0 {
		return
	}
	heading := "Found"
	if len(parents) > 0 {
		heading = "Also found"
	}
	m.heading(heading)
	for _, l := range lines {
		m.linef("- %s", mdText(l.head+l.text))
	}
}

func (m markdown) whatToDo(d *diagnose.Diagnosis) {
	todo, apart, others := advice(d, false)
	if len(todo)+len(apart) == 0 {
		return
	}
	m.heading("What to do")
	for _, l := range initLines(d) {
		m.linef("%s\n", mdText(l))
	}
	m.advice(todo)
	if len(apart) > 0 {
		m.linef("\nApart from the zombies:\n")
		m.advice(apart)
	}
	if others > 0 {
		m.linef("\n… and so on for %s.", english.Count(others, "more finding", "more findings"))
	}
	if order := byImportance(d); len(order) > 0 && !saidByUnread(d, order[0]) {
		m.linef("\nMore: `zombiectl explain %s`", order[0].Rule)
	}
}

// advice writes a list. Advice that begins with spaces goes on with the one
// before.
func (m markdown) advice(list []string) {
	for _, a := range list {
		text := strings.TrimLeft(a, " ")
		if name, rest, ok := strings.Cut(text, "  "); ok && len(text) < len(a) {
			m.linef("  - **%s** %s", mdText(prose(name)), mdText(prose(strings.TrimLeft(rest, " "))))
			continue
		}
		m.linef("- %s", mdText(prose(text)))
	}
}

// source says what was looked at, and when.
func (m markdown) source(d *diagnose.Diagnosis) {
	s := d.Snapshot
	parts := []string{fmt.Sprintf("zombiectl, %s %s", s.Source.Kind, mdCode(clean(s.Source.Path)))}
	if t, ok := s.Taken.Get(); ok {
		parts = append(parts, t.UTC().Format(time.RFC3339))
	}
	if k, ok := s.Host.Kernel.Get(); ok {
		parts = append(parts, "Linux "+mdText(clean(k)))
	}
	parts = append(parts, english.Count(d.Processes, "process", "processes"))
	if n := len(s.Unread); n > 0 {
		parts = append(parts, english.Count(n, "file", "files")+" could not be read")
	}
	m.linef("\n---\n%s", strings.Join(parts, " · "))
}

// mdText makes clean text fit for Markdown as it is read on the sites and in
// the chats where tickets are: nothing in it is markup, a link or the mention
// of a person.
func mdText(s string) string {
	if s = strings.TrimSpace(s); s == "" {
		return "?" // nothing, within marks, is another mark
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '@': // sites look for mentions when the escapes are gone
			b.WriteString(`\\x40`)
			continue
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

// mdCode is a code span: nothing in it is anything but text.
func mdCode(s string) string {
	if s == "" {
		s = "?"
	}
	fence := strings.Repeat("`", longestRun(s, '`')+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") || strings.HasPrefix(s, " ") || strings.HasSuffix(s, " ") {
		s = " " + s + " "
	}
	return fence + s + fence
}

// mdCell keeps a code span within its cell of a table: the one place where a
// backslash escapes within code.
func mdCell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

func longestRun(s string, c byte) int {
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] == c {
			run++
		} else {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}
