package observe

import (
	"strings"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// PID1 is the verdict on a PID 1: is it an init?
type PID1 struct {
	Process    *facts.Process
	Command    string   // see CommandOf
	Known      *Program // the program of that name; nil: it is unknown
	IsGo       bool     // by its handlers
	Init       Answer
	Reaps      Answer // does it reap the orphans that it adopts?
	ReapsBasis Basis
	// ForwardsSigterm: does SIGTERM sent to it reach the program it is there for?
	ForwardsSigterm Answer
	SigtermBasis    Basis
	Evidence        []Evidence
}

// IsInit reports whether it is an init that reaps the orphans that it adopts.
func (v *PID1) IsInit() bool { return v != nil && v.Init == Yes && v.Reaps == Yes }

// Verdicts answers what processes do with the orphans that they adopt.
type Verdicts struct {
	looks   *Looks
	waits   *Waits
	halts   *Halts
	parents *Parents
	reaping *Reaping
}

// OnPID1 judges a PID 1.
func (q *Verdicts) OnPID1(p *facts.Process) *PID1 {
	v := &PID1{Process: p, Command: CommandOf(p)}
	if p.State == facts.Zombie { // and its namespace with it
		ended := Basis{Kind: HasEnded}
		v.Init, v.Reaps, v.ReapsBasis, v.ForwardsSigterm, v.SigtermBasis = Unknown, Unknown, ended, Unknown, ended
		return v
	}
	chld := Receives(p, facts.SIGCHLD)
	v.Known, v.IsGo = ProgramOf(p), chld.IsGo
	v.Reaps, v.ReapsBasis = q.Reaps(p)
	v.ForwardsSigterm, v.SigtermBasis = q.forwards(p, v.Known)
	v.Init = isInit(v)
	v.Evidence = append(chld.Evidence, Reaped(p))
	return v
}

// Reaps answers: does it reap the orphans that it adopts? Evidence comes first,
// then behavior that leaves no doubt, then its name, then the rest.
func (q *Verdicts) Reaps(p *facts.Process) (Answer, Basis) {
	known, w, chld := ProgramOf(p), q.waits.Of(p), Receives(p, facts.SIGCHLD)
	halted := q.halts.Of(p) != nil
	par := q.parents.ByPID[p.PID]
	if par != nil && par.Lasting && !halted && !q.reaping.TooSlow(par) && par.Adopted+par.UnknownOrigin > 0 {
		if par.UnknownOrigin == 0 {
			return No, Basis{Kind: KeepsOrphans, Count: par.Adopted}
		}
		return No, Basis{Kind: KeepsZombies, Count: par.Adopted + par.UnknownOrigin}
	}
	switch {
	case p.Lingers():
		return Unknown, Basis{Kind: Lingers}
	case par != nil && q.reaping.TooSlow(par) && q.reaping.Late(par):
		return Yes, Basis{Kind: SeenLate}
	case par != nil && q.reaping.TooSlow(par):
		return Yes, Basis{Kind: SeenBehind}
	case q.looks.Reapings[p.PID].Orphans > 0:
		return Yes, Basis{Kind: SeenReapingOrphans}
	case chld.Known && chld.Ignored:
		return Yes, Basis{Kind: IgnoresSIGCHLD}
	case w.Any != nil && (known == nil || known.Reaps != Yes):
		return Yes, Basis{Kind: WaitsForAny}
	case known != nil && known.Reaps != Unknown:
		return known.Reaps, Basis{Kind: KnownProgram, Program: known}
	case chld.Deaf(w) && w.One == nil && !halted:
		if HasReaped(q.looks.Snapshot, p) {
			return No, Basis{Kind: HearsNothing}
		}
		return No, Basis{Kind: NeverWaited}
	case known != nil && !known.IsInit():
		return Unknown, Basis{Kind: KnownProgram, Program: known}
	case HasReaped(q.looks.Snapshot, p):
		return Unknown, Basis{Kind: OrphansUnknown}
	default:
		return Unknown, Basis{Kind: NotSeen}
	}
}

// forwards answers: does SIGTERM sent to it reach the program it is there for?
func (q *Verdicts) forwards(p *facts.Process, known *Program) (Answer, Basis) {
	w, term := q.waits.Of(p), Receives(p, SIGTERM)
	named := known != nil && known.Sigterm != Unknown
	switch {
	case p.Lingers():
		return Unknown, Basis{Kind: Lingers}
	case term.Known && term.Caught && known != nil && known.Kind == Shell:
		return Unknown, Basis{Kind: ShellTrap}
	case named && known.Sigterm == Yes && (known.IsInit() || !term.Deaf(w) || term.IsGo):
		return Yes, Basis{Kind: KnownProgram, Program: known}
	case term.Known && term.Caught && known != nil && known.OwnHandler:
		return Unknown, Basis{Kind: RuntimeHandler}
	case term.Known && term.IsGo:
		return Yes, Basis{Kind: GoHandler}
	case term.Known && term.Caught:
		return Yes, Basis{Kind: HasHandler}
	case term.FD:
		return Yes, Basis{Kind: ReadsSignalfd}
	case named && known.Sigterm == No:
		return No, Basis{Kind: PassesNothing, Program: known}
	case term.Deaf(w):
		return No, Basis{Kind: NoHandler}
	case term.Blocked || w.Sigwait != nil:
		return Unknown, Basis{Kind: MayWaitForIt}
	default:
		return Unknown, Basis{Kind: NotSeen}
	}
}

// Title is the name of the program without the * of the table: "tini".
func (p *Program) Title() string { return strings.TrimSuffix(p.Name, "*") }

// isInit answers whether it is an init: made for it, and seen doing no less.
func isInit(v *PID1) Answer {
	switch {
	case v.Reaps == No:
		return No
	case v.Known != nil && v.Known.IsInit():
		return Yes
	case v.Known != nil:
		return No
	case v.Reaps == Yes && v.ForwardsSigterm == Yes:
		return Yes
	default:
		return Unknown
	}
}

// Basis is what an answer about a process rests on.
type Basis struct {
	Kind BasisKind
	// Count is of zombies or orphans. Program is the name of a known program: see
	// the kinds.
	Count   int
	Program *Program
}

// BasisKind says which basis it is.
type BasisKind int

// What an answer may rest on.
const (
	NotSeen      BasisKind = iota // the facts that were read do not decide
	HasEnded                      // it is a zombie
	Lingers                       // it has exited, and waits for the rest of its PID namespace
	KnownProgram                  // Program: what that is known to do
	KeepsZombies
	KeepsOrphans
	SeenLate           // at work
	SeenBehind         // at work
	SeenReapingOrphans // at work
	IgnoresSIGCHLD     // the kernel reaps for it
	WaitsForAny        // a thread waits for any child
	HearsNothing       // no thread waits, and nothing would notify it of the signal
	NeverWaited        // the same, and it has never waited for a child
	OrphansUnknown     // it has waited for children; whether also for orphans is unknown

	HasHandler
	GoHandler      // the Go runtime's
	RuntimeHandler // the runtime's own, which may not end a PID 1
	ShellTrap
	ReadsSignalfd
	PassesNothing // Program: no such program passes a signal on
	NoHandler
	MayWaitForIt // the kernel does not show which signals a thread waits for
)
