package look

import (
	"slices"
	"strconv"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// maxForked bounds the children of one parent that are looked at because they
// have not called execve: servers fork workers by the hundred.
const maxForked = 16

// maxKnown bounds the children of one parent that are looked at for the PIDs
// that it knows them by.
const maxKnown = 64

// readRelatives reads processes around the parents of zombies that explain
// these: their tracers; children that have not called execve, which still run
// the program that the parent ran when it forked them; and, where the parent is
// in a PID namespace below ours, its other running children. It knows these by
// other PIDs than we do, and may wait for one of them.
func (r *reading) readRelatives(zombies []*facts.Process) {
	parents := map[int]bool{}
	for _, z := range zombies {
		parents[z.PPID] = true
	}
	in := newInterest(r.snap)
	forked, others := map[int]int{}, map[int]int{}
	for p := range r.snap.All() {
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

// tracerOf returns the process that traces another. TracerPid is the ID of the
// thread that does, which need not be the first of its process.
func (r *reading) tracerOf(p *facts.Process) *facts.Process {
	if p == nil || p.Deep == nil {
		return nil
	}
	st, _ := p.Deep.Status.Get()
	tid, ok := st.TracerPID.Get()
	if !ok || tid == 0 {
		return nil
	}
	if tracer := r.snap.Find(tid); tracer != nil {
		return tracer
	}
	// /proc/TID can be read, though it is not listed (proc(5)). It is not
	// recorded, or it would be one.
	aside := r.src.Aside()
	if st, err := Parsed(aside, facts.Path(tid, "status"), facts.ParseStatus); err == nil {
		tgid, _ := st.TGID.Get()
		return r.snap.Find(tgid)
	}
	for q := range r.snap.All() { // of the others a recording holds no threads
		if q.NumThreads > 1 {
			if _, err := aside.Read(facts.Path(q.PID, "task/"+strconv.Itoa(tid)+"/stat"), MaxStat); err == nil {
				return q
			}
		}
	}
	return nil
}

// InitNames are the names of programs that are made to be PID 1, as the kernel
// keeps them. They only decide which processes are worth a closer look.
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
	for p := range r.snap.All() {
		if len(in.procs) < maxInits && !keeps[p.PID] && slices.Contains(InitNames, p.Comm) && r.snap.Below(p, keeps) {
			in.add(p, false)
		}
	}
	r.each(in.list(), func(p *facts.Process) { r.readRelative(p, false) })
}
