package rule

import (
	"slices"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/scan/facts"
)

var _ = register(Rule{
	ID: "Z103", Name: "traced", Severity: Warning,
	Rank: NoCause, Nudge: useless("a tracer holds it: the parent's wait does not see it"), Zombie: findTraced,
	Title: "A tracer holds the zombie",
	Means: `Another process traces this one (ptrace: a debugger, strace, a profiler). When a traced process ends, the kernel tells
its tracer first. Until the tracer has waited for it, or ends, the parent's wait does not see it: the parent is not to
blame, and an init cannot help.`,
	Confirm: `    grep TracerPid /proc/PID/status           # not 0: the thread that traces it
    ps -o pid,stat,comm -p TRACER             # T or t: it is stopped itself`,
	Fix: "Let the tracer go on, detach, or end it: the zombie is then its parent's again, and is reaped as usual. A tracer that is stopped (T) has to be continued first.",
})

// traced is what Z103 found: a zombie that its tracer holds.
type traced struct {
	noCause
	by *observe.Tracer
}

func findTraced(x *observe.Observation, z *observe.Zombie) *Finding {
	if !slices.Contains(z.Holds, observe.HeldByItsTracer) {
		return nil
	}
	by := x.Tracers.Of(z.Process)
	f := about(z.Process, sureOf(z), traced{by: by})
	f.Zombies = 1
	f.Evidence = []observe.Evidence{by.Evidence}
	if t := by.Process; t != nil {
		f.Evidence = append(f.Evidence, observe.Stat(t.PID, t.Comm+" "+t.State.String(), "comm, state", 2, 3))
	}
	return f
}

// sureOf is how sure it is that a zombie will not go by itself.
func sureOf(z *observe.Zombie) observe.Certainty {
	if z.Lasting {
		return observe.Certain
	}
	return observe.Likely
}

func (t traced) Message() string {
	message := "is held by its tracer, " + phrase.Tracer(t.by) + ": its parent cannot reap it before that has waited for it, or ends"
	if t.by.Process == nil {
		return message
	}
	switch t.by.Process.State {
	case facts.Stopped, facts.Traced:
		return message + "; the tracer is stopped itself"
	case facts.Uninterruptible:
		return message + "; the tracer is in uninterruptible sleep"
	default:
		return message
	}
}

func (traced) Advice() []Advice {
	return []Advice{advise(Operator, Now, "Its parent is not to blame. Let the tracer (strace, gdb, a profiler) detach or go on; ending the tracer gives the zombie back to its parent.")}
}
