package rule

import (
	"fmt"
	"slices"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/scan/facts"
)

var _ = register(Rule{
	ID: "Z201", Name: "never-waits", Severity: Warning,
	Rank: NeverWaitsRank, Nudge: Nudge{Effect: NudgeMayHelp}, Parent: findNeverWaits,
	Title: "The parent is running, but does not wait for its children",
})

// neverWaits is what Z201 found: a running parent that does not wait.
type neverWaits struct {
	how       notWaiting
	zombies   int                // that it ought to wait for as for its own
	all       int                // of its zombies
	over      *observe.Inherited // the program that it was executed over; nil: nothing shows one
	goHandler bool               // its handler for SIGCHLD is the Go runtime's
	killed    killed
	place     place
}

// notWaiting is what shows that a parent does not wait.
type notWaiting int

const (
	neverWaited  notWaiting = iota // for any child
	neverReaped                    // any child: it may be waiting for the first time
	reapsOthers                    // of its children, and has no means to reap these
	showsNoMeans                   // to reap
)

// String says it in a few words.
func (n notWaiting) String() string {
	return [...]string{"has never waited for a child", "has never reaped a child", "reaps other children, but does not wait for these", "does not wait, and would not notice SIGCHLD"}[n]
}

func findNeverWaits(x *observe.Observation, p *observe.Parent) *Finding {
	proc, zombies := p.Process, p.OwnDuty() // of the others Z301 and Z310 speak
	if proc == nil || zombies == 0 || proc.KernelThread() || x.Halts.Of(proc) != nil || x.Reaping.TooSlow(p) {
		return nil
	}
	if proc.Listed != nil {
		return neverWaitsListed(x, p)
	}
	w := x.Waits.Of(proc)
	if !w.Idle() {
		return nil // it waits; for what, and why not for these, is another question
	}
	chld := observe.Receives(proc, facts.SIGCHLD)
	found := neverWaits{zombies: zombies, all: p.Zombies, goHandler: chld.IsGo, place: placeOf(x, proc)}
	certainty := observe.Likely
	_, reaping := x.Reaping.Between(proc)
	switch {
	case !observe.HasReaped(x.Snapshot, proc):
		if !w.Known {
			found.how = neverReaped
		}
		// Of a program that was executed over another it says nothing of its own children.
		found.over = observe.InheritedBy(x.Looks, x.Forks, p)
		certainty = observe.CertainIf(found.over == nil && p.Lasting && w.Known)
	case p.Lasting && chld.Deaf(w) && reaping:
		found.how = reapsOthers
	case p.Lasting && chld.Deaf(w):
		found.how = showsNoMeans
	default:
		return nil
	}
	var ev []observe.Evidence
	found.killed, ev = findKilled(p)
	f := about(proc, certainty, zombies, found, slices.Concat(p.Evidence(), []observe.Evidence{observe.Reaped(proc)}, chld.Evidence, ev)...)
	if !w.Known {
		f.Missing = observe.UnreadOf(x.Snapshot, proc.PID)
	}
	return f
}

func (n neverWaits) Message() string {
	var message string
	left := "has left " + phrase.Zombies(n.zombies)
	switch n.how {
	case neverWaited, neverReaped:
		message = left + ", and " + n.how.String()
	case reapsOthers:
		them := phrase.Them(n.zombies)
		message = left + ": it reaps other children, but no thread waits for " + them + ", and nothing would tell it of " + them
	case showsNoMeans:
		message = left + ", and has no visible means to reap " + phrase.Them(n.all) + ": no thread waits, and it would not notice SIGCHLD"
	}
	if n.goHandler {
		message += ". Its handler for SIGCHLD is the Go runtime's, which reaps nothing"
	}
	return message + n.killed.hint()
}

func (n neverWaits) Cause() string {
	over := ""
	if n.over != nil {
		over = ", and it replaced " + executedOver(n.over) + " by exec"
	}
	return "it " + n.how.String() + over
}

func (n neverWaits) Advice() []Advice {
	return append([]Advice{n.place.waitAdvice()}, n.place.clear()...)
}

// keepsListed is what Z201 found in a list: a running parent has left zombies. The cause
// is said of a list as a whole, by who the parent is.
type keepsListed struct {
	parent *observe.Parent
	gaps   gaps
	place  place
}

func neverWaitsListed(x *observe.Observation, p *observe.Parent) *Finding {
	found := keepsListed{p, len(observe.Gaps(p.Children)) > 0, placeOf(x, p.Process)}
	return about(p.Process, observe.Likely, p.Zombies, found, append(p.Evidence(), observe.ProcFile(p.PID, "stat", ""))...)
}

func (k keepsListed) Message() string {
	n := k.parent.Zombies
	return fmt.Sprintf("has left %s%s, and is still running: it does not wait for %s, or not in time", phrase.Zombies(n), phrase.Batches(k.parent), phrase.Them(n)) + k.gaps.hint()
}

func (k keepsListed) Advice() []Advice {
	again := advise(Operator, Confirm, "Make a second list: zombies with the same PIDs are reaped by nobody.")
	return append([]Advice{again, k.place.waitAdvice()}, k.place.clear()...)
}
