package observe

import "github.com/zombiectl/zombiectl/scan/facts"

// Forks finds the living children of processes that have not called execve: they
// still run what their parents ran when they forked them.
type Forks struct {
	looks    *Looks
	children map[int][]*facts.Process // by parent; nil: not collected yet
}

// Of returns those of a process.
func (q *Forks) Of(p *facts.Process) []*facts.Process {
	if q.children == nil {
		q.children = map[int][]*facts.Process{}
		for i := range q.looks.Procs {
			if c := &q.looks.Procs[i]; c.Forked() && c.State != facts.Zombie && !c.KernelThread() {
				q.children[c.PPID] = append(q.children[c.PPID], c)
			}
		}
	}
	return q.children[p.PID]
}

// Youngest returns the one that was started last; nil: there is none.
func (q *Forks) Youngest(p *facts.Process) *facts.Process {
	var found *facts.Process
	for _, c := range q.Of(p) {
		if found == nil || c.StartTicks >= found.StartTicks {
			found = c
		}
	}
	return found
}
