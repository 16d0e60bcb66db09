package rule

import (
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/scan/facts"
)

var _ = register(Rule{
	ID: "Z302", Name: "pid1-not-init", Severity: Info,
	Rank: NoCause, Nudge: Nudge{Effect: NotAboutParents}, Whole: findPID1NotInit,
	Title: "PID 1 is not an init, but has left no zombie yet",
})

type pid1NotInit struct {
	aboutPID1
	comm  string
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
		out = append(out, about(v.Process, observe.Likely, 0, pid1NotInit{comm: v.Process.Comm, basis: v.ReapsBasis, clean: clean, place: placeOf(x, v.Process)}, v.Evidence...))
	}
	return out
}

func (n pid1NotInit) Message() string {
	message := "is not an init: " + phrase.Reaps(n.basis)
	if known := n.basis.Program; known != nil {
		message = "is " + phrase.Known(known) + ", not an init"
		if known.Title() == n.comm { // the subject says so
			message = "is not an init"
		}
		if known.Note != "" {
			message += ". It " + known.Note
		}
	}
	if n.clean {
		message += ". It has left no zombie yet"
	}
	return message
}

func (n pid1NotInit) Advice() []Advice { return []Advice{n.place.initLine("before zombies come")} }
