package observe

import (
	"fmt"
	"strings"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Waiting is what the threads of a process are seen doing about its children and its signals.
type Waiting struct {
	// Known: every thread could be looked at. When it is false, an unseen thread
	// may do any of these.
	Known bool
	Any   *Evidence // a thread waits for any child
	One   *Evidence // a thread waits for one child (or one group of them)
	// Awaited are the children that threads wait for by name, under their PIDs
	// as we see them; a child that a hidden descriptor stands for is not in it.
	Awaited []int
	Groups  []int // the process groups that threads wait for
	// Unplaced are those of which only the PID inside the waiter's own PID namespace is known.
	Unplaced []int
	// Vfork: a thread is suspended until the child that it started with vfork(2)
	// calls execve(2) or exits.
	Vfork *Evidence
	// Some: a thread waits for a child; for which is unknown (a program for
	// another architecture, or permission).
	Some *Evidence
	// Sigwait: a thread is in sigtimedwait. The kernel does not show for which
	// signals.
	Sigwait *Evidence
}

// Waits finds what processes wait for (/proc/PID/task/TID/syscall and wchan).
type Waits struct {
	looks *Looks
	known map[int]Waiting // answers, by PID
}

// Arguments of wait4(2) and waitid(2) (include/uapi/linux/wait.h).
const (
	waitAll      = 0          // P_ALL
	waitPID      = 1          // P_PID
	waitGroup    = 2          // P_PGID
	waitPidfd    = 3          // P_PIDFD
	waitExited   = 0x00000004 // WEXITED
	waitPeek     = 0x01000000 // WNOWAIT
	waitNoThread = 0x20000000 // __WNOTHREAD
)

// Of looks at what every thread of a process is blocked in.
func (q *Waits) Of(p *facts.Process) Waiting {
	if p == nil || p.Deep == nil {
		return Waiting{}
	}
	w, known := q.known[p.PID]
	if known {
		return w
	}
	if threads, ok := p.Deep.Threads.Get(); ok {
		w = q.OfThreads(p, threads, !p.Deep.ThreadsCut)
	} else {
		w.see(p.PID, "wchan", p.Deep.Wchan)
	}
	q.known[p.PID] = w
	return w
}

// OfThreads is Of by some look at the threads; all: that were all of them.
func (q *Waits) OfThreads(p *facts.Process, threads []facts.Thread, all bool) Waiting {
	w := Waiting{Known: all && len(threads) > 0}
	for i := range threads {
		t := &threads[i]
		if st, ok := t.Stat.Get(); ok && (st.State == facts.Zombie || st.State == facts.Dead) {
			continue // it has exited before the others, and waits for nothing
		}
		q.waitOf(&w, p, t, len(threads))
	}
	return w
}

// waitOf takes what one of so many threads is blocked in.
func (q *Waits) waitOf(w *Waiting, p *facts.Process, t *facts.Thread, threads int) {
	arch, _ := q.looks.Host.Arch.Get()
	nr, archKnown := facts.WaitCallsOn(arch)
	sc, ok := t.Syscall.Get()
	if !ok || !archKnown || sc.Running { // a thread on the move may do anything next
		w.Known = false
		w.see(p.PID, fmt.Sprintf("task/%d/wchan", t.TID), t.Wchan)
		return
	}
	// What else stands there may be an address, and is not recorded.
	ev := &Evidence{PID: p.PID, File: fmt.Sprintf("/proc/%d/task/%d/syscall", p.PID, t.TID)}
	switch sc.Nr {
	case nr.Wait4:
		ev.Fields, ev.Value = Fields{Numbers: []int{1, 2, 4}, Name: "wait4: pid, options"}, fmt.Sprintf("%d %#x %#x", sc.Nr, sc.Args[0], sc.Args[2])
		pid := int32(sc.Args[0])
		if pid == -1 && (sc.Args[2]&waitNoThread == 0 || threads == 1) {
			w.Any = ev
			return
		}
		w.One = ev
		switch {
		case pid > 0:
			q.awaitedInside(w, p, int(pid))
		case pid != -1:
			q.awaitedGroup(w, p, int(-pid))
		}
	case nr.Waitid:
		ev.Fields, ev.Value = Fields{Numbers: []int{1, 2, 3, 5}, Name: "waitid: which, id, options"}, fmt.Sprintf("%d %#x %#x %#x", sc.Nr, sc.Args[0], sc.Args[1], sc.Args[3])
		switch {
		case sc.Args[3]&waitExited == 0 || sc.Args[3]&waitPeek != 0:
			w.Some = ev // that reaps nothing
		case sc.Args[0] == waitAll:
			w.Any = ev
		default:
			w.One = ev
			q.awaitedBy(w, p, sc.Args[0], sc.Args[1], ev)
		}
	case nr.Sigtimedwait:
		ev.Fields, ev.Value = Fields{Numbers: []int{1}, Name: "sigtimedwait"}, fmt.Sprint(sc.Nr)
		w.Sigwait = ev
	default:
		w.see(p.PID, fmt.Sprintf("task/%d/wchan", t.TID), t.Wchan)
	}
}

// awaitedBy resolves which child a waitid(2) is about.
func (q *Waits) awaitedBy(w *Waiting, p *facts.Process, kind, id uint64, ev *Evidence) {
	switch kind {
	case waitPID:
		q.awaitedInside(w, p, int(int32(id)))
	case waitGroup:
		q.awaitedGroup(w, p, int(int32(id)))
	case waitPidfd: // its fdinfo has the PID as the procfs sees it
		fds, _ := p.Deep.FDs.Get()
		for _, fd := range fds {
			if uint64(fd.FD) != id {
				continue
			}
			if pid, ok := fd.PID.Get(); ok && pid > 0 {
				w.Awaited = append(w.Awaited, pid)
				*ev = FDInfo(p.PID, fd.FD, "Pid", fmt.Sprint(pid))
			}
		}
	}
}

// awaitedInside takes a child that is named by the PID that it has in the PID
// namespace of its parent. That is ours only where the parent is in ours: looked
// at from the node, the same number belongs to somebody else.
func (q *Waits) awaitedInside(w *Waiting, parent *facts.Process, pid int) {
	if here, ok := q.childInside(parent, pid); ok {
		w.Awaited = append(w.Awaited, here)
		return
	}
	w.Unplaced = append(w.Unplaced, pid)
}

// awaitedGroup takes a process group, 0 for the waiter's own. It has the PID of
// its first process, which need not be there any more: then nobody can say which
// group is meant.
func (q *Waits) awaitedGroup(w *Waiting, parent *facts.Process, group int) {
	inside := parent.NSpid()
	here, ok := parent.PGRP, true
	switch {
	case group == 0:
	case len(inside) > 1 && inside[len(inside)-1] == group:
		here = parent.PID
	default:
		here, ok = q.childInside(parent, group)
	}
	if !ok || here == 0 { // 0: its first process is outside our namespace
		w.Known = false
		return
	}
	w.Groups = append(w.Groups, here)
}

// childInside returns the PID that we know a child by. A child has a PID in
// every namespace from ours to its own, and the one that its parent uses is at
// the parent's depth.
func (q *Waits) childInside(parent *facts.Process, pid int) (int, bool) {
	depth := len(parent.NSpid())
	if depth == 1 || depth == 0 && q.looks.PID1s.Of(parent) != nil && q.looks.PID1s.Of(parent).PID == 1 {
		return pid, true
	}
	if depth == 0 {
		return 0, false
	}
	for i := range q.looks.Procs {
		c := &q.looks.Procs[i]
		if pids := c.NSpid(); c.PPID == parent.PID && len(pids) >= depth && pids[depth-1] == pid {
			return c.PID, true
		}
	}
	return 0, false
}

// see records the kernel function that a thread sleeps in. The function does not
// depend on the architecture.
func (w *Waiting) see(pid int, file string, at facts.Opt[string]) {
	wchan, ok := at.Get()
	if !ok {
		return
	}
	ev := ProcFile(pid, file, wchan)
	switch KernelFunction(wchan) {
	case "do_sigtimedwait":
		w.Sigwait = &ev
	case "do_wait":
		w.Some = &ev
	case "kernel_clone", "wait_for_vfork_done", "_do_fork":
		w.Vfork = &ev
	}
}

// Idle reports whether no thread was seen waiting for a child or a signal.
func (w *Waiting) Idle() bool {
	return w.Any == nil && w.One == nil && w.Some == nil && w.Sigwait == nil && w.Vfork == nil
}

// KernelFunction strips what compilers append to the name of a function
// ("do_sigtimedwait.isra.0").
func KernelFunction(wchan string) string {
	name, _, _ := strings.Cut(wchan, ".")
	return name
}

// WchanOf returns the kernel function that a process sleeps in.
func WchanOf(p *facts.Process) (string, bool) { return Told(Deep(p).Wchan) }

// Told returns the kernel function that something sleeps in. The kernel shows
// "0" to strangers.
func Told(wchan facts.Opt[string]) (string, bool) {
	name, ok := wchan.Get()
	return name, ok && name != "0" && name != ""
}
