package observe

import (
	"fmt"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Inherited is what shows that a process was executed over another program,
// which had started children.
type Inherited struct {
	Program  string // what ran before; "": which is unknown
	Until    uint64 // when the youngest child was started that it left, in ticks
	Evidence []Evidence
}

// InheritedBy looks at children that have not called execve: they run the
// program that their parent ran when it forked them. nil: nothing shows
// anything. A parent that adopts has children of others, of which that is not
// true.
func InheritedBy(l *Looks, forks *Forks, p *Parent) *Inherited {
	proc := p.Process
	if proc == nil || p.IsPID1 || p.Adopted > 0 || proc.Forked() || proc.KernelThread() || KnownSubreaper(proc) || l.PID1s.Of(proc) == nil {
		return nil
	}
	var found *Inherited
	see := func(c *facts.Process, program string, ev Evidence) {
		if found == nil {
			found = &Inherited{Program: program}
		}
		found.Until = max(found.Until, c.StartTicks)
		if len(found.Evidence) < MaxListed {
			found.Evidence = append(found.Evidence, ev)
		}
	}
	own, known := ExeOf(proc)
	for _, c := range forks.Of(proc) {
		if exe, ok := ExeOf(c); ok && known && exe != own && !renamed(c) {
			see(c, Base(exe), ProcFile(c.PID, "exe", exe))
		}
	}
	switch e := ProgramOf(proc); {
	case e != nil && e.Kind == Shell:
		return found
	case e != nil && e.Kind == Idle && found == nil: // it starts nothing itself
		for _, z := range p.Children {
			see(z.Process, "", ProcFile(proc.PID, "comm", proc.Comm))
		}
		if found != nil {
			found.Evidence = found.Evidence[:1] // it is the same for each
		}
		return found
	}
	for _, z := range p.Children {
		if q := z.Process; q.Forked() && q.Comm != proc.Comm {
			// Few programs give their children the name of a shell.
			if e := ProgramNamed(q.Comm, nil); e != nil && e.Kind == Shell {
				see(q, q.Comm, Stat(q.PID, fmt.Sprintf("%s %d", q.Comm, q.Flags), "comm, flags", 2, 9).Showing(Trace{Kind: NotExeced}))
			}
		}
	}
	return found
}

// renamed reports whether a process has another name in its status than it had
// in its stat, which was read before: it may have called execve in between, and
// then the facts read about it are of two programs.
func renamed(p *facts.Process) bool {
	st, ok := p.Deep.Status.Get()
	return !ok || st.Name != p.Comm
}

// Forks finds the running children of processes that have not called execve:
// they still run the program that their parents ran when they forked them.
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
