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
})

type traced struct{ by *observe.Tracer }

func findTraced(x *observe.Observation, z *observe.Zombie) *Finding {
	if !slices.Contains(z.Holds, observe.HeldByItsTracer) {
		return nil
	}
	by := x.Tracers.Of(z.Process)
	f := about(z.Process, observe.CertainIf(z.Lasting), 1, traced{by: by}, by.Evidence)
	if t := by.Process; t != nil {
		f.Evidence = append(f.Evidence, observe.Stat(t.PID, t.Comm+" "+t.State.String(), "comm, state", 2, 3))
	}
	return f
}

func (t traced) Message() string {
	message := "is held by its tracer, " + phrase.Tracer(t.by) + ": its parent cannot reap it before the tracer has waited for it or has exited"
	if t.by.Process == nil {
		return message
	}
	switch t.by.Process.State {
	case facts.Stopped, facts.Traced:
		return message + ". The tracer is stopped itself"
	case facts.Uninterruptible:
		return message + ". The tracer is in uninterruptible sleep"
	default:
		return message
	}
}

func (t traced) Advice() []Advice {
	return []Advice{advise(Operator, Now, "Let the tracer detach, or end it: the zombie then goes back to its parent.").by(letGo(t.by))}
}

// Cause is that of this zombie.
func (t traced) Cause() string { return "it is held by its tracer, " + phrase.Tracer(t.by) }
