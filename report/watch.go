package report

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/scan"
)

// Watch is the state of a watch after a look.
type Watch struct {
	Tally *diagnose.Tally
	Step  *diagnose.Step // nil: the first look
	Full  bool           // it read everything
	// Interval is the time between looks, as it is now.
	Interval time.Duration
	// Cost is how much of one CPU the watch has used, 0.05 for 5 %, between
	// full looks.
	Cost scan.Opt[float64]
	Note string // why it does not do as it was told; "": it does
	// Verdict is given at the end.
	Verdict *diagnose.Verdict
}

// WatchSorts are the orders of the table of parents.
func WatchSorts() []string { return []string{"net", "zombies", "new", "reaped", "pid"} }

// Changes says what a look saw that the one before did not, one line for each;
// of the first look, its sentence, and who leaks by the zombies that are there.
func (w *Watch) Changes() []string {
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, prose(fmt.Sprintf(format, args...))) }
	if w.Step == nil {
		lines = append(lines, prose(w.Tally.Last.Sentence))
		for _, e := range w.Tally.Tracks() {
			if e.Leak {
				add("%s leaks: its zombies kept coming before this watch", watchName(e.PID, e.Comm))
			}
		}
		return lines
	}
	for i := range w.Step.Parents {
		g := &w.Step.Parents[i]
		var parts []string
		for _, p := range []struct {
			n    int
			what string
		}{{g.New, "new"}, {g.Unseen, "that may be new"}, {g.Reaped, "reaped"}, {g.Lost, "out of view"}, {g.Came, "from another parent"}, {g.Left, "to another parent"}} {
			if p.n > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
			}
		}
		add("%s: %s, %s now", watchName(g.PID, g.Comm), strings.Join(parts, ", "), english.Count(g.Now, "zombie", "zombies"))
	}
	for _, e := range w.Step.Leaking {
		add("%s leaks: %s", watchName(e.PID, e.Comm), e.Leaking())
	}
	for i, a := range w.Step.Adopted {
		if i == maxFindings {
			add("… %s adopted", english.Count(len(w.Step.Adopted)-i, "more process", "more processes"))
			break
		}
		what := "process"
		if a.Zombie {
			what = "zombie"
		}
		add("%s %s (PID %d) lost its parent %d, and was adopted by PID %d", what, a.Comm, a.ID.PID, a.From, a.To)
	}
	for _, f := range w.Step.Findings {
		add("%s %s (%s) %s", f.Rule, f.Severity, f.Certainty, subject(*f)+f.Message)
	}
	return lines
}

func watchName(pid int, comm string) string {
	if comm == "" {
		comm = "?"
	}
	return fmt.Sprintf("%s (PID %d)", comm, pid)
}

// WriteChanges writes the changes, each with its time.
func (w *Watch) WriteChanges(out io.Writer) error {
	var b bytes.Buffer
	stamp := w.stamp(time.RFC3339)
	for _, l := range w.Changes() {
		b.WriteString(stamp + " " + l + "\n")
	}
	_, err := out.Write(b.Bytes())
	return err
}

func (w *Watch) stamp(layout string) string {
	t, ok := w.Tally.Last.Snapshot.Taken.Get()
	if !ok {
		return "?"
	}
	return t.UTC().Format(layout)
}

// Screen returns the lines of a page of so many lines, all of which fit the
// width. Events are the latest changes, the newest last.
func (w *Watch) Screen(s Style, height int, sort string, events []string) ([]string, error) {
	var out bytes.Buffer
	p := newPage(&out, s)
	d := w.Tally.Last
	elapsed, _ := w.Tally.Elapsed()
	head := fmt.Sprintf("%s  watched for %s, every %s", w.stamp("15:04:05"), english.Duration(elapsed), w.Interval.Round(100*time.Millisecond))
	if cost, ok := w.Cost.Get(); ok {
		head += fmt.Sprintf(", costs %.1f %% of a CPU", 100*cost)
	}
	p.line(p.bold.Sprint(head))
	if w.Note != "" {
		p.line(prose(w.Note))
	}
	p.sentence(d)
	p.linef("%s, %d new, %d reaped since the start, in %s", english.Count(len(d.Zombies), "zombie", "zombies"), w.Tally.New, w.Tally.Reaped, english.Count(d.Processes, "process", "processes"))
	if len(d.Limits) > 0 {
		p.line(prose(limitLine(&d.Limits[0])))
	}
	p.blank()
	top := strings.Count(out.String(), "\n")
	room := height - top - 2 // the last line is for the keys
	const headings = 3
	shownEvents := min(len(events), max(3, room/3, room-headings-len(w.Tally.Tracks())))
	if err := p.tracks(w, sort, room-shownEvents-headings); err != nil {
		return nil, err
	}
	if shownEvents > 0 {
		p.heading("LATEST")
		for _, e := range events[len(events)-shownEvents:] {
			p.line("  " + e)
		}
	}
	lines := strings.Split(strings.TrimRight(out.String(), "\n"), "\n")
	keys := fmt.Sprintf("q quit   s sort (%s)", sort)
	if s.Width > 0 {
		keys = cut(keys, s.Width)
	}
	lines = lines[:min(len(lines), max(0, height-1))]
	for len(lines) < height-1 {
		lines = append(lines, "")
	}
	return append(lines, keys), nil
}

// tracks writes the parents in a table of at most so many rows.
func (p *page) tracks(w *Watch, sort string, rows int) error {
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
	cols := []column{
		{head: "PID", right: true}, {head: "COMMAND", least: 12}, {head: "ZOMBIES", right: true}, {head: "NEW", right: true}, {head: "REAPED", right: true},
		{head: "NET", right: true}, {head: "GROWTH", right: true}, {head: "OLDEST", right: true}, {head: "WHY", least: 8},
	}
	var cells [][]string
	for _, e := range tracks[:min(len(tracks), max(1, rows))] {
		growth, oldest, why := "?", "", ""
		if perDay, ok := w.Tally.PerDay(e).Get(); ok {
			growth = growthText(perDay)
		}
		if c := causes[e.PID]; c != nil && e.Now > 0 {
			oldest, why = diagnose.AgeText(c.Oldest), clean(c.Why)
		}
		if e.Leak && e.Now > 0 {
			why = "LEAKS: " + why // first, where it is not cut off
		}
		command := cleanTo(cmp.Or(e.Command, e.Comm), maxCommand)
		if command == "" {
			command = "?"
		}
		cells = append(cells, []string{strconv.Itoa(e.PID), command, strconv.Itoa(e.Now), strconv.Itoa(e.New), strconv.Itoa(e.Reaped), signed(e.Net()), growth, oldest, why})
	}
	if len(cells) == 0 {
		p.line("  no parent has zombies")
		return nil
	}
	if err := p.table(cols, cells); err != nil {
		return err
	}
	if rest := len(tracks) - len(cells); rest > 0 {
		p.linef("  … %s", english.Count(rest, "more parent", "more parents"))
	}
	return nil
}

// The document of a look: docs/schema/watch-v1.schema.json.
type docWatch struct {
	APIVersion string        `json:"apiVersion"`
	Kind       string        `json:"kind"`
	TakenAt    *string       `json:"takenAt"`
	Looks      int           `json:"looks"`
	Full       bool          `json:"full"`
	Elapsed    *float64      `json:"elapsed"`
	Interval   float64       `json:"interval"`
	Cost       *float64      `json:"cost"`
	Sentence   string        `json:"sentence"`
	Processes  int           `json:"processes"`
	Zombies    int           `json:"zombies"`
	New        int           `json:"new"`
	Reaped     int           `json:"reaped"`
	Leak       bool          `json:"leak"`
	Blind      bool          `json:"blind"`
	Parents    []docTrack    `json:"parents"`
	Adopted    []docAdoption `json:"adopted"`
	Limits     []docLimit    `json:"limits"`
	Changes    []string      `json:"changes"`
	Note       *string       `json:"note"`
	Check      *docCheck     `json:"check"`
}

type docTrack struct {
	PID        int      `json:"pid"`
	StartTicks *uint64  `json:"startTicks"`
	Comm       *string  `json:"comm"`
	Command    *string  `json:"command"`
	Start      int      `json:"start"`
	Zombies    int      `json:"zombies"`
	New        int      `json:"new"`
	Reaped     int      `json:"reaped"`
	Moved      int      `json:"moved"`
	Net        int      `json:"net"`
	PerDay     *float64 `json:"perDay"`
	Leak       bool     `json:"leak"`
}

type docAdoption struct {
	PID        int     `json:"pid"`
	StartTicks *uint64 `json:"startTicks"`
	Comm       string  `json:"comm"`
	Zombie     bool    `json:"zombie"`
	From       int     `json:"from"`
	To         int     `json:"to"`
}

func newDocWatch(w *Watch) docWatch {
	d := w.Tally.Last
	doc := docWatch{
		APIVersion: apiVersion, Kind: "Watch", TakenAt: rfc3339(d.Snapshot.Taken.Get()), Looks: w.Tally.Looks, Full: w.Full,
		Interval: w.Interval.Seconds(), Cost: pointer(w.Cost), Sentence: valid(d.Sentence), Processes: d.Processes, Zombies: len(d.Zombies),
		New: w.Tally.New, Reaped: w.Tally.Reaped, Leak: w.Tally.Leaks(), Blind: d.Blind,
		Parents: []docTrack{}, Adopted: []docAdoption{}, Limits: each(d.Limits, newDocLimit), Changes: list(w.Changes()), Note: known(w.Note), Check: newDocCheck(w.Verdict),
	}
	if e, ok := w.Tally.Elapsed(); ok {
		doc.Elapsed = seconds(scan.Some(e))
	}
	for _, e := range w.Tally.Tracks() {
		doc.Parents = append(doc.Parents, docTrack{
			PID: e.PID, StartTicks: pointer(e.ID.Start), Comm: known(e.Comm), Command: known(bounded(e.Command)), Start: e.Start, Zombies: e.Now,
			New: e.New, Reaped: e.Reaped, Moved: e.Moved, Net: e.Net(), PerDay: pointer(w.Tally.PerDay(e)), Leak: e.Leak && e.Now > 0,
		})
	}
	for _, a := range d.Snapshot.Adopted {
		doc.Adopted = append(doc.Adopted, docAdoption{PID: a.ID.PID, StartTicks: pointer(a.ID.Start), Comm: valid(a.Comm), Zombie: a.Zombie, From: a.From, To: a.To})
	}
	return doc
}

// WriteJSON writes the state after a look as one line.
func (w *Watch) WriteJSON(out io.Writer) error {
	var line bytes.Buffer
	if err := lineJSON(&line, newDocWatch(w)); err != nil {
		return err
	}
	_, err := out.Write(line.Bytes())
	return err
}
