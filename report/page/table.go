package page

import (
	"bytes"
	"slices"
	"strings"

	"github.com/clipperhouse/displaywidth"
	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// Column is a column of a table.
type Column struct {
	Head  string
	Right bool // align right: numbers
	Least int  // may be cut to this many columns, those further left first; 0: never
}

const columnGap = 2

// table lays out rows of clean cells as lines without trailing spaces; the
// first is the header. Nothing is cut when width is 0.
func table(cols []Column, rows [][]string, width int, cutMark string) ([]string, error) {
	fitColumns(cols, rows, width, cutMark)
	align := make([]tw.Align, len(cols))
	heads := make([]string, len(cols))
	for i, c := range cols {
		heads[i], align[i] = c.Head, tw.AlignLeft
		if c.Right {
			align[i] = tw.AlignRight
		}
	}
	// A column holds its padding: the gap stands on the right, and the last
	// one is trimmed below.
	cell := tw.CellConfig{
		Formatting: tw.CellFormatting{AutoFormat: tw.Off, AutoWrap: tw.WrapNone},
		Alignment:  tw.CellAlignment{PerColumn: align},
		Padding:    tw.CellPadding{Global: tw.Padding{Right: strings.Repeat(" ", columnGap), Overwrite: true}},
	}
	// The library swallows write errors, reads the environment for the width of
	// a character, and trims and reformats cells unless told not to.
	var buf bytes.Buffer
	t := tablewriter.NewTable(&buf,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders:  tw.BorderNone,
			Symbols:  tw.NewSymbols(tw.StyleNone),
			Settings: tw.Settings{Separators: tw.SeparatorsNone, Lines: tw.LinesNone},
		})),
		tablewriter.WithConfig(tablewriter.Config{Header: cell, Row: cell}),
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithTrimSpace(tw.Off),
		tablewriter.WithTrimTab(tw.Off),
		tablewriter.WithEastAsian(tw.Off),
	)
	t.Header(heads)
	for _, row := range rows {
		if err := t.Append(row); err != nil {
			return nil, err
		}
	}
	if err := t.Render(); err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimRight(buf.String(), "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return lines, nil
}

// fitColumns cuts the cells of the columns that allow it, until the table fits.
func fitColumns(cols []Column, rows [][]string, width int, cutMark string) {
	if width <= 0 {
		return
	}
	widths := make([]int, len(cols))
	total := columnGap * (len(cols) - 1)
	for i, c := range cols {
		widths[i] = Width(c.Head)
		for _, row := range rows {
			widths[i] = max(widths[i], Width(row[i]))
		}
		total += widths[i]
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
	}
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

// columns measures and cuts what is shown: wide characters count two, our own
// color codes nothing, and ambiguous ones never depend on the environment.
var columns = displaywidth.Options{ControlSequences: true}

// Width returns how many columns a string takes.
func Width(s string) int { return columns.String(s) }

func cut(s string, width int, mark string) string { return columns.TruncateString(s, width, mark) }

// Pad fills a string up to a width with spaces.
func Pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-Width(s)))
}
