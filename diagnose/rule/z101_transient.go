package rule

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/english"
)

var _ = register(Rule{
	ID: "Z101", Name: "transient", Severity: Info,
	Rank: NoCause, Nudge: Nudge{Effect: NudgeMayHelp}, Whole: findTransient,
	Title: "A zombie that was gone a moment later",
})

type transient struct {
	gone, young int
	minAge      time.Duration
}

func findTransient(x *observe.Observation) []*Finding {
	var out []*Finding
	for _, pid := range slices.Sorted(maps.Keys(x.Scope.Transient)) {
		of := x.Scope.Transient[pid]
		f := about(x.Find(pid), observe.Certain, of.Count(), transient{len(of.Gone), len(of.Young), x.Options.MinAge})
		for _, z := range slices.Concat(of.Gone, of.Young)[:min(of.Count(), observe.MaxListed)] {
			f.Evidence = append(f.Evidence, observe.Stat(z.PID, z.State.String(), "state", 3).At(observe.FirstLook))
		}
		out = append(out, f)
	}
	return out
}

func (t transient) Message() string {
	var parts []string
	if t.gone > 0 {
		parts = append(parts, "had "+english.Count(t.gone, "zombie that was", "zombies that were")+" gone a moment later")
	}
	if t.young > 0 {
		parts = append(parts, "has "+english.Count(t.young, "zombie that has", "zombies that have")+" been dead for less than "+english.Duration(t.minAge))
	}
	return strings.Join(parts, ", and ")
}
