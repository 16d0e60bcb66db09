package look

import "github.com/zombiectl/zombiectl/scan/facts"

// maxForked bounds the children of one parent that are looked at because they
// have not called execve: servers fork workers by the hundred.
const maxForked = 16

// maxKnown bounds the children of one parent that are looked at for the PIDs
// that it knows them by.
const maxKnown = 64

// readRelatives reads those around the parents of zombies that tell something
// of them: their tracers; children that have not called execve, which still
// run what the parent ran when it forked them; and, where the parent is in a
// PID namespace below ours, its other living children. It knows these by other
// PIDs than we do, and may wait for one of them.
func (r *reading) readRelatives(zombies []*facts.Process) {
	parents := map[int]bool{}
	for _, z := range zombies {
		parents[z.PPID] = true
	}
	in := newInterest(r.snap)
	forked, others := map[int]int{}, map[int]int{}
	for i := range r.snap.Procs {
		p := &r.snap.Procs[i]
		if parents[p.PID] {
			in.add(r.tracerOf(p), true)
		}
		if p.State == facts.Zombie || !parents[p.PPID] {
			continue
		}
		if p.Forked() {
			if forked[p.PPID]++; forked[p.PPID] <= maxForked {
				in.add(p, false)
			}
		} else if len(r.snap.Find(p.PPID).NSpid()) > 1 {
			if others[p.PPID]++; others[p.PPID] <= maxKnown {
				in.add(p, false)
			}
		}
	}
	r.each(in.list(), func(p *facts.Process) { r.readRelative(p, in.close[p.PID]) })
}
