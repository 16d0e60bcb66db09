// Package diagnose judges a snapshot: which zombies are not being reaped, who
// ought to reap them, why that does not happen and what would help. It asks
// (observe), holds the answers against the catalogue (rule), and concludes. It is
// pure: no I/O, no clock, no environment. The same snapshot always gives the same
// diagnosis.
package diagnose

import (
	"time"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/rule"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// Diagnosis is what a snapshot means. Its texts were rendered from its typed
// fields, and are for people only.
type Diagnosis struct {
	Snapshot   *facts.Snapshot
	Sentence   string // the line for the ticket
	Processes  int    // seen
	Transient  int    // zombies that were gone at the second look
	Severity   Severity
	Namespaces []Namespace // ordered by the PID of their PID 1
	Parents    []Parent    // most zombies first
	Zombies    []Zombie    // ordered by PID; the transient ones are not in it
	Findings   []Finding   // gravest first, then by rule, zombies and subject
	// Limits are those that apply to the parents of zombies, the tightest first;
	// nil when there are no zombies, and nobody looked.
	Limits []Limit
	// LimitsAbove: the cgroups that we see begin inside of a container. Those
	// above it may have tighter limits.
	LimitsAbove bool
	Viewpoint   observe.Viewpoint // where the look was taken from
	// Containers are those with zombies, most first; with AllNamespaces all that were found.
	Containers []ContainerGroup
	// Filter is what the diagnosis was restricted to. Elsewhere zombies were
	// left out on that account, and Unattributed of which it is unknown whether
	// they belong to it.
	Filter                  Filter
	Elsewhere, Unattributed int
	Matched                 bool // something visible is in a container that Filter names
	// InitWouldHelp answers for all visible zombies together: as for the parent
	// with most of them.
	InitWouldHelp Answer
	InitWhy       string // one sentence; "": there are none
	Blind         bool   // processes could not be seen (Z901): "no zombies" cannot be said
	// Hides: of Blind, processes may not have been seen at all. Otherwise it is
	// only unknown whether some zombies belong to Filter.
	Hides bool
	// Since is what changed since an earlier look; nil: it was compared with
	// none. Set by who asked Compare.
	Since *Comparison
}

// Namespace is a PID namespace with the verdict on its PID 1.
type Namespace struct {
	observe.Namespace
	// PID1 is the process that is PID 1 inside; nil: not visible here.
	PID1 *PID1
}

// PID1 is the verdict on a PID 1, and its words.
type PID1 struct {
	observe.PID1
	// Program is what the program is known as ("tini", "a shell"); "" when nothing is known of it.
	Program string
	// ReapsWhy and ForwardsSigtermWhy say what the answers rest on, in a few words.
	ReapsWhy, ForwardsSigtermWhy string
}

// Parent is a process with zombies that nobody reaps, and why.
type Parent struct {
	*observe.Parent
	InitWouldHelp Answer           // would an init as PID 1 of its namespace reap these?
	InitWhy       string           // one sentence
	Init          observe.InitHelp // what that answer rests on
	Rules         []string         // of the findings about it, primary cause first
	Certainty     Certainty        // of the primary cause; "" where none was found
	Why           string           // the cause in a clause: "it has never waited for a child"
}

// Zombie is a process that has exited and was still there at the second look.
type Zombie struct {
	*observe.Zombie
	Rules []string // Z102 to Z105: it is not the parent's fault
}

// Limit is a finite limit on the number of processes, and who set it.
type Limit struct {
	*observe.Limit
	SetBy string // where it is set
}

// ContainerGroup is a container with its zombies and findings.
type ContainerGroup struct {
	Container  *Container // nil: those of which it is unknown
	Zombies    int
	NotReaping int // parents with zombies that are held against them
}

// Answer answers a question that evidence may leave open.
type Answer = observe.Answer

// Certainty says how sure something is.
type Certainty = observe.Certainty

// Container says in which container a process is.
type Container = observe.Container

// Evidence is a place to look and what was found there.
type Evidence = observe.Evidence

// Filter restricts a diagnosis to some containers.
type Filter = observe.Filter

// Heir is a process that may inherit the children of another.
type Heir = observe.Heir

// Options of a diagnosis.
type Options = observe.Options

// Finding is one thing that a rule found.
type Finding = rule.Finding

// Severity says how much a finding matters.
type Severity = rule.Severity

// Their values.
const (
	Yes     = observe.Yes
	No      = observe.No
	Unknown = observe.Unknown

	Certain  = observe.Certain
	Likely   = observe.Likely
	Possible = observe.Possible

	OK       = rule.OK
	Info     = rule.Info
	Warning  = rule.Warning
	Critical = rule.Critical

	NoContainer = observe.NoContainer
)

// The Options that people mean.
const (
	DefaultMinAge  = time.Second
	DefaultHorizon = 24 * time.Hour
)

// StartTime returns when the process started: boot time plus its start ticks.
func (d *Diagnosis) StartTime(p *facts.Process) (time.Time, bool) { return d.Snapshot.StartTime(p) }

// NotReaping counts the parents with zombies that are held against them.
func (d *Diagnosis) NotReaping() int {
	n := 0
	for i := range d.Parents {
		if d.Parents[i].Zombies > 0 {
			n++
		}
	}
	return n
}

// Rule is one entry of the catalogue.
type Rule = rule.Rule

// Rules returns the catalogue, ordered by id.
func Rules() []*Rule { return rule.All() }

// FindRule returns the rule with that id, or nil.
func FindRule(id string) *Rule { return rule.Find(id) }

// ParseRules reads a list of rules, by id or name.
func ParseRules(list []string) ([]string, error) { return rule.Parse(list) }
