package look

import (
	"slices"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// readCloser reads more of the processes of interest, so that depth costs with
// the zombies and not with the machine: zombies; their parents, all ancestors
// and tracers; the PID 1 of our namespace and of each that holds a zombie.
func (r *reading) readCloser() {
	var zombies []*facts.Process
	for i := range r.snap.Procs {
		if p := &r.snap.Procs[i]; p.State == facts.Zombie {
			zombies = append(zombies, p)
		}
	}
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
	for i := range r.snap.Procs {
		if p := &r.snap.Procs[i]; p.Lingers() {
			in.add(p, true)
		}
	}
	r.each(in.list(), func(p *facts.Process) { r.readRelative(p, in.close[p.PID]) })
	r.readRelatives(zombies)
	r.readInits(zombies)

	// Namespaces whose PID 1 is no ancestor of the zombie: it was entered from
	// outside. Rare, and the only way to find its PID 1 is to look at all.
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
