package rule

import (
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/scan/facts"
)

var _ = register(Rule{
	ID: "Z302", Name: "pid1-not-init", Severity: Info,
	Rank: NoCause, Nudge: Nudge{Effect: NotAboutParents}, Whole: findPID1NotInit,
	Title: "PID 1 is no init; there is no zombie yet",
})

type pid1NotInit struct {
	aboutPID1
	basis observe.Basis // of the answer whether it reaps
	clean bool          // it keeps no zombie yet, and may not reap one that comes
	place place
}

func findPID1NotInit(x *observe.Observation) []*Finding {
	var out []*Finding
	for _, ns := range x.Scope.Namespaces {
		v := ns.PID1
		if v == nil || v.Init != observe.No {
			continue
		}
		if p := x.Parents.ByPID[v.Process.PID]; p != nil && p.Zombies > 0 {
			continue // these are held against it
		}
		// Zombies whose parent a list does not name may be its.
		clean := v.Reaps != observe.Yes && x.Parents.ByPID[facts.NoPID] == nil
		out = append(out, about(v.Process, observe.Likely, 0, pid1NotInit{basis: v.ReapsBasis, clean: clean, place: placeOf(x, v.Process)}, v.Evidence...))
	}
	return out
}

func (n pid1NotInit) Message() string {
	if n.clean {
		return "PID 1 is no init (" + phrase.Reaps(n.basis) + "): it keeps no zombie yet"
	}
	return "PID 1 is no init: " + phrase.Reaps(n.basis)
}

func (n pid1NotInit) Advice() []Advice { return []Advice{n.place.initLine("before zombies come")} }
