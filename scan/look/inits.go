package look

import (
	"slices"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// InitNames are the names of programs that are made to be PID 1, as the kernel
// keeps them. They decide what is worth a closer look, and nothing else.
var InitNames = []string{"tini", "tini-static", "docker-init", "podman-init", "catatonit", "dumb-init", "zombiectl", "my_init", "pid1"}

// maxInits bounds how many are looked at: below the PID 1 of a node that keeps
// zombies there may be one in every container.
const maxInits = 256

// readInits reads programs that may be inits and run below a PID 1 that has
// zombies: they were meant to be in its place.
func (r *reading) readInits(zombies []*facts.Process) {
	keeps := map[int]bool{}
	for _, z := range zombies {
		if p := r.snap.Find(z.PPID); p != nil {
			if pids := p.NSpid(); len(pids) > 0 && pids[len(pids)-1] == 1 {
				keeps[p.PID] = true
			}
		}
	}
	if len(keeps) == 0 {
		return
	}
	in := newInterest(r.snap)
	for i := range r.snap.Procs {
		p := &r.snap.Procs[i]
		if len(in.procs) < maxInits && !keeps[p.PID] && slices.Contains(InitNames, p.Comm) && r.below(p, keeps) {
			in.add(p, false)
		}
	}
	r.each(in.list(), func(p *facts.Process) { r.readRelative(p, false) })
}

// below reports whether one of the processes is an ancestor.
func (r *reading) below(p *facts.Process, of map[int]bool) bool {
	for range len(r.snap.Procs) { // parents that form a loop end, too
		if p = r.snap.Find(p.PPID); p == nil {
			return false
		}
		if of[p.PID] {
			return true
		}
	}
	return false
}
