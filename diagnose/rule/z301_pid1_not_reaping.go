package rule

import (
	"fmt"
	"slices"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
)

var _ = register(Rule{
	ID: "Z301", Name: "pid1-not-reaping", Severity: Warning,
	Rank: PID1Rank, Nudge: Nudge{Effect: NudgeMayHelp}, Parent: findPID1NotReaping,
	Title: "PID 1 keeps zombies that it adopted, or may have adopted",
})

type pid1NotReaping struct {
	aboutPID1
	pid1      *observe.Parent
	gaps      gaps
	halt      observe.HaltKind // Unhalted: nothing keeps it from doing anything
	killed    killed
	hasReaped bool           // a child, ever
	init      observe.Answer // would it help?
	place     place
}

func findPID1NotReaping(x *observe.Observation, p *observe.Parent) *Finding {
	kept := p.Adopted + p.UnknownOrigin
	if !p.IsPID1 || kept == 0 || x.Reaping.TooSlow(p) {
		return nil
	}
	found := pid1NotReaping{pid1: p, hasReaped: observe.HasReaped(x.Snapshot, p.Process), init: x.InitHelps.For(p).Answer, place: placeOf(x, p.Process)}
	f := about(p.Process, adoptedSurely(p), kept, nil, observe.Gaps(p.Children)...)
	found.gaps = len(f.Evidence) > 0
	if h := x.Halts.Of(p.Process); h != nil {
		found.halt = h.Kind
		f.Evidence = append(f.Evidence, observe.Stat(p.PID, p.Process.State.String(), "state", 3))
	}
	var ev []observe.Evidence
	found.killed, ev = findKilled(p)
	f.Evidence = slices.Concat(f.Evidence, ev, p.Evidence())
	for _, z := range p.Children {
		if z.Origin.Descent == observe.Adopted {
			q := z.Process
			f.Evidence = append(f.Evidence, observe.Stat(q.PID, fmt.Sprintf("%d %d", q.PGRP, q.Session), "pgrp, session", 5, 6).Showing(z.Origin.Trace))
			break
		}
	}
	f.Evidence = append(f.Evidence, observe.Reaped(p.Process))
	f.Facts = found
	return f
}

func (n pid1NotReaping) Message() string {
	p := n.pid1
	message := "PID 1 keeps " + phrase.Zombies(p.Adopted+p.UnknownOrigin)
	switch {
	case p.Adopted == 0 && p.Process.Listed != nil:
		message += phrase.Batches(p) + "; whether it adopted them or started them itself a list does not tell"
	case p.UnknownOrigin == 0:
		message += " that it adopted when their parents ended"
	case p.Adopted == 0:
		message += "; whether it adopted them or started them itself cannot be told"
	default:
		message += fmt.Sprintf("; %d of them it adopted, of the others that cannot be told", p.Adopted)
	}
	message += n.gaps.hint()
	if n.halt != observe.Unhalted {
		message += "; it " + phrase.Halt(n.halt)
	}
	return message + n.killed.hint()
}

// Cause is that of all that PID 1 keeps.
func (n pid1NotReaping) Cause() string {
	adopted := ""
	switch p := n.pid1; {
	case p.Adopted == 0:
	case p.Adopted < p.Zombies:
		adopted = fmt.Sprintf("adopted %d of them, and ", p.Adopted)
	case p.Zombies == 1:
		adopted = "adopted the zombie when its parent exited, and "
	default:
		adopted = "adopted them when their parents exited, and "
	}
	switch {
	case !n.hasReaped:
		return "it " + adopted + "has never waited for a child"
	case adopted == "":
		return "it does not wait for " + phrase.Them(n.pid1.Zombies)
	default:
		return "it " + adopted + "does not wait"
	}
}

func (n pid1NotReaping) Advice() []Advice { return n.place.initAdvice(n.init) }
