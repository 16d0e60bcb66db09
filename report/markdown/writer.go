package markdown

import (
	"bytes"
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/zombiectl/zombiectl/english"
)

// maxTicket is how many characters a ticket on GitHub takes. We count bytes,
// which are never fewer. maxLeft is kept for the words about the rest.
const (
	maxTicket = 65536
	maxLeft   = 600
)

// writer writes parts of a ticket as long as there is room for them.
type writer struct {
	out     *bytes.Buffer
	room    int      // bytes for all parts
	without []string // what had no room
}

func (m *writer) linef(format string, args ...any) { fmt.Fprintf(m.out, format+"\n", args...) }

func (m *writer) heading(s string) { m.linef("\n### %s\n", s) }

// roomLeft is how many bytes there is still room for.
func (m *writer) roomLeft() int { return m.room - m.out.Len() }

// rows writes a head and as many rows below it as there is room for.
func (m *writer) rows(head string, rows []string, tail, one, many string) {
	size, n := len(head)+len(tail)+2, 0
	for n < len(rows) && size+len(rows[n])+1 <= m.roomLeft() {
		size += len(rows[n]) + 1
		n++
	}
	if rest := len(rows) - n; rest > 0 {
		m.without = append(m.without, english.Count(rest, one, many))
	}
	if n == 0 {
		return
	}
	if head != "" {
		m.linef("%s", head)
	}
	for _, row := range rows[:n] {
		m.linef("%s", row)
	}
	if tail != "" {
		m.linef("%s", tail)
	}
}

// fold writes rows that a reader opens.
func (m *writer) fold(summary, head string, rows []string, one, many string) {
	m.rows(strings.TrimSuffix(open(summary)+head, "\n"), rows, "\n"+strings.TrimSuffix(closing, "\n"), one, many)
}

// open begins a folded part. The blank line lets Markdown begin again. The
// summary is ours, since nothing is escaped in it.
func open(summary string) string {
	return "\n<details><summary>" + summary + "</summary>\n\n"
}

const closing = "</details>\n"

// left says what had no room.
func (m *writer) left() {
	if len(m.without) > 0 {
		m.linef("\nA ticket has no room for all of it. Left out: %s. `zombiectl scan -o html` shows all.", strings.Join(m.without, ", "))
	}
}

// lines makes a line of each of a list.
func lines[T any](list []T, line func(T) string) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = line(v)
	}
	return out
}

// fenced is a block of code, within a fence that nothing in it can end.
func fenced(language, text string) string {
	fence := strings.Repeat("`", max(3, backticks(text)+1))
	return fence + language + "\n" + text + "\n" + fence + "\n"
}

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
