package observe

import (
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Zombie is a process that has exited and was still there at the second look.
type Zombie struct {
	Process   *facts.Process
	PPID      int // at the last look
	Origin    Origin
	Holds     []Hold // say why its parent cannot reap it; none: it could
	Age       facts.Age
	Exit      facts.Opt[facts.Exit]
	Container *Container // the one that it was in; nil: unknown
	// Lasting: it was there in two looks, or has been dead for longer than a parent that reaps takes.
	Lasting bool
}

// Transient are zombies of one parent that are the ordinary life of a process.
type Transient struct{ Gone, Young []*facts.Process }

// Count returns how many they are.
func (t *Transient) Count() int { return len(t.Gone) + len(t.Young) }

// Dead are the zombies of a snapshot.
type Dead struct {
	// Lasting are still there at the last look, and not known to be young; ordered by PID.
	Lasting   []Zombie
	Transient map[int]*Transient // the others, by their parents' PIDs

	byProcess map[*facts.Process]*Zombie
}

// Of returns the zombie that a process is; nil: it is not a lasting zombie.
func (d *Dead) Of(p *facts.Process) *Zombie { return d.byProcess[p] }

// findDead finds the zombies. One that is known to be younger than minAge does not last.
func findDead(l *Looks, minAge time.Duration, containers *Containers, origins *Origins, tracers *Tracers) *Dead {
	d := &Dead{Transient: map[int]*Transient{}}
	var dead []*facts.Process
	for i := range l.Procs {
		if p := &l.Procs[i]; p.State == facts.Zombie {
			dead = append(dead, p)
		}
	}
	d.Lasting = make([]Zombie, 0, len(dead))
	for _, p := range dead {
		last, ok := LastLook(l.Snapshot, p)
		gone := !ok || last.State != facts.Zombie
		age := l.Ages.Of(p)
		if gone || young(age, minAge) {
			of := d.Transient[p.PPID]
			if of == nil {
				of = &Transient{}
				d.Transient[p.PPID] = of
			}
			if gone {
				of.Gone = append(of.Gone, p)
			} else {
				of.Young = append(of.Young, p)
			}
			continue
		}
		z := Zombie{Process: p, PPID: last.PPID, Age: age, Exit: p.Exit()}
		z.Lasting = Twice(l.Snapshot, p.PID) || age.Lasting() || p.Listed != nil
		z.Container = containers.OfZombie(p, last.PPID)
		z.Origin = origins.Of(p, last)
		z.Holds = tracers.Holds(p, last.PPID)
		d.Lasting = append(d.Lasting, z)
	}
	d.byProcess = make(map[*facts.Process]*Zombie, len(d.Lasting))
	for i := range d.Lasting {
		d.byProcess[d.Lasting[i].Process] = &d.Lasting[i]
	}
	return d
}

// young reports whether a zombie is known to be younger than counts. Where no
// clock ran on its CPU that cannot be known, unless its whole life was shorter.
func young(a facts.Age, minAge time.Duration) bool {
	if most, ok := a.AtMost.Get(); ok && most < minAge {
		return true
	}
	least, ok := a.AtLeast.Get()
	return ok && a.Clocked && least < minAge
}

// Hold says why a parent cannot reap a zombie.
type Hold string

// The holds, in the order in which they are looked for.
const (
	// LiveThreads: the leader has exited, other threads have not. The kernel
	// notifies the parent only when the last of them exits (delay_group_leader).
	LiveThreads Hold = "live-threads"
	// HeldByItsTracer: the kernel gives a traced child that has exited to its
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
