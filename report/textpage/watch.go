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

// sortKeys are what comes first where it is most; "net" is how they come.
var sortKeys = map[string]func(*diagnose.Track) int{
	"zombies": func(e *diagnose.Track) int { return e.Now },
	"new":     func(e *diagnose.Track) int { return e.New },
	"reaped":  func(e *diagnose.Track) int { return e.Reaped },
	"pid":     func(e *diagnose.Track) int { return -e.PID },
}

// Changes writes the changes, each with its time.
func Changes(out *bytes.Buffer, w *doc.Watch) {
	for _, l := range w.Changes() {
		out.WriteString(stamp(w, time.RFC3339) + " " + l + "\n")
	}
}

func stamp(w *doc.Watch, layout string) string {
	if t, ok := w.Tally.Last.Snapshot.Taken.Get(); ok {
		return t.UTC().Format(layout)
	}
	return "?"
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
	p.Linef("%s, %d new, %d reaped since the start, in %s",
		english.Count(len(d.Zombies), "zombie", "zombies"), w.Tally.New, w.Tally.Reaped, english.Count(d.Processes, "process", "processes"))
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
	lines := strings.Split(strings.TrimRight(p.Text(), "\n"), "\n")
	keys := fmt.Sprintf("q quit   s sort (%s)", sort)
	if s.Width > 0 {
		keys = p.Cut(keys, s.Width)
	}
	lines = append(lines, make([]string, max(0, height-1-len(lines)))...)
	return append(lines[:max(0, height-1)], keys), p.Err
}

func tracks(p *page.Page, w *doc.Watch, sort string, rows int) {
	tracks := w.Tally.Tracks()
	if most := sortKeys[sort]; most != nil {
		slices.SortStableFunc(tracks, func(a, b *diagnose.Track) int { return cmp.Compare(most(b), most(a)) })
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
		oldest, why := "", ""
		if c := causes[e.PID]; c != nil && e.Now > 0 {
			oldest, why = phrase.Age(c.Oldest), sanitize.Clean(c.Why)
		}
		if e.Leak && e.Now > 0 {
			why = "LEAKS: " + why // first, where it is not cut off
		}
		command := cmp.Or(sanitize.CleanTo(cmp.Or(e.Command, e.Comm), words.MaxCommand), "?")
		cells = append(cells, []string{
			strconv.Itoa(e.PID), command, strconv.Itoa(e.Now), strconv.Itoa(e.New), strconv.Itoa(e.Reaped),
			words.Signed(e.Net()), words.GrowthText(w.Tally.PerDay(e)), oldest, why,
		})
	}
	if len(cells) == 0 {
		p.Line("  no parent has zombies")
		return
	}
	p.Table(cols, cells)
	moreOf(p, len(tracks)-len(cells), "more parent", "more parents")
}
