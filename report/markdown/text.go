package markdown

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

type writer struct{ out *bytes.Buffer }

func (m writer) linef(format string, args ...any) { fmt.Fprintf(m.out, format+"\n", args...) }

func (m writer) blank() { m.out.WriteByte('\n') }

func (m writer) heading(s string) { m.linef("\n### %s\n", s) }

// escape makes clean text fit for Markdown as it is read on the sites and in
// the chats where tickets are: nothing in it is markup, a link or the mention
// of a person.
func escape(s string) string {
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

// code is a code span: nothing in it is anything but text.
func code(s string) string {
	if s == "" {
		s = "?"
	}
	fence := strings.Repeat("`", longestRun(s, '`')+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") || strings.HasPrefix(s, " ") || strings.HasSuffix(s, " ") {
		s = " " + s + " "
	}
	return fence + s + fence
}

// cell keeps a code span within its cell of a table: the one place where a
// backslash escapes within code.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

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
