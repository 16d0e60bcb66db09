package look

import (
	"slices"
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// readAgain takes the second look at zombies and their parents, but for those
// of which a Watch has kept what it read before.
func (r *reading) readAgain(first time.Time, kept map[int]bool) {
	second := r.src.Second(first, r.opts.Settle, func() []int { return r.suspects(kept) })
	if second == nil {
		return
	}
	again := &facts.SecondLook{After: second.After, Procs: map[int]*facts.Again{}}
	names := facts.Names{}
	over := r.of(second.Source)
	for _, pid := range second.Asked {
		p := r.snap.Find(pid)
		if p == nil {
			again.Asked = append(again.Asked, pid)
			continue
		}
		b, err := second.Source.Read(facts.Path(pid, "stat"), MaxStat)
		var s facts.Stat
		if err == nil {
			s, err = names.ParseStat(pid, b)
		}
		if err != nil && !second.Source.Ended(pid, "stat", err) {
			r.unread(pid, AgainDir+facts.Path(pid, "stat"), err)
			continue // asked for, and what was seen is lost
		}
		again.Asked = append(again.Asked, pid)
		if err != nil {
			continue
		}
		a := &facts.Again{Stat: s}
		if p.State != facts.Zombie {
			over.readCloserAgain(p, a)
		}
		again.Procs[pid] = a
	}
	slices.Sort(again.Asked) // a recording may hold them in any order
	r.snap.Again = again
}

// readCloserAgain reads what a process that lives does at the second look.
func (r *reading) readCloserAgain(p *facts.Process, a *facts.Again) {
	q := &facts.Process{Stat: a.Stat, Deep: &facts.Detail{}}
	fact(r, q, "status", facts.ParseStatus, &a.Status)
	fact(r, q, "wchan", facts.ParseWord, &a.Wchan)
	if p.Undecided() {
		r.readThreads(q)
		a.Threads = q.Deep.Threads
	}
}
