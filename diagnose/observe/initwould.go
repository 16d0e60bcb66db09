package observe

import (
	"slices"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// InitHelp answers whether an init as PID 1 of the namespace of a parent would
// reap the zombies of that parent.
type InitHelp struct {
	Answer Answer
	Reason InitReason
	// Halt is what keeps PID 1 from doing anything, where it is an init or PID 1
	// that is halted.
	Halt HaltKind
	// There is the PID 1 over a parent below it, where that is an init that reaps;
	// nil: it is not.
	There *PID1
}

// InitCounts are zombies, by the answer whether an init would clear them.
type InitCounts struct{ Yes, No, Unknown int }

// Cleared answers for each zombie of the parent that h is about.
func (h InitHelp) Cleared(p *Parent) InitCounts {
	switch {
	case h.Reason == SomeAdopted:
		return InitCounts{Yes: p.Adopted, No: p.Own, Unknown: p.UnknownOrigin}
	case h.Answer == Yes:
		return InitCounts{Yes: p.Zombies}
	case h.Answer == No:
		return InitCounts{No: p.Zombies}
	default:
		return InitCounts{Unknown: p.Zombies}
	}
}

// OnlyParent reports whether the answer rests on this: nobody but a running parent,
// which is not PID 1, can reap.
func (h InitHelp) OnlyParent() bool {
	return h.Reason == InitIsThere || h.Reason == ParentLives || h.Reason == ListedOwn
}

// InitReason says what the answer rests on.
type InitReason int

// The reasons.
const (
	// Nobody asked: there are no zombies.
	NoReason InitReason = iota
	ParentNotSeen
	KernelsChild
	PID1NotSeen
	InitIsThere    // a good one; the parent is running
	BySubreaper    // which adopts before PID 1 does
	ParentLives    // and only it can reap them
	InitHalted     // Halt says how
	InitTooSlow    //
	InitFails      // by its name it is one
	ReapsLate      //
	PID1StartedAll // itself
	PID1Halted     // Halt says how
	AllAdopted     //
	SomeAdopted    // and of the others it is not known
	OriginUnknown  //
	// Of a list of processes.
	ListedOwn   // by its children's names
	ListedPlain // it is the PID 1 of no container
	ListedMaybe // it may be the PID 1 of a container
)

// InitHelps answers it for parents.
type InitHelps struct {
	looks   *Looks
	halts   *Halts
	reaping *Reaping
	spaces  *Namespaces
}

// For answers it for the zombies of one parent.
func (q *InitHelps) For(p *Parent) InitHelp {
	h := q.reason(p)
	if p.Process != nil && !p.IsPID1 {
		if over := q.spaces.Over(p.Process); over.IsInit() {
			h.There = over
		}
	}
	return h
}

func (q *InitHelps) reason(p *Parent) InitHelp {
	h := q.byFacts(p)
	if proc := p.Process; proc == nil || proc.Listed == nil || p.OwnDuty() == 0 || proc.KernelThread() || q.halts.Of(proc) != nil || q.reaping.TooSlow(p) {
		return h
	}
	// Of a parent in a list little is known but its name, and that it is running.
	switch {
	case p.Own == p.Zombies:
		return InitHelp{Answer: No, Reason: ListedOwn}
	case q.startedPlainly(p):
		return InitHelp{Answer: No, Reason: ListedPlain}
	default:
		return InitHelp{Answer: h.Answer, Reason: ListedMaybe}
	}
}

// namespaceMakers start, beside engines and their shims, the first process of a PID namespace.
var namespaceMakers = []string{"runc", "crun", "youki", "systemd-nspawn", "unshare", "bwrap", "nsenter"}

// startedPlainly reports whether a parent is surely not the PID 1 of any
// namespace, by who started it.
func (q *InitHelps) startedPlainly(p *Parent) bool {
	up := q.looks.Find(p.Process.PPID)
	return up != nil && !up.KernelThread() && !IsShim(up) && !facts.IsEngine(up.Comm) && !slices.Contains(namespaceMakers, up.Comm)
}

func (q *InitHelps) byFacts(p *Parent) InitHelp {
	proc := p.Process
	switch {
	case proc == nil:
		return InitHelp{Answer: Unknown, Reason: ParentNotSeen}
	case proc.KernelThread():
		return InitHelp{Answer: No, Reason: KernelsChild}
	case q.looks.PID1s.Of(proc) == nil:
		return InitHelp{Answer: Unknown, Reason: PID1NotSeen}
	case p.IsPID1:
		return q.forPID1(p)
	case q.spaces.Over(proc).IsInit():
		return InitHelp{Answer: No, Reason: InitIsThere}
	case p.Adopted > 0:
		return InitHelp{Answer: No, Reason: BySubreaper}
	default:
		return InitHelp{Answer: No, Reason: ParentLives}
	}
}

// forPID1 answers it where PID 1 itself keeps zombies.
func (q *InitHelps) forPID1(p *Parent) InitHelp {
	halt := q.halts.Of(p.Process)
	if known := ProgramOf(p.Process); known != nil && known.IsInit() && known.Reaps == Yes {
		switch {
		case halt != nil:
			return InitHelp{Answer: No, Reason: InitHalted, Halt: halt.Kind}
		case q.reaping.TooSlow(p):
			return InitHelp{Answer: No, Reason: InitTooSlow}
		}
		return InitHelp{Answer: No, Reason: InitFails}
	}
	switch {
	case q.reaping.Late(p):
		return InitHelp{Answer: No, Reason: ReapsLate}
	case p.Own == p.Zombies && p.Own > 0:
		return InitHelp{Answer: No, Reason: PID1StartedAll}
	case halt != nil:
		return InitHelp{Answer: Unknown, Reason: PID1Halted, Halt: halt.Kind}
	case p.UnknownOrigin == 0 && p.Own == 0:
		return InitHelp{Answer: Yes, Reason: AllAdopted}
	case p.Adopted > 0:
		return InitHelp{Answer: Yes, Reason: SomeAdopted}
	default:
		return InitHelp{Answer: Unknown, Reason: OriginUnknown}
	}
}
