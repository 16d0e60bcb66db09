package look

import (
	"slices"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// interest collects the processes that are worth a deeper look; close are
// those of which threads and descriptors are read too.
type interest struct {
	snap  *facts.Snapshot
	procs map[int]*facts.Process
	close map[int]bool
}

func newInterest(s *facts.Snapshot) *interest {
	return &interest{snap: s, procs: map[int]*facts.Process{}, close: map[int]bool{}}
}

func (in *interest) add(p *facts.Process, near bool) {
	if p == nil || p.State == facts.Zombie || p.KernelThread() {
		return
	}
	in.close[p.PID] = in.close[p.PID] || near
	in.procs[p.PID] = p
}

// addParents adds the parent of a zombie, and the ancestors of that.
func (in *interest) addParents(z *facts.Process) {
	in.add(in.snap.Find(z.PPID), true)
	for p := in.snap.Find(z.PPID); p != nil; {
		if p = in.snap.Find(p.PPID); p == nil || in.procs[p.PID] != nil {
			return
		}
		in.add(p, false)
		if p.State == facts.Zombie || p.KernelThread() {
			return
		}
	}
}

// addFocus adds a process and all of its ancestors.
func (in *interest) addFocus(p *facts.Process) {
	for range len(in.snap.Procs) { // parents that form a loop end, too
		if p == nil {
			return
		}
		in.add(p, true)
		p = in.snap.Find(p.PPID)
	}
}

func (in *interest) list() []*facts.Process {
	out := make([]*facts.Process, 0, len(in.procs))
	for _, p := range in.procs {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b *facts.Process) int { return a.PID - b.PID })
	return out
}
