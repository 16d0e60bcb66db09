package rule

import (
	"fmt"
	"slices"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/english"
)

var _ = register(Rule{
	ID: "Z301", Name: "pid1-not-reaping", Severity: Warning,
	Rank: PID1Rank, Nudge: Nudge{Effect: NudgeMayHelp}, Parent: findPID1NotReaping,
	Title: "PID 1 does not reap zombies that it adopted, or may have adopted",
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
	kept := p.Adopted + p.UnknownOrigin
	message, them := "has left "+phrase.Zombies(kept), phrase.Them(kept)
	switch {
	case p.Adopted == 0 && p.Process.Listed != nil:
		message += fmt.Sprintf("%s. A list does not show whether it adopted %s or started %s itself", phrase.Batches(p), them, them)
	case p.UnknownOrigin == 0:
		message += " that it adopted when " + english.Agree(kept, "its parent", "their parents") + " exited"
	case p.Adopted == 0:
		message += fmt.Sprintf(". It is unknown whether it adopted %s or started %s itself", them, them)
	default:
		message += fmt.Sprintf(". It adopted %s of them; for the other %s that is unknown", english.Number(p.Adopted), english.Number(p.UnknownOrigin))
	}
	message += n.gaps.hint()
	if n.halt != observe.Unhalted {
		message += ". It " + phrase.Halt(n.halt)
	}
	return message + n.killed.hint()
}

// Cause is that of all zombies of PID 1.
func (n pid1NotReaping) Cause() string {
	adopted := ""
	switch p := n.pid1; {
	case p.Adopted == 0:
	case p.Adopted < p.Zombies:
		adopted = fmt.Sprintf("adopted %s of them, and ", english.Number(p.Adopted))
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
