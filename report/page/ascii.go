package page

import "strings"

// Where a terminal shows ASCII only, what we draw with has a character there that
// stands for it and takes as many columns: trees and tables keep their shape.
var drawing = strings.NewReplacer(
	"│", "|", "├", "|", "└", "`", "─", "-", "◀", "<", "▲", "^", "▼", "v", "·", "-",
	"▁", ".", "▂", ":", "▃", "-", "▄", "=", "▅", "+", "▆", "*", "▇", "#", "█", "@",
)

// longer are those that take more columns in ASCII, where there is room.
var (
	longer   = strings.NewReplacer("…", "...", "≥", ">=")
	asNarrow = strings.NewReplacer("…", "~", "≥", ">")
)

// cutMark stands at the end of a cut text, in one column.
func (s Style) cutMark() string {
	if s.ASCII {
		return "~"
	}
	return "…"
}

// ascii returns a text in ASCII, its lines no wider than before where they would
// otherwise be wider than a width; 0: any width.
func ascii(text string, width int) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		l = drawing.Replace(l)
		wide := longer.Replace(l)
		if width > 0 && Width(wide) > width {
			wide = asNarrow.Replace(l)
		}
		lines[i] = foreign(wide)
	}
	return strings.Join(lines, "\n")
}

// foreign puts question marks for characters that are still not ASCII, in a name
// that somebody chose: one for each column, as ls does.
func foreign(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r < 0x80 {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Repeat("?", Width(string(r))))
		}
	}
	return b.String()
}
