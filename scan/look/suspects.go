package look

import (
	"cmp"
	"slices"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// maxFirst bounds the zombies of one parent that are looked at twice though
// they are no passing ones: to see whether it reaps, and is late.
const maxFirst = 16

// suspects returns what one look cannot judge: zombies that may be passing
// ones, with their parents and the zombies that these ought to reap first;
// parents whose state or signals may be those of a moment; and a PID 1 that
// waits for the end of its namespace; but for those that are kept as they were. Where there is nothing of the kind there
// is nothing to wait for.
func (r *reading) suspects(kept map[int]bool) []int {
	var pids []int
	ages := facts.NewAges(r.snap)
	busy := map[int]bool{}                // parents of zombies that may be passing ones
	lasting := map[int][]*facts.Process{} // by parent
	for i := range r.snap.Procs {
		p := &r.snap.Procs[i]
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
