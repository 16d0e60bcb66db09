package diagnose

import (
	"fmt"

	"github.com/zombiectl/zombiectl/scan"
)

// origin tells whether a zombie is its parent's own child or was adopted when
// its real parent ended. The kernel keeps no record of it; these are the
// traces that it leaves.
func (x *exam) origin(p *scan.Process, last scan.Stat) (Origin, Certainty, string) {
	if last.PPID == 0 {
		return UnknownOrigin, "", ""
	}
	if last.PPID != p.PPID {
		return Adopted, Certain, fmt.Sprintf("its parent changed from %d to %d between two looks", p.PPID, last.PPID)
	}
	if from, ok := p.Reparented.Get(); ok {
		return Adopted, Certain, fmt.Sprintf("its parent was seen to change from %d to %d", from, p.PPID)
	}
	// Adoption resets the exit signal to SIGCHLD (reparent_leader), so that
	// every reaper sees the child: another one is the parent's own doing. A
	// thread-group leader always has one; -1 is a thread's.
	if sig, ok := p.ExitSignal.Get(); ok && sig != scan.SIGCHLD && sig >= 0 {
		return Own, Certain, fmt.Sprintf("its exit signal is %d and not SIGCHLD, to which adoption resets it", sig)
	}
	parent := x.Find(last.PPID)
	if p.Listed != nil && parent != nil && parent.PID != 1 && p.Comm == parent.Comm {
		return Own, Likely, "it has the name of its parent: forked off it, it has run no other program"
	}
	if parent != nil && p.Listed == nil && p.StartTicks < parent.StartTicks {
		return Adopted, Certain, fmt.Sprintf("it started before its parent (%d and %d ticks after boot)", p.StartTicks, parent.StartTicks)
	}
	if x.outOfOrder(parent)[p.PID] {
		return Adopted, Likely, fmt.Sprintf("it is older than a child of %d that was listed before it, so it came later", last.PPID)
	}
	if x.hides {
		return UnknownOrigin, "", "" // a leader that is not in view may be hidden
	}
	if parent == nil {
		return UnknownOrigin, "", ""
	}
	type leadership struct {
		what      string
		pid, same int
	}
	leaders := []leadership{{"session", p.Session, parent.Session}, {"process group", p.PGRP, parent.PGRP}}
	if x.pid1s.Of(parent) != parent {
		// Elsewhere than below PID 1 a group without its leader is more likely the
		// rest of a pipeline than adopted. Only a subreaper adopts there.
		if leaders = leaders[:1]; !knownSubreaper(parent) {
			return UnknownOrigin, "", ""
		}
	}
	for _, leader := range leaders {
		// 0: the leader is outside this PID namespace, which says nothing; nor
		// does one that the parent has in common with it.
		if leader.pid > 0 && leader.pid != leader.same && leader.pid != p.PID && leader.pid != last.PPID && x.Find(leader.pid) == nil {
			return Adopted, Likely, fmt.Sprintf("the leader of its %s, %d, is gone and was not its parent", leader.what, leader.pid)
		}
	}
	return UnknownOrigin, "", ""
}

// outOfOrder returns the children of a process that cannot be in the order in
// which it forked them: an adopted child is put at the end, behind younger ones.
// Only a process with one thread keeps one list.
func (x *exam) outOfOrder(p *scan.Process) map[int]bool {
	if p == nil || p.Deep == nil {
		return nil
	}
	if known, ok := x.late[p.PID]; ok {
		return known
	}
	late := map[int]bool{}
	x.late[p.PID] = late
	threads, _ := p.Deep.Threads.Get()
	if len(threads) != 1 || p.NumThreads != 1 {
		return late
	}
	children, _ := threads[0].Children.Get()
	var youngest uint64
	for _, pid := range children {
		c := x.Find(pid)
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

// gaps looks at zombies of unknown origin that were started together: where
// each took several PIDs, intermediates may have come and gone. That makes them
// possibly adopted, no more: anything may take a PID in between.
func gaps(p *Parent) (string, []Evidence) {
	var batch []*Zombie
	for _, z := range p.zombies { // by PID
		if z.Origin == UnknownOrigin {
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
				ev = []Evidence{
					{statFile(a.PID), "fields 1, 22 (pid, starttime)", fmt.Sprintf("%d %d", a.PID, a.StartTicks)},
					{statFile(b.PID), "fields 1, 22 (pid, starttime)", fmt.Sprintf("%d %d", b.PID, b.StartTicks)},
				}
			}
		}
	}
	if pairs < minPoints || wide*10 < pairs*9 {
		return "", nil
	}
	return "; possibly adopted: they were started together, and each took several PIDs, as if intermediates had come and gone", ev
}
