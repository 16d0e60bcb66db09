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
	Means: `PID 1 of this namespace is not a program that is made for it. As long as no process is orphaned, nothing happens.
The first exec probe that times out, or the first helper that outlives its parent, may leave a zombie for good.
A shell as PID 1 reaps while it waits for a command, and is still no init: it never passes a signal on.`,
	Confirm: "    cat /proc/1/comm; tr '\\0' ' ' < /proc/1/cmdline\n    grep -E 'Sig(Blk|Ign|Cgt)' /proc/1/status   # 10000 in SigCgt: a handler for SIGCHLD",
	Fix:     "Give the container an init, as for Z301, before it hurts.",
})

// pid1NotInit is what Z302 found: a PID 1 that is no init.
type pid1NotInit struct {
	aboutPID1
	noCause
	basis observe.Basis // of the answer whether it reaps
	// clean: it keeps no zombie yet, and may not reap one that comes.
	clean bool
	place place
}

func findPID1NotInit(x *observe.Observation) []*Finding {
	var out []*Finding
	for _, ns := range x.Scope.Namespaces {
		v := ns.PID1
		if v == nil || v.Init != observe.No || keepsZombies(x, v) {
			continue
		}
		f := about(v.Process, observe.Likely, pid1NotInit{
			basis: v.ReapsBasis,
			// Zombies whose parent a list does not name may be its.
			clean: v.Reaps != observe.Yes && x.Parents.ByPID[facts.NoPID] == nil,
			place: placeOf(x, v.Process),
		})
		f.Evidence = v.Evidence
		out = append(out, f)
	}
	return out
}

// keepsZombies reports whether a PID 1 keeps zombies that are held against it.
func keepsZombies(x *observe.Observation, v *observe.PID1) bool {
	p := x.Parents.ByPID[v.Process.PID]
	return p != nil && p.Zombies > 0
}

func (n pid1NotInit) Message() string {
	if n.clean {
		return "PID 1 is no init (" + phrase.Reaps(n.basis) + "): it keeps no zombie yet"
	}
	return "PID 1 is no init: " + phrase.Reaps(n.basis)
}

func (n pid1NotInit) Advice() []Advice { return []Advice{n.place.initLine("before it hurts")} }
