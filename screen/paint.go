package screen

import (
	"strings"

	"github.com/clipperhouse/displaywidth"
	"github.com/gdamore/tcell/v2"
)

// columns measures as report/page does: what fits there fits here.
var columns = displaywidth.Options{ControlSequences: true}

// looks are the escape sequences that a line may hold: those of fatih/color, and
// reverse video.
var looks = map[string]func(tcell.Style) tcell.Style{
	"0":  func(tcell.Style) tcell.Style { return tcell.StyleDefault },
	"1":  func(s tcell.Style) tcell.Style { return s.Bold(true) },
	"22": func(s tcell.Style) tcell.Style { return s.Bold(false) },
	"7":  func(s tcell.Style) tcell.Style { return s.Reverse(true) },
	"27": func(s tcell.Style) tcell.Style { return s.Reverse(false) },
	"31": func(s tcell.Style) tcell.Style { return s.Foreground(tcell.ColorMaroon) }, // color 1 of 8
	"32": func(s tcell.Style) tcell.Style { return s.Foreground(tcell.ColorGreen) },  // color 2
	"39": func(s tcell.Style) tcell.Style { return s.Foreground(tcell.ColorDefault) },
}

// paint goes through a line: where each character stands, and how it looks. Whatever
// could change anything else about the terminal is left out.
func paint(line string, put func(x int, grapheme string, style tcell.Style)) {
	style, x := tcell.StyleDefault, 0
	for g := columns.StringGraphemes(line); g.Next(); {
		c := g.Value()
		if code, ok := strings.CutPrefix(c, "\x1b["); ok {
			for n := range strings.SplitSeq(strings.TrimSuffix(code, "m"), ";") {
				if look := looks[n]; look != nil {
					style = look(style)
				}
			}
			continue
		}
		if strings.ContainsFunc(c, func(r rune) bool { return r < ' ' || 0x7f <= r && r < 0xa0 }) {
			continue
		}
		put(x, c, style)
		x += g.Width()
	}
}
