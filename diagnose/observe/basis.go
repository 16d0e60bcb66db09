package observe

// Basis is what an answer about a process rests on.
type Basis struct {
	Kind BasisKind
	// Count is of zombies or orphans, Program what it is known as: see the
	// kinds.
	Count   int
	Program *Program
}

// BasisKind says which basis it is.
type BasisKind string

// What an answer may rest on.
const (
	NotSeen      BasisKind = "not-seen"  // what was read does not tell
	HasEnded     BasisKind = "has-ended" // it is a zombie
	Lingers      BasisKind = "lingers"   // it has ended, and waits for the rest of its PID namespace
	KnownProgram BasisKind = "program"   // Program: what that is known to do
	KeepsZombies BasisKind = "keeps-zombies"
	KeepsOrphans BasisKind = "keeps-orphans"
	// Seen at work: late, behind, or reaping orphans.
	SeenLate           BasisKind = "seen-late"
	SeenBehind         BasisKind = "seen-behind"
	SeenReapingOrphans BasisKind = "seen-reaping-orphans"
	IgnoresSIGCHLD     BasisKind = "ignores-sigchld" // the kernel reaps for it
	WaitsForAny        BasisKind = "waits-for-any"   // a thread waits for any child
	HearsNothing       BasisKind = "hears-nothing"   // no thread waits, and nothing would tell it of the signal
	NeverWaited        BasisKind = "never-waited"    // the same, and it has never waited for a child
	OrphansUnknown     BasisKind = "orphans-unknown" // it has waited for children; whether also for orphans is unknown

	HasHandler     BasisKind = "has-handler"
	GoHandler      BasisKind = "go-handler"      // the Go runtime's
	RuntimeHandler BasisKind = "runtime-handler" // the runtime's own, which may not end a PID 1
	ShellTrap      BasisKind = "shell-trap"
	ReadsSignalfd  BasisKind = "signalfd"
	PassesNothing  BasisKind = "passes-nothing" // Program: no such program passes a signal on
	NoHandler      BasisKind = "no-handler"
	MayWaitForIt   BasisKind = "may-wait" // which signals a thread waits for the kernel does not tell
)
