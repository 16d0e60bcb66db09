package report

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// columns measures and cuts what is shown: wide characters count two, our own
// colour codes nothing, and ambiguous ones never depend on the environment.
var columns = displaywidth.Options{ControlSequences: true}

func widthOf(s string) int           { return columns.String(s) }
func cut(s string, width int) string { return columns.TruncateString(s, width, "…") }

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-widthOf(s)))
}

// page collects the lines of a report for people.
type page struct {
	ink
	out   *bytes.Buffer
	width int // 0: no limit
}

func newPage(out *bytes.Buffer, s Style) *page {
	return &page{ink: newInk(s.Color), out: out, width: s.Width}
}

// line writes one line, cut to the width.
func (p *page) line(s string) {
	if p.width > 0 {
		s = cut(s, p.width)
	}
	p.out.WriteString(s)
	p.out.WriteByte('\n')
}

func (p *page) linef(format string, args ...any) { p.line(fmt.Sprintf(format, args...)) }

func (p *page) blank() { p.out.WriteByte('\n') }

func (p *page) heading(s string) {
	p.blank()
	p.line(p.bold.Sprint(s))
}

// wrap writes prose, which must not lose its end: it goes on in further lines,
// indented by hang columns. Without a width it is one line, which grep can
// find.
func (p *page) wrap(hang int, first, text string) {
	if text == "" {
		p.line(strings.TrimRight(first, " "))
		return
	}
	if p.width == 0 || p.width-hang < minProse {
		p.line(first + text)
		return
	}
	line, used := first, widthOf(first)
	for i, word := range strings.Split(text, " ") {
		w := widthOf(word)
		switch {
		case i == 0:
		case used+1+w > p.width:
			p.line(strings.TrimRight(line, " "))
			line, used = strings.Repeat(" ", hang), hang
		default:
			line, used = line+" ", used+1
		}
		line, used = line+word, used+w
	}
	p.line(line)
}

// minProse is the width below which wrapped prose is only a column of words.
const minProse = 20
