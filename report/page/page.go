// Package page lays out text for people: lines that fit the terminal, tables and
// colors. It knows nothing of processes.
package page

import (
	"bytes"
	"fmt"
	"strings"
	"time"
)

// Style is what the receiver of a report can show.
type Style struct {
	Color bool
	// Width is the number of columns that a line must fit in; 0: no limit,
	// the receiver is not a terminal.
	Width int
	// ASCII: whoever reads the text shows nothing but ASCII. Text says this page
	// in it; formats for programs are UTF-8 all the same.
	ASCII bool
	// Height is the number of lines that the terminal shows; 0: unknown, or none.
	Height int
	All    bool // tree: every process, not only those that lead to a zombie
	// Now is when the program runs. It stands for the time of the look where a
	// document must have one and the look has none (junit); zero: left out.
	Now time.Time
}

// Page collects the lines of a report for people.
type Page struct {
	ink
	Style
	Out *bytes.Buffer
	Err error // why the document could not be written: the page is not to be used
}

// New returns a page whose lines go to out.
func New(out *bytes.Buffer, s Style) *Page {
	return &Page{ink: newInk(s.Color), Style: s, Out: out}
}

// Text returns the page as text for people.
func (p *Page) Text() string {
	if p.ASCII {
		return ascii(p.Out.String(), p.Width)
	}
	return p.Out.String()
}

// Cut cuts a string to a width, and marks that.
func (p *Page) Cut(s string, width int) string { return cut(s, width, p.cutMark()) }

// Line writes one line, cut to the width.
func (p *Page) Line(s string) {
	if p.Width > 0 {
		s = cut(s, p.Width, p.cutMark())
	}
	p.Out.WriteString(s)
	p.Out.WriteByte('\n')
}

// Linef writes one line, cut to the width.
func (p *Page) Linef(format string, args ...any) { p.Line(fmt.Sprintf(format, args...)) }

// Command writes a command, which is never cut. A note stands behind it, or
// below it where the line is too short.
func (p *Page) Command(command, note string) {
	const gap = 3
	switch {
	case note == "":
		p.Out.WriteString(command + "\n")
	case p.Width == 0 || Width(command)+gap+Width(note) <= p.Width:
		p.Out.WriteString(command + strings.Repeat(" ", gap) + note + "\n")
	default:
		p.Out.WriteString(command + "\n")
		indent := strings.Repeat(" ", 10)
		p.Wrap(len(indent), indent, note)
	}
}

// Blank writes an empty line.
func (p *Page) Blank() { p.Out.WriteByte('\n') }

// Heading writes a heading, with an empty line before it.
func (p *Page) Heading(s string) {
	p.Blank()
	p.Line(p.Bold.Sprint(s))
}

// Wrap writes prose, which must not lose its end: it goes on in further lines,
// indented by hang columns. Without a width it is one line, which grep can
// find.
func (p *Page) Wrap(hang int, first, text string) {
	p.wrap(strings.Repeat(" ", hang), first, text)
}

// wrap is Wrap, with what stands before each further line.
func (p *Page) wrap(further, first, text string) {
	if text == "" {
		p.Line(strings.TrimRight(first, " "))
		return
	}
	const (
		least = 20  // columns; in fewer, prose is only a column of words
		most  = 100 // columns; in longer lines the eye does not find the next one
	)
	width := min(p.Width, most)
	indent := Width(further)
	if width == 0 || width-indent < least {
		p.Line(first + text)
		return
	}
	line, used := first, Width(first)
	for i, word := range strings.Split(text, " ") {
		w := Width(word)
		switch {
		case i == 0:
		case used+1+w > width:
			p.Line(strings.TrimRight(line, " "))
			line, used = further, indent
		default:
			line, used = line+" ", used+1
		}
		line, used = line+word, used+w
	}
	p.Line(line)
}

// Table writes an indented table with a bold header.
func (p *Page) Table(cols []Column, rows [][]string) {
	p.table(cols, rows, p.Bold.Sprint)
}

// PlainTable writes an indented table whose header is not bold.
func (p *Page) PlainTable(cols []Column, rows [][]string) {
	p.table(cols, rows, fmt.Sprint)
}

func (p *Page) table(cols []Column, rows [][]string, header func(...any) string) {
	const indent = "  "
	width := p.Width
	if width > 0 {
		width = max(1, width-len(indent))
	}
	if p.ASCII { // before they are laid out: some take more columns
		for _, row := range rows {
			for i := range row {
				row[i] = ascii(row[i], 0)
			}
		}
	}
	for i, l := range table(cols, rows, width, p.cutMark()) {
		if i == 0 {
			l = header(l)
		}
		p.Line(indent + l)
	}
}
