package reap

import (
	"slices"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// protected says why a process is never sent anything stronger than SIGCHLD,
// whatever the flags; "": it may be.
func (p *Plan) protected(proc *facts.Process) string {
	pids := proc.NSpid()
	switch {
	case proc.KernelThread():
		return "it is a kernel thread"
	case proc.PID == p.options.Self:
		return "that is this program itself"
	case proc.PID == 1 || len(pids) > 0 && pids[len(pids)-1] == 1:
		return "it is PID 1 of its PID namespace: all others in it end with it"
	case len(pids) == 0:
		return "it is unknown whether it is PID 1 of a PID namespace"
	}
	above, whole := p.ancestors()
	switch {
	case slices.Contains(above, proc.PID):
		return "it is an ancestor of this program"
	case !whole:
		return "it is unknown whether it is an ancestor of this program: not all of those can be seen"
	}
	return observe.Spared(proc)
}

// ancestors returns the PIDs above this program; false: the list has a hole.
func (p *Plan) ancestors() (above []int, whole bool) {
	s := p.Diagnosis.Snapshot
	q := s.Find(p.options.Self)
	for range len(s.Procs) {
		if q == nil {
			return above, false
		}
		if q.PPID == 0 {
			return above, true
		}
		above = append(above, q.PPID)
		q = s.Find(q.PPID)
	}
	return above, false
}
