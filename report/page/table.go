package page

import (
	"bytes"
	"slices"
	"strings"

	"github.com/clipperhouse/displaywidth"
	"github.com/mattn/go-runewidth"
	"github.com/olekukonko/tablewriter"
)

// Column is a column of a table.
type Column struct {
	Head  string
	Right bool // align right: numbers
	Least int  // may be cut to this many columns, those further left first; 0: never
}

const columnGap = 2

// tablewriter measures cells by runewidth, which asks the locale how wide a character is.
func init() { runewidth.DefaultCondition.EastAsianWidth = false }

// table lays out rows of clean cells as lines without trailing spaces; the
// first is the header. Nothing is cut when width is 0.
func table(cols []Column, rows [][]string, width int, cutMark string) []string {
	widths := fitColumns(cols, rows, width, cutMark)
	var buf bytes.Buffer
	t := tablewriter.NewWriter(&buf)
	t.SetAutoWrapText(false)
	t.SetBorder(false)
	t.SetColumnSeparator("")
	t.SetCenterSeparator("")
	t.SetNoWhiteSpace(true)
	t.SetTablePadding(strings.Repeat(" ", columnGap))
	t.SetAlignment(tablewriter.ALIGN_LEFT)
	heads := make([]string, len(cols))
	for i, c := range cols {
		heads[i] = c.Head
	}
	for _, row := range append([][]string{heads}, rows...) {
		cells := make([]string, len(row))
		for i, cell := range row {
			// Its tables of widths are not ours: it gets cells that are as wide as their column.
			if cells[i] = Pad(cell, widths[i]); cols[i].Right {
				cells[i] = strings.Repeat(" ", widths[i]-Width(cell)) + cell
			}
		}
		t.Append(cells)
	}
	t.Render()
	lines := strings.Split(strings.TrimRight(buf.String(), "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return lines
}

// fitColumns returns how wide the columns are. Where the table would not fit, it cuts
// the cells of those that allow it.
func fitColumns(cols []Column, rows [][]string, width int, cutMark string) []int {
	widths := make([]int, len(cols))
	total := columnGap * (len(cols) - 1)
	for i, c := range cols {
		widths[i] = widest(c, rows, i)
		total += widths[i]
	}
	if width <= 0 {
		return widths
	}
	for i, c := range cols {
		excess := min(total-width, widths[i]-c.Least)
		if c.Least == 0 || excess <= 0 {
			continue
		}
		total -= excess
		for _, row := range rows {
			row[i] = cut(row[i], widths[i]-excess, cutMark)
		}
		widths[i] = widest(c, rows, i)
	}
	return widths
}

// widest returns how many columns the head and the cells of column i take.
func widest(c Column, rows [][]string, i int) int {
	width := Width(c.Head)
	for _, row := range rows {
		width = max(width, Width(row[i]))
	}
	return width
}

// Without leaves out the columns with these heads.
func Without(cols []Column, rows [][]string, heads ...string) ([]Column, [][]string) {
	for _, head := range heads {
		i := slices.IndexFunc(cols, func(c Column) bool { return c.Head == head })
		cols = slices.Delete(cols, i, i+1)
		for j := range rows {
			rows[j] = slices.Delete(rows[j], i, i+1)
		}
	}
	return cols, rows
}

// columns measures and cuts what we print: wide characters count two, our own
// color codes nothing, and ambiguous ones never depend on the environment.
var columns = displaywidth.Options{ControlSequences: true}

// Width returns how many columns a string takes.
func Width(s string) int { return columns.String(s) }

func cut(s string, width int, mark string) string { return columns.TruncateString(s, width, mark) }

// Pad fills a string up to a width with spaces.
func Pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-Width(s)))
}
