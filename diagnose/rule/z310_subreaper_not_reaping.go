package rule

import (
	"fmt"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
)

var _ = register(Rule{
	ID: "Z310", Name: "subreaper-not-reaping", Severity: Warning,
	Rank: SubreaperRank, Nudge: Nudge{Effect: NudgeMayHelp}, Parent: findSubreaperNotReaping,
	Title: "A subreaper below PID 1 does not reap the orphans that it adopted",
})

type subreaperNotReaping struct {
	adopted int
	place   place
}

func findSubreaperNotReaping(x *observe.Observation, p *observe.Parent) *Finding {
	if p.Process == nil || p.Adopted == 0 || p.IsPID1 || x.PID1s.Of(p.Process) == nil || x.Halts.Of(p.Process) != nil || x.Reaping.TooSlow(p) {
		return nil
	}
	f := about(p.Process, adoptedSurely(p), p.Adopted, subreaperNotReaping{adopted: p.Adopted, place: placeOf(x, p.Process)})
	for _, z := range p.Children {
		if z.Origin.Descent == observe.Adopted {
			q := z.Process
			ev := observe.Stat(q.PID, fmt.Sprintf("%d %d %d", z.PPID, q.PGRP, q.Session), "ppid, pgrp, session", 4, 5, 6)
			f.Evidence = append(f.Evidence, ev.Showing(z.Origin.Trace))
		}
		if len(f.Evidence) == observe.MaxListed {
			break
		}
	}
	f.Evidence = append(f.Evidence, observe.Reaped(p.Process))
	return f
}

func (s subreaperNotReaping) Message() string {
	return fmt.Sprintf("is a subreaper below PID 1, and has left %s that it adopted: an init as PID 1 never sees %s", phrase.Zombies(s.adopted), phrase.Them(s.adopted))
}

// Cause is that of the zombies that it adopted.
func (subreaperNotReaping) Cause() string {
	return "it is a subreaper, and does not wait for the orphans that it adopted"
}

func (s subreaperNotReaping) Advice() []Advice {
	cure := advise(Developer, Cure, "%s must wait for what it adopts too: waitpid(-1, ..., WNOHANG) until nothing is left.", s.place.name).
		by(Step{Text: "Where that is not meant, it must not call prctl(PR_SET_CHILD_SUBREAPER)."})
	return append([]Advice{cure}, s.place.clear()...)
}
