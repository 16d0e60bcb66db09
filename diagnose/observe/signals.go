package observe

import (
	"fmt"
	"math/bits"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// goSignals is the number of caught signals from which on a program is taken
// for one written in Go: the runtime installs a handler for nearly every
// signal (an idle Go program shows fffffffd7fc1fefd, 56 of them), no matter
// what the program does with them.
const goSignals = 50

// Reception is how a signal would be received by a process.
type Reception struct {
	Known    bool // the masks of every thread were read
	Caught   bool
	Ignored  bool
	Blocked  bool // in some thread
	FD       bool // read through a signalfd
	FDKnown  bool // the descriptors could be looked at
	IsGo     bool
	Evidence []Evidence // of the masks; none when they are not known
}

// Receives looks at the masks of a process (proc_pid_status(5)). SigBlk is each thread's own.
func Receives(p *facts.Process, signal int) Reception {
	of := Deep(p)
	st, ok := of.Status.Get()
	caught, ok1 := st.SigCgt.Get()
	ignored, ok2 := st.SigIgn.Get()
	blocked, ok3 := st.SigBlk.Get()
	threads, listed := of.Threads.Get()
	r := Reception{
		Known:   ok && ok1 && ok2 && ok3 && listed,
		Caught:  facts.HasSignal(caught, signal),
		Ignored: facts.HasSignal(ignored, signal),
		Blocked: facts.HasSignal(blocked, signal),
		IsGo:    bits.OnesCount64(caught) >= goSignals,
	}
	if ok1 {
		r.Evidence = []Evidence{StatusMask(p.PID, "SigCgt", caught)}
	}
	for _, t := range threads {
		ts, ok := t.Status.Get()
		if mask, ok2 := ts.SigBlk.Get(); ok && ok2 {
			r.Blocked = r.Blocked || facts.HasSignal(mask, signal)
		}
	}
	fds, ok := of.FDs.Get()
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

// Deaf reports whether the process surely has no means of noticing the signal.
func (r Reception) Deaf(w Waiting) bool {
	return r.Known && r.FDKnown && w.Known && w.Sigwait == nil && w.Some == nil && w.Vfork == nil && !r.Blocked && !r.FD && (!r.Caught || r.IsGo)
}

// Signalfds points at the descriptors of a process that a signal is read from
// (/proc/PID/fdinfo/FD sigmask).
func Signalfds(p *facts.Process, signal int) []Evidence {
	var ev []Evidence
	fds, _ := p.Deep.FDs.Get()
	for _, fd := range fds {
		if mask, ok := fd.Sigmask.Get(); ok && facts.HasSignal(mask, signal) {
			ev = append(ev, FDInfo(p.PID, fd.FD, "sigmask", fmt.Sprintf("%016x", mask)))
		}
	}
	return ev
}

// Hearing answers whether a process would notice SIGCHLD.
type Hearing struct {
	Answer Answer
	Basis  HearingBasis
}

// HearingBasis says what the answer rests on.
type HearingBasis int

// The possible grounds of the answer.
const (
	NotKnown HearingBasis = iota
	ByHandler
	BySignalfd
	BySigwait
	IsIgnored
	GoNeverWaited // its handlers are the Go runtime's, and it has never waited for a child
	ByGo          // its handlers are the Go runtime's
	ByNothing     // no handler, no signalfd, no thread that waits
)

// HearsSIGCHLD answers whether a process would notice SIGCHLD. It does not say
// whether it would wait then.
func HearsSIGCHLD(s *facts.Snapshot, q *Waits, p *facts.Process) Hearing {
	chld, w := Receives(p, facts.SIGCHLD), q.Of(p)
	switch {
	case chld.Caught && !chld.IsGo:
		return Hearing{Yes, ByHandler}
	case chld.FD:
		return Hearing{Yes, BySignalfd}
	case w.Sigwait != nil:
		return Hearing{Yes, BySigwait}
	case chld.Ignored:
		return Hearing{No, IsIgnored}
	case chld.IsGo && !HasReaped(s, p):
		return Hearing{No, GoNeverWaited}
	case chld.IsGo:
		return Hearing{Unknown, ByGo}
	case chld.Deaf(w):
		return Hearing{No, ByNothing}
	default:
		return Hearing{Unknown, NotKnown}
	}
}

// stuck reports whether SIGCHLD is pending and blocked in every thread, by one
// look; known: the look could decide.
func stuck(status facts.Opt[facts.Status], threads facts.Opt[[]facts.Thread]) (stuck, known bool) {
	st, ok := status.Get()
	pending, ok2 := st.ShdPnd.Get()
	list, ok3 := threads.Get()
	if !ok || !ok2 || !ok3 || len(list) == 0 {
		return false, false
	}
	if !facts.HasSignal(pending, facts.SIGCHLD) {
		return false, true
	}
	for i := range list {
		if ts, ok := list[i].Stat.Get(); ok && (ts.State == facts.Zombie || ts.State == facts.Dead) {
			continue
		}
		ts, _ := list[i].Status.Get()
		blocked, ok := ts.SigBlk.Get()
		if !ok {
			return false, false
		}
		if !facts.HasSignal(blocked, facts.SIGCHLD) {
			return false, true
		}
	}
	return true, true
}

// StuckTwice reports whether SIGCHLD was pending for a process and blocked in
// every thread in both looks, while no thread waited for anything that could
// make up for it.
func StuckTwice(s *facts.Snapshot, q *Waits, p *facts.Process) bool {
	if p.Deep == nil || !Twice(s, p.PID) {
		return false
	}
	again, ok := s.Again.Procs[p.PID]
	if !ok || again.StartTicks != p.StartTicks {
		return false
	}
	threads, _ := again.Threads.Get()
	first, second := q.Of(p), q.OfThreads(p, threads, true)
	before, ok1 := stuck(p.Deep.Status, p.Deep.Threads)
	after, ok2 := stuck(again.Status, again.Threads)
	return ok1 && ok2 && before && after && first.Known && second.Known && first.Idle() && second.Idle()
}
