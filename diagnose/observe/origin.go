package observe

import (
	"fmt"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Descent distinguishes a parent's own children from adopted ones.
type Descent string

// The descents of a process.
const (
	Own            Descent = "own"
	Adopted        Descent = "adopted"
	UnknownDescent Descent = "unknown"
)

// Origin is whose child a process is, how sure that is, and what shows it.
type Origin struct {
	Descent Descent
	Sure    Certainty // "": it is not known
	Trace   Trace
}

// Origins decides whether processes are their parents' own children or were
// adopted when their real parents exited. The kernel keeps no record of it; the
// traces that adoption leaves decide.
type Origins struct {
	looks  *Looks
	hiding bool
	late   map[int]map[int]bool // see outOfOrder
}

// Of returns the origin of a process, by its stat at the last look.
func (q *Origins) Of(p *facts.Process, last facts.Stat) Origin {
	unknown := Origin{Descent: UnknownDescent}
	if last.PPID == 0 {
		return unknown
	}
	if last.PPID != p.PPID {
		return Origin{Adopted, Certain, Trace{ParentChanged, uint64(p.PPID), uint64(last.PPID)}}
	}
	if from, ok := p.Reparented.Get(); ok {
		return Origin{Adopted, Certain, Trace{SeenAdopted, uint64(from), uint64(p.PPID)}}
	}
	// Adoption resets the exit signal to SIGCHLD (reparent_leader), so that
	// every reaper sees the child: another one is the parent's own doing. A
	// thread-group leader always has one; -1 is a thread's.
	if sig, ok := p.ExitSignal.Get(); ok && sig != facts.SIGCHLD && sig >= 0 {
		return Origin{Own, Certain, Trace{Kind: OtherExitSignal, From: uint64(sig)}}
	}
	parent := q.looks.Find(last.PPID)
	if p.Listed != nil && parent != nil && parent.PID != 1 && p.Comm == parent.Comm {
		return Origin{Own, Likely, Trace{Kind: ParentsName}}
	}
	if parent != nil && p.Listed == nil && p.StartTicks < parent.StartTicks {
		return Origin{Adopted, Certain, Trace{OlderThanParent, p.StartTicks, parent.StartTicks}}
	}
	if q.outOfOrder(parent)[p.PID] {
		return Origin{Adopted, Likely, Trace{Kind: OutOfOrder, From: uint64(last.PPID)}}
	}
	// A leader that we do not see may be hidden.
	if q.hiding || parent == nil {
		return unknown
	}
	type leadership struct {
		kind      TraceKind
		pid, same int
	}
	leaders := []leadership{{SessionLeaderGone, p.Session, parent.Session}, {GroupLeaderGone, p.PGRP, parent.PGRP}}
	if !q.looks.IsPID1(parent) {
		// Elsewhere than below PID 1 a group without its leader is more likely the
		// rest of a pipeline than adopted. Only a subreaper adopts there.
		if leaders = leaders[:1]; !KnownSubreaper(parent) {
			return unknown
		}
	}
	for _, leader := range leaders {
		// 0: the leader is outside this PID namespace, which says nothing; nor
		// does one that the parent has in common with it.
		if leader.pid > 0 && leader.pid != leader.same && leader.pid != p.PID && leader.pid != last.PPID && q.looks.Find(leader.pid) == nil {
			return Origin{Adopted, Likely, Trace{Kind: leader.kind, From: uint64(leader.pid)}}
		}
	}
	return unknown
}

// outOfOrder returns the children of a process that cannot be in the order in
// which it forked them: an adopted child is put at the end, behind younger ones.
// Only a process with one thread keeps one list.
func (q *Origins) outOfOrder(p *facts.Process) map[int]bool {
	if p == nil || p.Deep == nil {
		return nil
	}
	if known, ok := q.late[p.PID]; ok {
		return known
	}
	late := map[int]bool{}
	q.late[p.PID] = late
	threads, _ := p.Deep.Threads.Get()
	if len(threads) != 1 || p.NumThreads != 1 {
		return late
	}
	children, _ := threads[0].Children.Get()
	var youngest uint64
	for _, pid := range children {
		c := q.looks.Find(pid)
		if c == nil {
			continue
		}
		if c.StartTicks < youngest {
			late[pid] = true
		}
		youngest = max(youngest, c.StartTicks)
	}
	return late
}

// Gaps looks at zombies of unknown origin that were started together: where
// each took several PIDs, intermediates may have come and gone. That makes them
// possibly adopted, no more: anything may take a PID in between. It returns two
// that show it; nil: nothing does.
func Gaps(zombies []*Zombie) []Evidence {
	var batch []*Zombie
	for _, z := range zombies { // by PID
		if z.Origin.Descent == UnknownDescent {
			batch = append(batch, z)
		}
	}
	wide, pairs := 0, 0
	var ev []Evidence
	for i := 1; i < len(batch); i++ {
		a, b := batch[i-1].Process, batch[i].Process
		const together = 100 // ticks
		if b.StartTicks < a.StartTicks || b.StartTicks-a.StartTicks > together {
			continue
		}
		if a.Listed != nil && (a.Listed.Start == "" || b.Listed == nil || b.Listed.Start != a.Listed.Start) {
			continue
		}
		if pairs++; b.PID-a.PID > 1 {
			if wide++; len(ev) == 0 {
				ev = []Evidence{started(a), started(b)}
			}
		}
	}
	if pairs < MinPoints || wide*10 < pairs*9 {
		return nil
	}
	return ev
}

func started(p *facts.Process) Evidence {
	return Stat(p.PID, fmt.Sprintf("%d %d", p.PID, p.StartTicks), "pid, starttime", 1, 22)
}
