package page

import (
	"regexp"
	"strings"
)

var (
	// item begins an item of a list: "- that", "2. that".
	item = regexp.MustCompile(`^(?:-|\d+\.) `)
	// commentAt is where a comment begins behind a command.
	commentAt = regexp.MustCompile(` {2,}# `)
)

// Prose writes a text in paragraphs, as we write our pages in Markdown:
// headings, paragraphs and lists are laid out anew for the width. Lines that are
// indented by two columns or more stay as they are, since they are to be pasted.
// Without a width the whole text stays as it is.
func (p *Page) Prose(text string) {
	text = strings.TrimRight(text, "\n")
	if p.Width == 0 {
		p.Out.WriteString(text + "\n")
		return
	}
	var paragraph []string
	flush := func() {
		if len(paragraph) > 0 {
			first := item.FindString(paragraph[0])
			words := strings.Join(strings.Fields(strings.Join(paragraph, " ")), " ")
			p.Wrap(len(first), first, strings.TrimPrefix(words, first))
		}
		paragraph = nil
	}
	for line := range strings.SplitSeq(text, "\n") {
		heading := strings.TrimLeft(line, "#")
		within := len(paragraph) > 0 && item.MatchString(paragraph[0]) // an item goes on, indented
		switch {
		case line == "":
			flush()
			p.Blank()
		case heading != line && strings.HasPrefix(heading, " "):
			flush()
			p.Wrap(0, "", p.Bold.Sprint(heading[1:]))
		case (strings.HasPrefix(line, "  ") || line[0] == '\t') && !within:
			flush()
			p.verbatim(line)
		case item.MatchString(line):
			flush()
			paragraph = []string{line}
		default:
			paragraph = append(paragraph, line)
		}
	}
	flush()
}

// verbatim writes a line that is to be pasted, so it is never cut. A comment that
// does not fit behind it is put before it.
func (p *Page) verbatim(line string) {
	if at := commentAt.FindStringIndex(line); at != nil && Width(line) > p.Width {
		indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
		p.wrap(indent+"# ", indent+"# ", line[at[1]:])
		line = line[:at[0]]
	}
	p.Out.WriteString(line + "\n")
}
