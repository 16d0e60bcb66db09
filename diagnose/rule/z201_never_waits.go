package rule

import (
	"slices"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/scan/facts"
)

var _ = register(Rule{
	ID: "Z201", Name: "never-waits", Severity: Warning,
	Rank: NeverWaitsRank, Nudge: Nudge{Effect: NudgeMayHelp}, Parent: findNeverWaits,
	Title: "A living parent that does not wait for its children",
	Means: `The parent is alive and is not seen waiting. Either it has never waited for any child in its life (its count of the
faults of children that it waited for is 0), or it shows no means to do so now. Its zombies stay until it waits
for them or ends. An init as PID 1 does not help: while the parent lives, its children are its own to reap.`,
	Confirm: `    awk '{sub(/.*\) /, ""); print $9}' /proc/PARENT/stat   # cminflt: 0 = has never waited for a child
    cat /proc/PARENT/task/*/syscall                        # 61 or 247 on x86-64: waits (wait4, waitid)`,
	Fix: `The program has to wait: waitpid() in a loop on SIGCHLD in C, cmd.Wait() in Go, Popen.wait() in Python, the
'exit' event in Node. To clear the zombies now, restart that one program: they pass to PID 1 (or the nearest
subreaper), which reaps them if it is any good.`,
})

// neverWaits is what Z201 found: a living parent that does not wait.
type neverWaits struct {
	how     notWaiting
	zombies int // that it ought to wait for as for its own
	all     int // of its zombies
	// over is what it was executed over; nil: nothing shows that it was.
	over      *observe.Inherited
	goHandler bool // its handler for SIGCHLD is the Go runtime's
	killed    killed
	program   program
}

// notWaiting is what shows that a parent does not wait.
type notWaiting int

const (
	neverWaited  notWaiting = iota // for any child
	neverReaped                    // any child: it may be waiting for the first time
	reapsOthers                    // of its children, and has no means to reap these
	showsNoMeans                   // to reap
)

func findNeverWaits(x *observe.Observation, p *observe.Parent) *Finding {
	proc, zombies := p.Process, p.OwnDuty() // of the others Z301 and Z310 speak
	if proc == nil || zombies == 0 || proc.KernelThread() || x.Halts.Of(proc) != nil || x.Reaping.TooSlow(p) {
		return nil
	}
	if proc.Listed != nil {
		return neverWaitsListed(p)
	}
	w := x.Waits.Of(proc)
	if !w.Idle() {
		return nil // it waits; for what, and why not for these, is another question
	}
	chld := observe.Receives(proc, facts.SIGCHLD)
	found := neverWaits{zombies: zombies, all: p.Zombies, goHandler: chld.IsGo, program: programOf(x, proc)}
	certainty := observe.Likely
	_, reaping := x.Reaping.Between(proc)
	switch {
	case !observe.HasReaped(x.Snapshot, proc):
		if !w.Known {
			found.how = neverReaped
		}
		// Of a program that was executed over another it says nothing of its
		// own children.
		found.over = observe.InheritedBy(x.Looks, x.Forks, p)
		if found.over == nil && p.Lasting && w.Known {
			certainty = observe.Certain
		}
	case p.Lasting && chld.Deaf(w) && reaping:
		found.how = reapsOthers
	case p.Lasting && chld.Deaf(w):
		found.how = showsNoMeans
	default:
		return nil
	}
	var ev []observe.Evidence
	found.killed, ev = findKilled(p)
	f := about(proc, certainty, found)
	f.Zombies = zombies
	f.Evidence = slices.Concat(p.Evidence(), []observe.Evidence{observe.Reaped(proc)}, chld.Evidence, ev)
	if !w.Known {
		f.Missing = observe.UnreadOf(x.Snapshot, proc.PID)
	}
	return f
}

func (n neverWaits) Message() string {
	var message string
	kept := phrase.Zombies(n.zombies)
	switch n.how {
	case neverWaited:
		message = "has never waited for a child, and keeps " + kept
	case neverReaped:
		message = "has never reaped a child, and keeps " + kept
	case reapsOthers:
		message = "reaps others of its children, and keeps " + kept + ", for which no thread waits and of which nothing would tell it"
	case showsNoMeans:
		message = "keeps " + kept + ", and shows no means to reap " + phrase.Them(n.all) + ": no thread waits, and nothing would tell it of SIGCHLD"
	}
	if n.goHandler {
		message += "; its handler for SIGCHLD is the Go runtime's, which reaps nothing"
	}
	return message + n.killed.hint()
}

func (n neverWaits) Cause() string {
	over := ""
	if n.over != nil {
		over = ", and was executed over " + executedOver(n.over)
	}
	switch n.how {
	case neverWaited:
		return "has never waited for a child" + over
	case neverReaped:
		return "has never reaped a child" + over
	case reapsOthers:
		return "does not wait for these"
	default:
		return "does not wait, and would not notice"
	}
}

func (n neverWaits) Advice() []Advice {
	return []Advice{n.program.waitAdvice(), n.program.clearAdvice()}
}
