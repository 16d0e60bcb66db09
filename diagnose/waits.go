package diagnose

import (
	"fmt"
	"math/bits"
	"strings"

	"github.com/zombiectl/zombiectl/scan"
)

// signals (signal(7)); the numbers are the same on every architecture that
// containers run on.
const (
	sigkill = 9
	sigterm = 15
)

// goSignals is the number of caught signals from which on a program is taken
// for one written in Go: the runtime installs a handler for nearly every
// signal (an idle Go program shows fffffffd7fc1fefd, 56 of them), no matter
// what the program does with them.
const goSignals = 50

// looksLikeGo reports whether the handlers are those of the Go runtime, so
// that a handler for SIGCHLD says nothing.
func looksLikeGo(caught uint64) bool { return bits.OnesCount64(caught) >= goSignals }

// waiting is what the threads of a process are seen doing about its children
// and its signals.
type waiting struct {
	// known: every thread could be looked at. When it is false, what was not
	// seen may still be there.
	known bool
	any   *Evidence // a thread waits for any child
	one   *Evidence // a thread waits for one child (or one group of them)
	// awaited are the children that threads wait for by name, under their PIDs
	// as we see them; a child that a hidden descriptor stands for is not in it.
	awaited []int
	// groups are the process groups that threads wait for.
	groups []int
	// unplaced are those of which only the PID inside the waiter's own PID
	// namespace is known.
	unplaced []int
	// vfork: a thread is suspended until the child that it started with vfork(2)
	// calls execve(2) or ends.
	vfork *Evidence
	// some: a thread waits for a child; for which cannot be told (a program for
	// another architecture, or permission).
	some *Evidence
	// sigwait: a thread is in sigtimedwait; for which signals the kernel does
	// not tell.
	sigwait *Evidence
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

// waits looks at what every thread of a process is blocked in.
func (x *exam) waits(p *scan.Process) waiting {
	if p == nil || p.Deep == nil {
		return waiting{}
	}
	w, known := x.waiting[p.PID]
	if known {
		return w
	}
	if threads, ok := p.Deep.Threads.Get(); ok {
		w = x.waitsOf(p, threads, !p.Deep.ThreadsCut)
	} else {
		w.see(fmt.Sprintf("/proc/%d/", p.PID), p.Deep.Wchan)
	}
	x.waiting[p.PID] = w
	return w
}

// waitsOf is waits by some look at the threads; all: that were all of them.
func (x *exam) waitsOf(p *scan.Process, threads []scan.Thread, all bool) waiting {
	w := waiting{known: all && len(threads) > 0}
	for i := range threads {
		t := &threads[i]
		if st, ok := t.Stat.Get(); ok && (st.State == scan.Zombie || st.State == scan.Dead) {
			continue // it has ended before the others, and waits for nothing
		}
		x.waitOf(&w, p, t, len(threads))
	}
	return w
}

// waitOf takes what one of so many threads is blocked in.
func (x *exam) waitOf(w *waiting, p *scan.Process, t *scan.Thread, threads int) {
	dir := fmt.Sprintf("/proc/%d/task/%d/", p.PID, t.TID)
	arch, _ := x.Host.Arch.Get()
	nr, archKnown := scan.WaitCallsOn(arch)
	sc, ok := t.Syscall.Get()
	if !ok || !archKnown || sc.Running { // a thread on the move may do anything next
		w.known = false
		w.see(dir, t.Wchan)
		return
	}
	// What else stands there may be an address, and is not recorded.
	ev := &Evidence{File: dir + "syscall"}
	switch sc.Nr {
	case nr.Wait4:
		ev.Field, ev.Value = "fields 1, 2, 4 (wait4: pid, options)", fmt.Sprintf("%d %#x %#x", sc.Nr, sc.Args[0], sc.Args[2])
		pid := int32(sc.Args[0])
		if pid == -1 && (sc.Args[2]&waitNoThread == 0 || threads == 1) {
			w.any = ev
			return
		}
		w.one = ev
		switch {
		case pid > 0:
			x.awaitedInside(w, p, int(pid))
		case pid != -1:
			x.awaitedGroup(w, p, int(-pid))
		}
	case nr.Waitid:
		ev.Field, ev.Value = "fields 1, 2, 3, 5 (waitid: which, id, options)", fmt.Sprintf("%d %#x %#x %#x", sc.Nr, sc.Args[0], sc.Args[1], sc.Args[3])
		switch {
		case sc.Args[3]&waitExited == 0 || sc.Args[3]&waitPeek != 0:
			w.some = ev // that reaps nothing
		case sc.Args[0] == waitAll:
			w.any = ev
		default:
			w.one = ev
			x.awaitedBy(w, p, sc.Args[0], sc.Args[1], ev)
		}
	case nr.Sigtimedwait:
		ev.Field, ev.Value = "field 1 (sigtimedwait)", fmt.Sprint(sc.Nr)
		w.sigwait = ev
	default:
		w.see(dir, t.Wchan)
	}
}

// awaitedBy resolves which child a waitid(2) is about.
func (x *exam) awaitedBy(w *waiting, p *scan.Process, kind, id uint64, ev *Evidence) {
	switch kind {
	case waitPID:
		x.awaitedInside(w, p, int(int32(id)))
	case waitGroup:
		x.awaitedGroup(w, p, int(int32(id)))
	case waitPidfd: // its fdinfo tells the PID as the procfs sees it
		fds, _ := p.Deep.FDs.Get()
		for _, fd := range fds {
			if uint64(fd.FD) != id {
				continue
			}
			if pid, ok := fd.PID.Get(); ok && pid > 0 {
				w.awaited = append(w.awaited, pid)
				*ev = Evidence{fmt.Sprintf("/proc/%d/fdinfo/%d", p.PID, fd.FD), "Pid", fmt.Sprint(pid)}
			}
		}
	}
}

// awaitedInside takes a child that is named by the PID that it has in the PID
// namespace of its parent. That is ours only where the parent is in ours: looked
// at from the node, the same number belongs to somebody else.
func (x *exam) awaitedInside(w *waiting, parent *scan.Process, pid int) {
	if here, ok := x.childInside(parent, pid); ok {
		w.awaited = append(w.awaited, here)
		return
	}
	w.unplaced = append(w.unplaced, pid)
}

// awaitedGroup takes a process group, 0 for the waiter's own. It has the PID of
// its first process, which need not be there any more: then nobody can say which
// group is meant.
func (x *exam) awaitedGroup(w *waiting, parent *scan.Process, group int) {
	inside := parent.NSpid()
	here, ok := parent.PGRP, true
	switch {
	case group == 0:
	case len(inside) > 1 && inside[len(inside)-1] == group:
		here = parent.PID
	default:
		here, ok = x.childInside(parent, group)
	}
	if !ok || here == 0 { // 0: its first process is outside of our namespace
		w.known = false
		return
	}
	w.groups = append(w.groups, here)
}

// childInside returns the PID that we know a child by. A child has a PID in
// every namespace from ours to its own, and the one that its parent uses is at
// the parent's depth.
func (x *exam) childInside(parent *scan.Process, pid int) (int, bool) {
	depth := len(parent.NSpid())
	if depth == 1 || depth == 0 && x.pid1s.Of(parent) != nil && x.pid1s.Of(parent).PID == 1 {
		return pid, true
	}
	if depth == 0 {
		return 0, false
	}
	for i := range x.Procs {
		c := &x.Procs[i]
		if pids := c.NSpid(); c.PPID == parent.PID && len(pids) >= depth && pids[depth-1] == pid {
			return c.PID, true
		}
	}
	return 0, false
}

// see takes what the kernel function tells that a thread sleeps in; it does
// not depend on the architecture.
func (w *waiting) see(dir string, at scan.Opt[string]) {
	wchan, ok := at.Get()
	if !ok {
		return
	}
	ev := &Evidence{dir + "wchan", "", wchan}
	switch kernelFunction(wchan) {
	case "do_sigtimedwait":
		w.sigwait = ev
	case "do_wait":
		w.some = ev
	case "kernel_clone", "wait_for_vfork_done", "_do_fork":
		w.vfork = ev
	}
}

// idle reports whether no thread was seen waiting for a child or a signal.
func (w *waiting) idle() bool {
	return w.any == nil && w.one == nil && w.some == nil && w.sigwait == nil && w.vfork == nil
}

// kernelFunction strips what compilers append to the name of a function
// ("do_sigtimedwait.isra.0").
func kernelFunction(wchan string) string {
	name, _, _ := strings.Cut(wchan, ".")
	return name
}

// reception is how a signal would be received by a process.
type reception struct {
	known   bool // the masks of every thread were read
	caught  bool
	ignored bool
	blocked bool // in some thread
	fd      bool // read through a signalfd
	// fdKnown: the descriptors could be looked at.
	fdKnown  bool
	isGo     bool
	evidence []Evidence // of the masks; none when they are not known
}

// receives looks at the masks of a process (proc_pid_status(5)). SigBlk is
// each thread's own.
func (x *exam) receives(p *scan.Process, signal int) reception {
	if p == nil || p.Deep == nil {
		return reception{}
	}
	st, ok := p.Deep.Status.Get()
	caught, ok1 := st.SigCgt.Get()
	ignored, ok2 := st.SigIgn.Get()
	blocked, ok3 := st.SigBlk.Get()
	r := reception{
		known:   ok && ok1 && ok2 && ok3,
		caught:  scan.HasSignal(caught, signal),
		ignored: scan.HasSignal(ignored, signal),
		blocked: scan.HasSignal(blocked, signal),
		isGo:    looksLikeGo(caught),
	}
	if ok1 {
		r.evidence = []Evidence{{fmt.Sprintf("/proc/%d/status", p.PID), "SigCgt", fmt.Sprintf("%016x", caught)}}
	}
	if threads, ok := p.Deep.Threads.Get(); ok {
		for _, t := range threads {
			ts, ok := t.Status.Get()
			if mask, ok2 := ts.SigBlk.Get(); ok && ok2 {
				r.blocked = r.blocked || scan.HasSignal(mask, signal)
			}
		}
	} else {
		r.known = false
	}
	fds, ok := p.Deep.FDs.Get()
	r.fdKnown = ok
	for _, fd := range fds {
		if mask, ok := fd.Sigmask.Get(); ok && scan.HasSignal(mask, signal) {
			r.fd = true
		}
	}
	return r
}

// deaf reports whether the process can be told to have no means of noticing
// the signal.
func (r reception) deaf(w waiting) bool {
	return r.known && r.fdKnown && w.known && w.sigwait == nil && w.some == nil && w.vfork == nil && !r.blocked && !r.fd && (!r.caught || r.isGo)
}
