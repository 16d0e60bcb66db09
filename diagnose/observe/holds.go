package observe

import "github.com/zombiectl/zombiectl/scan/facts"

// Hold says why a parent cannot reap a zombie.
type Hold string

// The holds, in the order in which they are looked for.
const (
	// LiveThreads: the leader has ended, other threads have not. The kernel tells
	// the parent only when the last of them ends (delay_group_leader).
	LiveThreads Hold = "live-threads"
	// HeldByItsTracer: the kernel gives a traced child that has ended to its
	// tracer first; its parent's wait does not see it (wait_consider_task).
	HeldByItsTracer Hold = "traced"
	// CloneChild: a wait without __WALL or __WCLONE passes over children that do
	// not report with SIGCHLD (eligible_child).
	CloneChild Hold = "clone-child"
	// ParentOutside: the parent is not in this PID namespace.
	ParentOutside Hold = "parent-outside"
)

// Holds returns what keeps the parent of a zombie from reaping it.
func (q *Tracers) Holds(p *facts.Process, ppid int) []Hold {
	var holds []Hold
	if p.NumThreads > 1 {
		holds = append(holds, LiveThreads)
	}
	// Where it is its parent that traces it, that ought to wait.
	if t := q.Of(p); t != nil && t.TID != ppid && (t.Process == nil || t.Process.PID != ppid) {
		holds = append(holds, HeldByItsTracer)
	}
	if sig, ok := p.ExitSignal.Get(); ok && sig != facts.SIGCHLD && sig >= 0 {
		holds = append(holds, CloneChild)
	}
	if ppid == 0 {
		holds = append(holds, ParentOutside)
	}
	return holds
}
