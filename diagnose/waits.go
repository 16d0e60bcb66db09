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
	// some: a thread waits for a child; for which cannot be told (a program for
	// another architecture, or permission).
	some *Evidence
	// sigwait: a thread is in sigtimedwait; for which signals the kernel does
	// not tell.
	sigwait *Evidence
}

// Numbers of the system calls in which a process waits (x86-64, arm64).
var waitCalls = map[string]struct{ wait4, waitid, sigtimedwait int }{
	"x86_64":  {61, 247, 128},
	"aarch64": {260, 95, 137},
}

// waits looks at what every thread of a process is blocked in.
func (x *exam) waits(p *scan.Process) waiting {
	if p == nil || p.Deep == nil {
		return waiting{}
	}
	threads, ok := p.Deep.Threads.Get()
	arch, _ := x.Host.Arch.Get()
	nr, archKnown := waitCalls[arch]
	w := waiting{known: ok && len(threads) > 0 && !p.Deep.ThreadsCut}
	w.see(fmt.Sprintf("/proc/%d/", p.PID), p.Deep.Wchan)
	for _, t := range threads {
		file := fmt.Sprintf("/proc/%d/task/%d/", p.PID, t.TID)
		w.see(file, t.Wchan)
		sc, ok := t.Syscall.Get()
		if !ok || !archKnown || sc.Running { // a thread on the move may do anything next
			w.known = false
			continue
		}
		ev := &Evidence{file + "syscall", "", fmt.Sprintf("%d %#x %#x", sc.Nr, sc.Args[0], sc.Args[1])}
		switch sc.Nr {
		case nr.wait4:
			if int32(sc.Args[0]) == -1 {
				w.any = ev
			} else {
				w.one = ev
			}
		case nr.waitid:
			if sc.Args[0] == 0 { // P_ALL
				w.any = ev
			} else {
				w.one = ev
			}
		case nr.sigtimedwait:
			w.sigwait = ev
		}
	}
	return w
}

// see takes what the kernel function tells that a thread sleeps in; it does
// not depend on the architecture.
func (w *waiting) see(dir string, at scan.Opt[string]) {
	wchan, ok := at.Get()
	if !ok {
		return
	}
	switch kernelFunction(wchan) {
	case "do_sigtimedwait":
		w.sigwait = &Evidence{dir + "wchan", "", wchan}
	case "do_wait":
		w.some = &Evidence{dir + "wchan", "", wchan}
	}
}

// idle reports whether no thread was seen waiting for a child or a signal.
func (w *waiting) idle() bool {
	return w.any == nil && w.one == nil && w.some == nil && w.sigwait == nil
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
	return r.known && r.fdKnown && w.known && w.sigwait == nil && w.some == nil && !r.blocked && !r.fd && (!r.caught || r.isGo)
}
