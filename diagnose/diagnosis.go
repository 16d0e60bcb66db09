// Package diagnose judges a scan.Snapshot: which zombies are not being reaped,
// who ought to reap them, why that does not happen and what would help. It is
// pure: no I/O, no clock, no environment. The same snapshot always gives the
// same diagnosis.
package diagnose

import (
	"time"

	"github.com/zombiectl/zombiectl/scan"
)

// Severity says how much a finding matters.
type Severity int

// The severities, from no concern to the gravest.
const (
	OK Severity = iota
	Info
	Warning
	Critical
)

func (s Severity) String() string {
	return [...]string{"ok", "info", "warning", "critical"}[s]
}

// Certainty says how sure a finding is.
type Certainty string

// The certainties.
const (
	Certain  Certainty = "certain"
	Likely   Certainty = "likely"
	Possible Certainty = "possible"
)

// Answer is the answer to a question that evidence may leave open.
type Answer string

// The answers. Unknown is an answer in its own right.
const (
	Yes     Answer = "yes"
	No      Answer = "no"
	Unknown Answer = "unknown"
)

// Origin tells a parent's own children from those it was given.
type Origin string

// The origins of a zombie.
const (
	Own           Origin = "own"
	Adopted       Origin = "adopted"
	UnknownOrigin Origin = "unknown"
)

// Diagnosis is what a snapshot means.
type Diagnosis struct {
	Snapshot   *scan.Snapshot
	Sentence   string // the line for the ticket
	Processes  int    // in view
	Transient  int    // zombies that were gone at the second look
	Severity   Severity
	Namespaces []Namespace // ordered by the PID of their PID 1
	Parents    []Parent    // most zombies first
	Zombies    []Zombie    // ordered by PID; the transient ones are not in it
	Findings   []Finding   // gravest first, then by rule, zombies and subject
	// Limits are those that apply to the parents of zombies, the tightest
	// first; nil when there is no zombie, and nobody looked.
	Limits []Limit
	// LimitsAbove: the cgroups in view begin inside of a container. Those above
	// it may have tighter limits.
	LimitsAbove bool
	Stand       Stand // where the look was taken from
	// Containers are those with zombies, most first; with AllNamespaces all
	// that were found.
	Containers []ContainerGroup
	// Filter is what the diagnosis was restricted to. Elsewhere zombies were
	// left out on that account, and Unattributed of which cannot be told
	// whether they belong to it.
	Filter                  Filter
	Elsewhere, Unattributed int
	// Matched: something in view is in a container that Filter names.
	Matched bool
	// InitWouldHelp answers for all zombies in view together: as for the parent
	// with most of them.
	InitWouldHelp Answer
	InitWhy       string // one sentence; "": there are none
	// Blind: processes could not be seen (Z901): "no zombies" cannot be said.
	Blind bool
	// Since is what changed since an earlier look; nil: it was compared with
	// none. Set by who asked Compare.
	Since *Comparison

	exam *exam // answers further questions: Heirs, HearsSIGCHLD
}

// Namespace is a PID namespace with the verdict on its PID 1.
type Namespace struct {
	// ID is the inode of the namespace, as readlink of /proc/PID/ns/pid shows.
	ID scan.Opt[uint64]
	// PID1 is the process that is PID 1 inside, under its PID as we see it.
	// nil: not in view.
	PID1 *PID1
	// Ours: the namespace of the procfs that was read.
	Ours bool
	// Host: the initial namespace of the machine.
	Host    bool
	Zombies int
	// Container is that of its PID 1; nil: unknown.
	Container *Container
}

// PID1 is the verdict on a PID 1: is it an init?
type PID1 struct {
	Process *scan.Process
	Command string // see CommandOf
	// Program is what the program is known as ("tini", "a shell"); "" when
	// the name table does not know it.
	Program string
	Init    Answer
	// Reaps: does it reap the orphans that it adopts? Why says what that
	// answer rests on, in a few words.
	Reaps    Answer
	ReapsWhy string
	// ForwardsSigterm: does SIGTERM sent to it reach the program it is there
	// for?
	ForwardsSigterm    Answer
	ForwardsSigtermWhy string
	Evidence           []Evidence
}

// Parent is a process with zombies that nobody reaps.
type Parent struct {
	// Process is nil when the parent is not in view.
	Process       *scan.Process
	PID           int // 0: outside of this PID namespace
	Command       string
	IsPID1        bool // of its own PID namespace
	Zombies       int  // that are held against it; of the exonerating Z102 to Z105 are not
	Held          int  // zombies below it that it cannot reap (Z102 to Z104)
	Adopted       int
	Own           int
	UnknownOrigin int
	// Container is the one it is in; nil: unknown.
	Container *Container
	// InitWouldHelp: would an init as PID 1 of its namespace reap these?
	InitWouldHelp Answer
	InitWhy       string   // one sentence
	Rules         []string // primary cause first
	// Certainty is of the primary cause; "" where none was found.
	Certainty Certainty
	Why       string // the cause in a few words, for a table
	// Oldest and Newest are the ages of the zombies held against it that died
	// first and last.
	Oldest, Newest scan.Age
	Rate           Rate
	Timeline       *Timeline // nil: fewer than five deaths whose time is known

	whys           map[string]string // the cause in a few words, by rule
	zombies        []*Zombie         // those that are held against it
	deaths         []scan.Age        // of these, where known; the longest ago first
	adoptedForSure int
	lasting        bool // one of them is
}

// Zombie is a process that has ended and was still there at the second look.
type Zombie struct {
	Process    *scan.Process
	PPID       int // at the last look
	Origin     Origin
	OriginSure Certainty // of Origin, when that is known
	OriginWhy  string
	Rules      []string // Z102 to Z105: it is not the parent's fault
	Age        scan.Age
	Exit       scan.Opt[scan.Exit]
	// Container is the one that it was in; nil: unknown.
	Container *Container

	// lasting: it was there in two looks, or has been dead for longer than a
	// parent that reaps takes.
	lasting bool
}

// Finding is one thing that a rule found.
type Finding struct {
	Rule      string // "Z301"
	Name      string // "pid1-not-reaping"
	Severity  Severity
	Certainty Certainty
	// Subject is the process that it is about; PID 0: none.
	Subject scan.ID
	Comm    string // of the subject
	Message string
	// Zombies counts the zombies that the finding is about.
	Zombies  int
	Evidence []Evidence
	Missing  []scan.Unread
	Advice   []string

	why string // about a parent: the cause in a few words, for a table
	// alsoAbout are the processes that it is about beside its subject.
	alsoAbout []int
}

// Evidence is a place to look and what was there, so that anybody can check.
type Evidence struct {
	File  string // "/proc/1/status"
	Field string // "SigCgt", "field 11 (cminflt)"
	Value string
}

// StartTime returns when the process started: boot time plus its start ticks.
func (d *Diagnosis) StartTime(p *scan.Process) (time.Time, bool) {
	return d.Snapshot.StartTime(p)
}
