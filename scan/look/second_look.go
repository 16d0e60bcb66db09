package look

import (
	"cmp"
	"slices"
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// readAgain takes the second look at zombies and their parents, but for those of
// which a Watch has kept what it read before.
func (r *reading) readAgain(first time.Time, kept map[int]bool) {
	second := r.src.Second(first, r.opts.Settle, func() []int { return r.suspects(kept) })
	if second == nil {
		return
	}
	again := &facts.SecondLook{After: second.After, Procs: map[int]*facts.Again{}}
	names := facts.Names{}
	over := *r
	over.src = second.Source
	for _, pid := range second.Asked {
		p := r.snap.Find(pid)
		if p == nil {
			again.Asked = append(again.Asked, pid)
			continue
		}
		s, err := Parsed(second.Source, facts.Path(pid, "stat"), func(b []byte) (facts.Stat, error) { return names.ParseStat(pid, b) })
		if err != nil && !second.Source.Ended(pid, "stat", err) {
			r.unread(pid, AgainDir+facts.Path(pid, "stat"), err)
			continue // asked for, and its second stat is lost
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

func (r *reading) readCloserAgain(p *facts.Process, a *facts.Again) {
	q := &facts.Process{Stat: a.Stat, Deep: &facts.Detail{}}
	fact(r, q, "status", facts.ParseStatus, &a.Status)
	fact(r, q, "wchan", facts.ParseWord, &a.Wchan)
	if p.Undecided() {
		r.readThreads(q)
		a.Threads = q.Deep.Threads
	}
}

// maxFirst bounds the zombies of one parent that are looked at twice though they
// are not transient: to see whether it reaps, and is late.
const maxFirst = 16

// suspects returns the processes that one look cannot judge: zombies that may be
// transient, with their parents and the zombies that these ought to reap first;
// parents whose state or signals may be those of a moment; and a PID 1 that
// waits for the end of its namespace; but for those that are kept as they were.
func (r *reading) suspects(kept map[int]bool) []int {
	var pids []int
	ages := facts.NewAges(r.snap)
	busy := map[int]bool{}                // parents of zombies that may be transient
	lasting := map[int][]*facts.Process{} // by parent
	for p := range r.snap.All() {
		switch {
		case p.State != facts.Zombie:
			if p.Lingers() && p.Deep != nil {
				pids = append(pids, p.PID)
			}
		case ages.Of(p).Lasting():
			lasting[p.PPID] = append(lasting[p.PPID], p)
		default:
			busy[p.PPID] = true
			pids = append(pids, p.PID)
		}
	}
	for ppid := range busy {
		if ppid != 0 {
			pids = append(pids, ppid)
		}
		// The kernel looks for a child to wait for in the order of their birth.
		first := lasting[ppid]
		slices.SortFunc(first, func(a, b *facts.Process) int { return cmp.Compare(a.StartTicks, b.StartTicks) })
		for _, p := range first[:min(len(first), maxFirst)] {
			pids = append(pids, p.PID)
		}
	}
	for ppid := range lasting {
		if p := r.snap.Find(ppid); p != nil && p.Undecided() {
			pids = append(pids, ppid)
		}
	}
	pids = slices.DeleteFunc(pids, func(pid int) bool { return kept[pid] })
	slices.Sort(pids)
	return slices.Compact(pids)
}
