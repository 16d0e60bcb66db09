package watchview

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
)

// column is a column of the table of parents, and what stands in it.
type column struct {
	page.Column
	cell func(v *View, r *row, width int) string
}

// columns of the table. The head is that which an order names.
var columns = []column{
	{page.Column{Head: "PID", Right: true}, func(_ *View, r *row, _ int) string { return strconv.Itoa(r.PID) }},
	{page.Column{Head: "COMMAND", Least: 20}, func(_ *View, r *row, _ int) string {
		return cmp.Or(sanitize.CleanTo(cmp.Or(r.Command, r.Comm), words.MaxCommand), "?")
	}},
	{page.Column{Head: "CONTAINER", Least: 10}, func(_ *View, r *row, _ int) string { return container(r) }},
	{page.Column{Head: "ZOMBIES", Right: true}, func(_ *View, r *row, _ int) string { return strconv.Itoa(r.Now) }},
	{page.Column{Head: "NEW", Right: true}, func(_ *View, r *row, _ int) string { return strconv.Itoa(r.New) }},
	{page.Column{Head: "REAPED", Right: true}, func(_ *View, r *row, _ int) string { return strconv.Itoa(r.Reaped) }},
	{page.Column{Head: "NET", Right: true}, func(_ *View, r *row, _ int) string { return words.Signed(r.Net()) }},
	{page.Column{Head: "GROWTH", Right: true}, func(_ *View, r *row, _ int) string { return words.GrowthText(r.perDay) }},
	{page.Column{Head: "TREND"}, func(_ *View, r *row, width int) string { return sparkline(r.history, width) }},
	{page.Column{Head: "OLDEST", Right: true}, func(_ *View, r *row, _ int) string {
		if r.now == nil {
			return ""
		}
		return phrase.Age(r.now.Oldest)
	}},
	{page.Column{Head: "WHY", Least: 16}, func(_ *View, r *row, _ int) string {
		if r.now == nil {
			return ""
		}
		return sanitize.Clean(r.now.Why)
	}},
}

// dropped are the columns that a narrow table leaves out, one after the other:
// who and how many stay, and why stands below the table.
var dropped = []string{"REAPED", "NEW", "OLDEST", "GROWTH", "WHY", "CONTAINER", "TREND", "NET", "PID"}

// table returns the lines of a table of some rows, the heads first. selected is the
// row that is marked; -1: none is.
func (v *View) table(s page.Style, rows []*row, selected int) ([]string, error) {
	switch {
	case len(rows) == 0 && v.filter != "":
		return render(s, func(p *page.Page) { p.Line("  No parent has this text.") })
	case len(rows) == 0:
		return render(s, func(p *page.Page) { p.Line("  No parent has zombies.") })
	}
	cols, cells := v.cells(s, rows)
	lines, err := render(s, func(p *page.Page) { p.Table(cols, cells) })
	if err != nil {
		return nil, err
	}
	for i, r := range rows {
		v.mark(s, &lines[1+i], r, i == selected)
	}
	return lines, nil
}

// mark marks a row in the two columns before it: a leak, and the one that is selected,
// which is in reverse video too.
func (v *View) mark(s page.Style, line *string, r *row, selected bool) {
	text, ok := strings.CutPrefix(*line, "  ")
	if !ok { // a terminal of one column
		return
	}
	mark := " "
	if r.Leak && r.Now > 0 {
		mark = "!"
	}
	switch {
	case !selected:
		*line = " " + mark + text
	case s.Width == 0:
		*line = ">" + mark + text
	default:
		*line = "\x1b[7m" + page.Pad(">"+mark+text, s.Width) + "\x1b[27m"
	}
}

// cells lays out the columns for which there is room.
func (v *View) cells(s page.Style, rows []*row) ([]page.Column, [][]string) {
	sorted := orders[v.sort]
	shown := slices.Clone(columns)
	if s.Width > 0 && s.Width < 100 {
		shown[1].Least = 12 // the command
	}
	if !slices.ContainsFunc(rows, func(r *row) bool { return container(r) != "" }) {
		shown = without(shown, "CONTAINER")
	}
	for _, head := range dropped {
		if s.Width == 0 || v.leastWidth(s, shown, rows) <= s.Width {
			break
		}
		if head != sorted.column {
			shown = without(shown, head)
		}
	}
	cols := make([]page.Column, len(shown))
	cells := make([][]string, len(rows))
	for i, c := range shown {
		cols[i] = c.Column
		if c.Head == sorted.column {
			cols[i].Head += sorted.mark()
		}
		for j, r := range rows {
			cells[j] = append(cells[j], c.cell(v, r, trendWidth(s)))
		}
	}
	return cols, cells
}

// mark stands behind the head of the column that the table is ordered by.
func (o *order) mark() string {
	if o.ascending {
		return "▲"
	}
	return "▼"
}

func without(cols []column, head string) []column {
	return slices.DeleteFunc(cols, func(c column) bool { return c.Head == head })
}

// leastWidth is how narrow a table of these columns may become.
func (v *View) leastWidth(s page.Style, cols []column, rows []*row) int {
	const gap = 2
	width := 0
	for _, c := range cols {
		w := page.Width(c.Head) + 1 // it may be marked
		if c.Least == 0 {
			for _, r := range rows {
				w = max(w, page.Width(c.cell(v, r, trendWidth(s))))
			}
		}
		width += gap + max(w, c.Least)
	}
	return width
}

// trendWidth is how many looks a sparkline shows.
func trendWidth(s page.Style) int {
	switch {
	case s.Width == 0 || s.Width >= 140:
		return mostLooks
	case s.Width >= 100:
		return 16
	}
	return 10
}

// sparkline draws numbers of zombies, from the lowest of them to the highest; none is
// a dot.
func sparkline(history []int, width int) string {
	bars := []rune("▁▂▃▄▅▆▇█")
	shown := history[max(0, len(history)-width):]
	if len(shown) == 0 {
		return ""
	}
	low, high := slices.Min(shown), slices.Max(shown)
	line := make([]rune, len(shown))
	for i, n := range shown {
		line[i] = bars[(n-low)*(len(bars)-1)/max(1, high-low)]
		if n == 0 {
			line[i] = '·'
		}
	}
	return string(line)
}
