package observe

import "github.com/zombiectl/zombiectl/scan/facts"

// HaltKind says what keeps a process from doing anything.
type HaltKind int

// The kinds of halt.
const (
	Unhalted        HaltKind = iota
	Stopped                  // by a signal (T)
	HeldByTracer             // a debugger holds it (t)
	Frozen                   // with its cgroup
	Uninterruptible          // it sleeps in the kernel (D)
)

// Halt is what keeps a process from doing anything, so that it says nothing
// about the program that it does not reap.
type Halt struct {
	Kind      HaltKind
	Sure      bool // it is not a transient state. Where it may be one, nothing else is set.
	Certainty Certainty
	Evidence  []Evidence
	Tracer    *Tracer        // of HeldByTracer; nil: it is not known
	Freezer   *facts.Freezer // of Frozen; nil: its cgroup is out of sight
	Wchan     string         // of Uninterruptible; "": unknown
}

// Halts finds what keeps processes from doing anything.
type Halts struct {
	looks   *Looks
	waits   *Waits
	tracers *Tracers
	forks   *Forks
}

// Of finds what keeps a process from doing anything; nil: nothing does. The
// first that applies is the one to undo first.
func (q *Halts) Of(p *facts.Process) *Halt {
	state := p.State
	twice := Twice(q.looks.Snapshot, p.PID)
	if last, ok := LastLook(q.looks.Snapshot, p); ok && last.State != state {
		return nil // it moves
	}
	certainty := CertainIf(twice)
	frozen := FrozenBy(p)
	switch {
	case (state == facts.Traced || state == facts.Uninterruptible) && q.waits.Of(p).Any != nil:
		return nil // that is one thread, and another waits
	case state == facts.Traced:
		h := &Halt{Kind: HeldByTracer, Sure: true, Certainty: certainty, Evidence: []Evidence{Stat(p.PID, "t", "state", 3)}}
		if t := q.tracers.Of(p); t != nil {
			h.Tracer = t
			h.Evidence = append(h.Evidence, t.Evidence)
		}
		return h
	case state == facts.Stopped:
		return &Halt{Kind: Stopped, Sure: true, Certainty: Certain, Evidence: []Evidence{Stat(p.PID, "T", "state", 3)}}
	case frozen != nil:
		return &Halt{Kind: Frozen, Sure: true, Certainty: Certain, Freezer: frozen, Evidence: FreezerEvidence(frozen)}
	case inFreezer(p):
		wchan, _ := WchanOf(p)
		return &Halt{Kind: Frozen, Sure: true, Certainty: Likely, Evidence: []Evidence{ProcFile(p.PID, "wchan", wchan)}}
	case state == facts.Uninterruptible && q.waits.Of(p).Vfork == nil:
		h := &Halt{Kind: Uninterruptible}
		if !twice || !q.vforkRuledOut(p) {
			return h
		}
		h.Sure, h.Certainty = true, certainty
		h.Evidence = []Evidence{Stat(p.PID, "D", "state", 3).At(BothLooks)}
		if wchan, ok := WchanOf(p); ok {
			h.Wchan = wchan
			h.Evidence = append(h.Evidence, ProcFile(p.PID, "wchan", wchan))
		} else {
			h.Certainty = Likely
		}
		return h
	}
	return nil
}

// vforkRuledOut reports whether it is certain that a process is not suspended by
// a child that it started with vfork(2), which looks like waiting for a device.
// Where the kernel does not show what it sleeps in, it is enough that every
// running child has called execve.
func (q *Halts) vforkRuledOut(p *facts.Process) bool {
	_, known := WchanOf(p)
	return known || q.forks.Youngest(p) == nil
}

// FrozenBy returns the cgroup that froze a process; nil: none is known to have.
func FrozenBy(p *facts.Process) *facts.Freezer {
	freezers := Deep(p).Freezers
	for i := range freezers {
		if f := &freezers[i]; f.Frozen {
			return f
		}
	}
	return nil
}

// FreezerEvidence points at the file that shows that a cgroup is frozen. A
// cgroup may have any name: where it is not a plain path, the file that froze it
// is left out.
func FreezerEvidence(f *facts.Freezer) []Evidence {
	ev := []Evidence{{File: "/" + f.File, Fields: Fields{Name: f.Field}, Value: f.Value}}
	if f.By != "" && PlainPath(f.By) {
		ev = append(ev, Evidence{File: "/" + f.By, Value: "1"})
	}
	return ev
}

// inFreezer reports whether a process sleeps where frozen ones do, for when its
// cgroup is out of sight: get_signal, with the trap of the v2 freezer inlined,
// or the refrigerator of v1.
func inFreezer(p *facts.Process) bool {
	if len(Deep(p).Freezers) > 0 {
		return false
	}
	wchan, _ := WchanOf(p)
	switch KernelFunction(wchan) {
	case "get_signal", "do_freezer_trap", "__refrigerator":
		return p.State == facts.Sleeping || p.State == facts.Uninterruptible
	}
	return false
}
