package textpage

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/doc"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
)

// Sorts are the orders of the table of parents.
func Sorts() []string { return []string{"net", "zombies", "new", "reaped", "pid"} }

// Changes writes the changes, each with its time.
func Changes(out *bytes.Buffer, w *doc.Watch) {
	for _, l := range w.Changes() {
		out.WriteString(stamp(w, time.RFC3339) + " " + l + "\n")
	}
}

func stamp(w *doc.Watch, layout string) string {
	t, ok := w.Tally.Last.Snapshot.Taken.Get()
	if !ok {
		return "?"
	}
	return t.UTC().Format(layout)
}

// Screen returns the lines of a page of so many lines, all of which fit the
// width. Events are the latest changes, the newest last.
func Screen(w *doc.Watch, s page.Style, height int, sort string, events []string) ([]string, error) {
	var out bytes.Buffer
	p := page.New(&out, s)
	d := w.Tally.Last
	elapsed, _ := w.Tally.Elapsed()
	head := fmt.Sprintf("%s  watched for %s, every %s", stamp(w, "15:04:05"), english.Duration(elapsed), w.Interval.Round(100*time.Millisecond))
	if cost, ok := w.Cost.Get(); ok {
		head += fmt.Sprintf(", costs %.1f %% of a CPU", 100*cost)
	}
	p.Line(p.Bold.Sprint(head))
	if w.Note != "" {
		p.Line(sanitize.Prose(w.Note))
	}
	sentence(p, d)
	p.Linef("%s, %d new, %d reaped since the start, in %s", english.Count(len(d.Zombies), "zombie", "zombies"), w.Tally.New, w.Tally.Reaped, english.Count(d.Processes, "process", "processes"))
	if len(d.Limits) > 0 {
		p.Line(sanitize.Prose(words.LimitLine(&d.Limits[0])))
	}
	p.Blank()
	top := strings.Count(out.String(), "\n")
	room := height - top - 2 // the last line is for the keys
	const headings = 3
	shownEvents := min(len(events), max(3, room/3, room-headings-len(w.Tally.Tracks())))
	tracks(p, w, sort, room-shownEvents-headings)
	if shownEvents > 0 {
		p.Heading("LATEST")
		for _, e := range events[len(events)-shownEvents:] {
			p.Line("  " + e)
		}
	}
	lines := strings.Split(strings.TrimRight(out.String(), "\n"), "\n")
	keys := fmt.Sprintf("q quit   s sort (%s)", sort)
	if s.Width > 0 {
		keys = page.Cut(keys, s.Width)
	}
	lines = lines[:min(len(lines), max(0, height-1))]
	for len(lines) < height-1 {
		lines = append(lines, "")
	}
	return append(lines, keys), p.Err
}

// tracks writes the parents in a table of at most so many rows.
func tracks(p *page.Page, w *doc.Watch, sort string, rows int) {
	tracks := w.Tally.Tracks()
	switch by := func(f func(*diagnose.Track) int) {
		slices.SortStableFunc(tracks, func(a, b *diagnose.Track) int { return cmp.Compare(f(b), f(a)) })
	}; sort {
	case "zombies":
		by(func(e *diagnose.Track) int { return e.Now })
	case "new":
		by(func(e *diagnose.Track) int { return e.New })
	case "reaped":
		by(func(e *diagnose.Track) int { return e.Reaped })
	case "pid":
		by(func(e *diagnose.Track) int { return -e.PID })
	}
	causes := map[int]*diagnose.Parent{}
	for i := range w.Tally.Last.Parents {
		causes[w.Tally.Last.Parents[i].PID] = &w.Tally.Last.Parents[i]
	}
	cols := []page.Column{
		{Head: "PID", Right: true}, {Head: "COMMAND", Least: 12}, {Head: "ZOMBIES", Right: true}, {Head: "NEW", Right: true}, {Head: "REAPED", Right: true},
		{Head: "NET", Right: true}, {Head: "GROWTH", Right: true}, {Head: "OLDEST", Right: true}, {Head: "WHY", Least: 8},
	}
	var cells [][]string
	for _, e := range tracks[:min(len(tracks), max(1, rows))] {
		growth, oldest, why := "?", "", ""
		if perDay, ok := w.Tally.PerDay(e).Get(); ok {
			growth = words.GrowthText(perDay)
		}
		if c := causes[e.PID]; c != nil && e.Now > 0 {
			oldest, why = phrase.Age(c.Oldest), sanitize.Clean(c.Why)
		}
		if e.Leak && e.Now > 0 {
			why = "LEAKS: " + why // first, where it is not cut off
		}
		command := cmp.Or(sanitize.CleanTo(cmp.Or(e.Command, e.Comm), words.MaxCommand), "?")
		cells = append(cells, []string{strconv.Itoa(e.PID), command, strconv.Itoa(e.Now), strconv.Itoa(e.New), strconv.Itoa(e.Reaped), words.Signed(e.Net()), growth, oldest, why})
	}
	if len(cells) == 0 {
		p.Line("  no parent has zombies")
		return
	}
	p.Table(cols, cells)
	if rest := len(tracks) - len(cells); rest > 0 {
		p.Linef("  … %s", english.Count(rest, "more parent", "more parents"))
	}
}
