// Package watchview is what a watch shows on a terminal, and what its keys do. It
// draws lines and knows no terminal; screen does the rest.
package watchview

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/doc"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// frame is a copy of the facts after a look: a pause keeps it while the watch
// goes on.
type frame struct {
	at          string // the time of day
	status      string // for how long it has been watched, how often, at what cost
	note        string // why the watch does less than it was asked for; "": it does all
	d           *diagnose.Diagnosis
	new, reaped int
	rows        []row // those that grew most first
	leading     *row  // the leak that is the most urgent of those that grow now; nil: none does
	growing     int   // how many leaks grow now
	events      []string
}

// row is a parent.
type row struct {
	diagnose.Track
	perDay  facts.Opt[float64] // by how much its zombies become more
	now     *diagnose.Parent   // nil: it has none now
	history []int              // its zombies at the last looks, the latest last
	grows   bool               // it leaks, and zombies have come lately
}

const (
	// mostLooks is how many looks a sparkline shows at most.
	mostLooks = 30
	// lately is over how many looks a leak has to have grown that grows now.
	lately = 10
	// mostEvents is how many of the latest changes are kept.
	mostEvents = 200
)

// Look takes in a look, and the process whose page is open, nil where it is not there.
func (v *View) Look(w *doc.Watch, process *diagnose.Process) {
	t := w.Tally
	f := &frame{at: "?", note: w.Note, d: t.Last, new: t.New, reaped: t.Reaped}
	if at, ok := t.Last.Snapshot.Taken.Get(); ok {
		f.at = at.UTC().Format(time.TimeOnly)
	}
	elapsed, _ := t.Elapsed()
	f.status = fmt.Sprintf("watched for %s, every %s", english.Duration(elapsed), w.Interval.Round(100*time.Millisecond))
	if cost, ok := w.Cost.Get(); ok {
		f.status += fmt.Sprintf(", costs %.1f %% of a CPU", 100*cost)
	}
	for _, l := range w.Changes() {
		v.events = append(v.events, f.at+" "+l)
	}
	v.events = slices.Clone(v.events[max(0, len(v.events)-mostEvents):])
	f.events = v.events
	v.readRows(f, t)
	if v.latest = f; !v.paused {
		v.shown = f
	}
	if !v.paused || v.opened { // a page is of the look after the key, also in a pause
		v.process, v.processAt, v.opened = process, f.at, false
	}
}

func (v *View) readRows(f *frame, t *diagnose.Tally) {
	parents := map[int]*diagnose.Parent{}
	for i := range f.d.Parents {
		parents[f.d.Parents[i].PID] = &f.d.Parents[i]
	}
	history := map[*diagnose.Track][]int{} // of those that are still there
	for _, e := range t.Tracks() {
		h := append(slices.Clone(v.history[e]), e.Now)
		h = h[max(0, len(h)-mostLooks):]
		history[e] = h
		r := row{Track: *e, perDay: t.PerDay(e), history: h}
		if e.Now > 0 {
			r.now = parents[e.PID]
		}
		r.grows = e.Leak && e.Now > 0 && (e.Now > h[max(0, len(h)-lately)] || r.now != nil && r.now.Rate.Ongoing)
		f.rows = append(f.rows, r)
	}
	v.history = history
	for i := range f.rows {
		r := &f.rows[i]
		if !r.grows {
			continue
		}
		if f.growing++; f.leading == nil || moreUrgent(r, f.leading, f.d) < 0 {
			f.leading = r
		}
	}
}

// moreUrgent compares leaks: the one that fills a limit first comes first, and then
// the one that grows fastest.
func moreUrgent(a, b *row, d *diagnose.Diagnosis) int {
	return cmp.Or(cmp.Compare(timeLeft(a, d), timeLeft(b, d)), -cmp.Compare(rate(a), rate(b)), -cmp.Compare(a.Net(), b.Net()))
}

func timeLeft(r *row, d *diagnose.Diagnosis) time.Duration {
	if l := firstFull(r, d); l != nil {
		left, _ := l.FullIn.Get()
		return left
	}
	return time.Duration(1<<63 - 1)
}

// firstFull returns the limit that is used up first of those that the zombies of a
// parent count against; nil: it is unknown when any will be.
func firstFull(r *row, d *diagnose.Diagnosis) *diagnose.Limit {
	var first *diagnose.Limit
	var soonest time.Duration
	for i := range d.Limits {
		l := &d.Limits[i]
		left, ok := l.FullIn.Get()
		if ok && (first == nil || left < soonest) && slices.ContainsFunc(l.Parents, func(p *observe.Parent) bool { return p.PID == r.PID }) {
			first, soonest = l, left
		}
	}
	return first
}

// rate returns how many zombies a parent gains a day: by the times at which they
// died, or else by the looks; 0 where both are unknown.
func rate(r *row) float64 {
	if r.now != nil && r.now.Rate.Ongoing {
		if perDay, ok := r.now.Rate.PerDay.Get(); ok {
			return perDay
		}
	}
	perDay, _ := r.perDay.Get()
	return max(0, perDay)
}
