package watchview

import (
	"fmt"

	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/page"
)

// mostLeft is how many parents stay on the terminal.
const mostLeft = 10

// Verdict returns the text that stays on the terminal after the watch: its last
// state, also where the picture was paused.
func (v *View) Verdict(s page.Style) ([]string, error) {
	last := View{shown: v.latest, sort: v.sort}
	f := last.shown
	rows, _ := last.rows()
	lines, err := render(s, func(p *page.Page) {
		p.Wrap(0, "", f.headline())
		p.Wrap(0, "", f.counts())
		if l := f.limit(); l != "" {
			p.Wrap(2, "", l)
		}
		p.Linef("%s  %s", f.at, f.status)
	})
	if err != nil || len(rows) == 0 {
		return lines, err
	}
	shown := rows[:min(len(rows), mostLeft)]
	table, err := last.table(s, shown, -1)
	if err != nil {
		return nil, err
	}
	lines = append(append(lines, ""), table...)
	if rest := len(rows) - len(shown); rest > 0 {
		lines = append(lines, "  and "+english.Count(rest, "more parent", "more parents"))
	}
	worst := f.leading
	if worst == nil {
		worst = rows[0]
	}
	if worst.PID > 0 && worst.Now > 0 {
		lines = append(lines, "", fmt.Sprintf("more  zombiectl scan %d", worst.PID))
	}
	return lines, nil
}
