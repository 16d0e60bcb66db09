package watchview

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
)

// Lines returns what fills a terminal of so many lines, all of which fit the width.
func (v *View) Lines(s page.Style, height int) ([]string, error) {
	draw := v.parents
	if v.page != parentsPage {
		draw = v.text
	}
	lines, keys, err := draw(s, height-1)
	if err != nil {
		return nil, err
	}
	last, err := render(s, func(p *page.Page) { p.Line(keys) })
	if err != nil {
		return nil, err
	}
	lines = append(lines, make([]string, max(0, height-1-len(lines)))...)
	return append(lines[:max(0, height-1)], last[0]), nil
}

// render returns the text of a page, line by line.
func render(s page.Style, write func(*page.Page)) ([]string, error) {
	p := page.New(new(bytes.Buffer), s)
	write(p)
	text := p.Text()
	if text == "" {
		return nil, p.Err
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n"), p.Err
}

// These are left out, one after the other, on a terminal with few lines.
const (
	roomForLimit   = 14
	roomForDetails = 16
	roomForEvents  = 22 // fewer lines: only those that no parent needs
)

// parents is the page of all parents, and the line of its keys.
func (v *View) parents(s page.Style, height int) (lines []string, keys string, err error) {
	lines, err = render(s, func(p *page.Page) { v.head(p, height) })
	if err != nil {
		return nil, "", err
	}
	rows, selected := v.rows()
	below, err := render(s, func(p *page.Page) { v.details(p, rows, selected, height) })
	if err != nil {
		return nil, "", err
	}
	free := height - len(lines) - 1 - len(below) // 1: the heads
	events := v.eventLines(height, free-len(rows))
	v.room = max(1, free-len(events))
	v.top = min(max(v.top, selected-v.room+1), max(selected, 0), max(0, len(rows)-v.room))
	table, err := v.table(s, rows[v.top:min(len(rows), v.top+v.room)], selected-v.top)
	if err != nil {
		return nil, "", err
	}
	latest, err := render(s, func(p *page.Page) {
		for i, l := range events {
			if i == 1 {
				l = p.Bold.Sprint(l)
			}
			p.Line(l)
		}
	})
	return slices.Concat(lines, table, below, latest), v.keys(len(rows)), err
}

// head is above the table.
func (v *View) head(p *page.Page, height int) {
	f := v.shown
	status := f.at + "  " + f.status
	if v.paused {
		status = "PAUSED at " + f.at + ": the watch goes on; space shows what it sees"
	}
	p.Line(p.Bold.Sprint(status))
	if f.note != "" {
		p.Line(sanitize.Prose(f.note))
	}
	lines, _ := render(page.Style{Width: p.Width}, func(p *page.Page) { p.Wrap(0, "", f.headline()) }) // no table, no error
	for _, l := range lines[:min(len(lines), max(1, height/5))] {
		if f.leading != nil {
			l = p.Red.Sprint(l)
		}
		p.Line(p.Bold.Sprint(l))
	}
	p.Line(f.counts())
	if l := f.limit(); l != "" && height >= roomForLimit {
		p.Line(l)
	}
	p.Blank()
}

// details are about the selected parent.
func (v *View) details(p *page.Page, rows []*row, selected, height int) {
	if selected < 0 || height < roomForDetails {
		return
	}
	why, since := about(rows[selected])
	p.Blank()
	p.Wrap(2, "  ", why)
	p.Wrap(2, "  ", since)
}

// eventLines are the latest changes below their heading: as many as there is room for
// when each parent has its line, and a few where there is not.
func (v *View) eventLines(height, free int) []string {
	const few, heading = 3, 2
	n := free - heading
	if height >= roomForEvents {
		n = max(few, n)
	}
	if n = min(len(v.shown.events), n); n <= 0 {
		return nil
	}
	lines := []string{"", "LATEST"}
	for _, e := range v.shown.events[len(v.shown.events)-n:] {
		lines = append(lines, "  "+e)
	}
	return lines
}

// keys is the last line: the keys, or the filter.
func (v *View) keys(rows int) string {
	filter := sanitize.Clean(v.filter)
	switch {
	case v.typing:
		return "filter: " + filter + "_   Enter keeps it, Esc drops it"
	case v.filter != "":
		return fmt.Sprintf("filter: %s (%d of %s)   Esc drops it   ? help   q quit", filter, rows, english.Count(len(v.shown.rows), "parent", "parents"))
	}
	return "q quit  ? help  Enter details  / filter  s sort  space pause"
}
