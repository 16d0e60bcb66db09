package diagnose

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// Tally adds up what looks at one machine saw, one after the other: whose
// zombies come, whose are reaped, and who leaks.
type Tally struct {
	// First is what the others are held against, Last the latest.
	First, Last *Diagnosis
	Looks       int
	// New and Reaped are of all parents since the first look.
	New, Reaped int

	tracks map[key]*Track
}

// Track is one parent over all looks.
type Track struct {
	PID     int // 0: outside this PID namespace
	ID      facts.ID
	Comm    string // "": it was not seen
	Command string
	Start   int // zombies at the first look
	Now     int
	New     int // since the first look
	Reaped  int // since the first look
	Moved   int // more that came from another parent than went to one
	// Leak: its zombies grew twice, by three or more, and none was reaped
	// meanwhile; or zombies come steadily by the times at which they died (Z403).
	Leak bool

	grew  int // looks in which it did, since one was reaped
	grown int // by so many
}

// Step is what a look saw that the one before did not.
type Step struct {
	*Comparison
	Leaking []*Track // that were not known to leak before
	Adopted []facts.Adoption
}

// What makes a leak: a parent that is about to reap may well be late once.
const (
	leakGrew  = 2
	leakGrown = 3
)

// NewTally begins with a first look.
func NewTally(first *Diagnosis) *Tally {
	t := &Tally{First: first, Last: first, Looks: 1, tracks: map[key]*Track{}}
	g := newGrowths()
	g.count(first.Snapshot, first.All(), func(e *Growth) { e.Now++ })
	for k, e := range g.all {
		t.tracks[k] = &Track{PID: e.PID, ID: e.ID, Comm: e.Comm, Command: e.Command, Start: e.Now, Now: e.Now}
	}
	t.findLeaks(first)
	return t
}

// Add adds a look. It is an error when it is of another machine, or PID
// namespace, than those before.
func (t *Tally) Add(d *Diagnosis) (*Step, error) {
	c, err := Compare(t.Last, d)
	if err != nil {
		return nil, err
	}
	step := &Step{Comparison: c, Adopted: d.Snapshot.Adopted}
	for i := range c.Parents {
		t.grow(&c.Parents[i])
	}
	t.Last = d
	t.Looks++
	step.Leaking = t.findLeaks(d)
	t.forget(d)
	return step, nil
}

// grow enters how the zombies of one parent changed.
func (t *Tally) grow(g *Growth) {
	start, _ := g.ID.Start.Get()
	k := key{g.PID, start}
	e := t.tracks[k]
	if e == nil {
		// Nobody had zombies then, or it would be here.
		e = &Track{PID: g.PID, ID: g.ID}
		t.tracks[k] = e
	}
	e.Comm, e.Command = cmp.Or(g.Comm, e.Comm), cmp.Or(g.Command, e.Command)
	e.Now = g.Now
	e.New += g.New + g.Unseen
	e.Reaped += g.Reaped
	e.Moved += g.Came - g.Left
	t.New += g.New + g.Unseen
	t.Reaped += g.Reaped
	switch {
	case g.Reaped > 0:
		e.grew, e.grown, e.Leak = 0, 0, false
	case g.Now > g.Then:
		e.grew++
		e.grown += g.Now - g.Then
	}
}

// findLeaks returns the parents that are newly known to leak.
func (t *Tally) findLeaks(d *Diagnosis) []*Track {
	steady := map[int]bool{}
	for i := range d.Findings {
		if f := &d.Findings[i]; f.Rule == "Z403" {
			steady[f.Subject.PID] = true
		}
	}
	var found []*Track
	for _, e := range t.tracks {
		leaks := e.grew >= leakGrew && e.grown >= leakGrown || steady[e.PID]
		if leaks && !e.Leak && e.Now > 0 {
			e.Leak = true
			found = append(found, e)
		}
	}
	slices.SortFunc(found, func(a, b *Track) int { return a.PID - b.PID })
	return found
}

// forget drops parents that are gone and whose zombies are: over days there
// may be any number of them.
func (t *Tally) forget(d *Diagnosis) {
	for k, e := range t.tracks {
		if p := d.Snapshot.Find(e.PID); e.Now == 0 && (p == nil || p.StartTicks != k.start) {
			delete(t.tracks, k)
		}
	}
}

// Tracks returns the parents, those that grew most first.
func (t *Tally) Tracks() []*Track {
	return slices.SortedFunc(maps.Values(t.tracks), func(a, b *Track) int {
		return cmp.Or(cmp.Compare(b.Net(), a.Net()), cmp.Compare(b.Now, a.Now), cmp.Compare(a.PID, b.PID))
	})
}

// Leaks reports whether any parent leaks now.
func (t *Tally) Leaks() bool {
	for _, e := range t.tracks {
		if e.Leak && e.Now > 0 {
			return true
		}
	}
	return false
}

// Net is by how many zombies a parent has more than at the first look.
func (e *Track) Net() int { return e.Now - e.Start }

// Leaking says what a parent that leaks has: "5 zombies, 4 more than at the start".
func (e *Track) Leaking() string {
	grown := english.Number(e.Net()) + " more than at the start"
	if e.Net() <= 0 { // known by the times at which they died
		grown = "which kept coming before this watch"
	}
	return phrase.Zombies(e.Now) + ", " + grown
}

// Elapsed is the time from the first look to the latest, on CLOCK_BOOTTIME.
func (t *Tally) Elapsed() (time.Duration, bool) {
	first, ok1 := t.First.Snapshot.Boottime.Get()
	last, ok2 := t.Last.Snapshot.Boottime.Get()
	return last - first, ok1 && ok2
}

// PerDay is how fast the zombies of a parent grew since the first look.
// Unknown after less than ten seconds.
func (t *Tally) PerDay(e *Track) facts.Opt[float64] {
	span, ok := t.Elapsed()
	if !ok || span < observe.MinSpan {
		return facts.Opt[float64]{}
	}
	return facts.Some(float64(e.Net()) * float64(observe.Day) / float64(span))
}

// SinceFirst returns the latest look, compared with the first. The latest should be a full one.
func (t *Tally) SinceFirst() (*Diagnosis, error) {
	c, err := Compare(t.First, t.Last)
	if err != nil {
		return nil, err
	}
	c.Passed = t.Reaped - len(c.Reaped)
	t.Last.Since = c
	return t.Last, nil
}
