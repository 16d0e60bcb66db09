package look

import (
	"slices"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// readCloser reads more of the processes of interest, so that depth costs with
// the zombies and not with the machine: zombies; their parents, all ancestors
// and tracers; the PID 1 of our namespace and of each that holds a zombie.
func (r *reading) readCloser() {
	zombies := r.snap.Zombies()
	r.each(zombies, r.readZombie)

	in := newInterest(r.snap)
	for _, z := range zombies {
		in.addParents(z)
		in.add(r.tracerOf(z), true)
	}
	in.add(r.snap.Find(1), true)
	// What a capture was restricted to is what somebody will ask about.
	for _, pid := range slices.Concat(r.opts.Only, r.opts.Focus) {
		in.addFocus(r.snap.Find(pid))
	}
	for p := range r.snap.All() {
		if p.Lingers() {
			in.add(p, true)
		}
	}
	r.each(in.list(), func(p *facts.Process) { r.readRelative(p, in.close[p.PID]) })
	r.readRelatives(zombies)
	r.readInits(zombies)

	// Namespaces whose PID 1 is not an ancestor of the zombie: it was entered from
	// outside. This is rare, and only a look at all processes finds its PID 1.
	asked := slices.Clone(zombies)
	for _, pid := range r.opts.Focus {
		if p := r.snap.Find(pid); p != nil {
			asked = append(asked, p)
		}
	}
	if missing := r.namespacesWithoutPID1(asked); len(missing) > 0 {
		pid1s := r.findPID1s(missing)
		r.each(pid1s, func(p *facts.Process) { r.readRelative(p, true) })
	}
	if r.opts.AllNamespaces {
		r.each(r.findTops(), func(p *facts.Process) { r.readRelative(p, true) })
	}
	r.readDying()
	r.readCmdlines()
}

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
