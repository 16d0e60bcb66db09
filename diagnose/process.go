package diagnose

import "github.com/zombiectl/zombiectl/scan/facts"

// Question is what there is to ask about one process.
type Question string

// The questions. Of a zombie: why has nobody reaped it? Of any other process:
// does it reap its children?
const (
	WhyStillHere Question = "why-still-here"
	DoesItReap   Question = "does-it-reap"
)

// Process is the answer about one process, with the chain of its ancestors.
type Process struct {
	Diagnosis *Diagnosis // of the whole, of which this is a part
	Process   *facts.Process
	Question  Question
	Sentence  string
	// Zombie is nil when it is none, or a passing one.
	Zombie *Zombie
	// Reaps: does it reap its children, and as PID 1 also what it adopts? For a
	// zombie it is the answer about its parent. Why says what it rests on.
	Reaps Answer
	Why   string
	// InitWouldHelp: would an init as PID 1 reap the zombies that this is about?
	InitWouldHelp Answer
	InitWhy       string
	Chain         []Link // from the top to the process itself
	// Namespaces are those that the chain passes, from the outermost; of one
	// whose PID 1 is not in view only the ID is known.
	Namespaces []Namespace
	// Adopter is who gets its children when it ends; nil: it is unknown.
	Adopter *Heir
	// Findings are those about it and the parent of a zombie, and about what
	// could not be seen.
	Findings []Finding
	Unread   []facts.Unread
}

// Link is one process of the chain, and what it is seen doing about children.
type Link struct {
	Process *facts.Process
	Command string
	Role    string // "PID 1", "subreaper", "parent", "zombie", "kernel thread"; "": none
	// NSPID is its PID in its own PID namespace, PIDNS the inode of that.
	NSPID   facts.Opt[int]
	PIDNS   facts.Opt[uint64]
	Living  int // children
	Zombies int
	// HasReaped: it has waited for a child, at some time in its life or in the
	// life of what it was before it executed its program.
	HasReaped bool
	// Sigchld is how it would receive SIGCHLD: default, ignored, caught, blocked
	// (in some thread) or signalfd; "": unknown.
	Sigchld string
	// WaitsFor is any-child, one-child, child, signal or nothing; "": unknown.
	// Detail says it for people.
	WaitsFor string
	Detail   string
	Evidence []Evidence
}
