package observe

import (
	"math/bits"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// goSignals is the number of caught signals from which on a program is taken
// for one written in Go: the runtime installs a handler for nearly every
// signal (an idle Go program shows fffffffd7fc1fefd, 56 of them), no matter
// what the program does with them.
const goSignals = 50

// looksLikeGo reports whether the handlers are those of the Go runtime, so
// that a handler for SIGCHLD says nothing.
func looksLikeGo(caught uint64) bool { return bits.OnesCount64(caught) >= goSignals }

// Reception is how a signal would be received by a process.
type Reception struct {
	Known   bool // the masks of every thread were read
	Caught  bool
	Ignored bool
	Blocked bool // in some thread
	FD      bool // read through a signalfd
	// FDKnown: the descriptors could be looked at.
	FDKnown  bool
	IsGo     bool
	Evidence []Evidence // of the masks; none when they are not known
}

// Receives looks at the masks of a process (proc_pid_status(5)). SigBlk is
// each thread's own.
func Receives(p *facts.Process, signal int) Reception {
	if p == nil || p.Deep == nil {
		return Reception{}
	}
	st, ok := p.Deep.Status.Get()
	caught, ok1 := st.SigCgt.Get()
	ignored, ok2 := st.SigIgn.Get()
	blocked, ok3 := st.SigBlk.Get()
	r := Reception{
		Known:   ok && ok1 && ok2 && ok3,
		Caught:  facts.HasSignal(caught, signal),
		Ignored: facts.HasSignal(ignored, signal),
		Blocked: facts.HasSignal(blocked, signal),
		IsGo:    looksLikeGo(caught),
	}
	if ok1 {
		r.Evidence = []Evidence{StatusMask(p.PID, "SigCgt", caught)}
	}
	if threads, ok := p.Deep.Threads.Get(); ok {
		for _, t := range threads {
			ts, ok := t.Status.Get()
			if mask, ok2 := ts.SigBlk.Get(); ok && ok2 {
				r.Blocked = r.Blocked || facts.HasSignal(mask, signal)
			}
		}
	} else {
		r.Known = false
	}
	fds, ok := p.Deep.FDs.Get()
	r.FDKnown = ok
	for _, fd := range fds {
		if mask, ok := fd.Sigmask.Get(); ok && facts.HasSignal(mask, signal) {
			r.FD = true
		}
	}
	return r
}

// Noticed reports whether the program itself gets to know of the signal: by a
// handler of its own, or through a signalfd.
func (r Reception) Noticed() bool { return r.Caught && !r.IsGo || r.FD }

// Deaf reports whether the process can be told to have no means of noticing
// the signal.
func (r Reception) Deaf(w Waiting) bool {
	return r.Known && r.FDKnown && w.Known && w.Sigwait == nil && w.Some == nil && w.Vfork == nil && !r.Blocked && !r.FD && (!r.Caught || r.IsGo)
}
