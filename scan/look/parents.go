package look

import (
	"slices"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// findParents settles what a look at a moving system leaves open: a parent
// that is not in view was born after the listing, or has ended since, in
// which case its children have another parent now. Whatever remains is a
// parent that is hidden from us.
func (r *reading) findParents() {
	w := r.newStatWorker()
	hopeless := map[int]bool{}
	for range 5 { // each round follows one more generation
		lost := map[int]bool{} // processes whose parent is not in view
		for _, p := range r.snap.Orphaned() {
			if !hopeless[p.PID] {
				lost[p.PID] = true
			}
		}
		if len(lost) == 0 {
			return
		}
		var found []facts.Process
		reread := map[int]bool{}
		keep := r.snap.Procs[:0:0]
		for _, p := range r.snap.Procs {
			if lost[p.PID] {
				if ppid := p.PPID; !reread[ppid] {
					reread[ppid] = true
					if s, ok := w.read(ppid); ok {
						found = append(found, facts.Process{Stat: s})
					}
				}
				s, ok := w.reread(p.PID)
				if !ok {
					r.snap.Vanished++
					continue
				}
				if s.StartTicks == p.StartTicks {
					hopeless[p.PID] = s.PPID == p.PPID && !slices.ContainsFunc(found, func(f facts.Process) bool { return f.PID == s.PPID })
				} else { // another process has its PID now
					r.snap.Vanished++
					p = facts.Process{}
				}
				p.Stat = s
			}
			keep = append(keep, p)
		}
		r.snap.Procs = append(keep, found...)
		facts.SortProcesses(r.snap.Procs)
		r.snap.Procs = slices.CompactFunc(r.snap.Procs, func(a, b facts.Process) bool { return a.PID == b.PID })
	}
}
