package rule

import (
	"fmt"

	"github.com/zombiectl/zombiectl/diagnose/observe"
)

var _ = register(Rule{
	ID: "Z305", Name: "init-cannot-help", Severity: Info,
	Rank: NoCause, Nudge: Nudge{Effect: NotAboutParents}, Whole: findInitCannotHelp,
	Title: "There is a good init, and these zombies have a living parent",
})

type initCannotHelp struct {
	init             string // what PID 1 is called
	parents, zombies int
	others           bool // there are parents of zombies that it is not about
}

// findInitCannotHelp finds one for all parents below the same PID 1.
func findInitCannotHelp(x *observe.Observation) []*Finding {
	below := map[*observe.PID1][]*observe.Parent{}
	var inits []*observe.PID1
	culprits := 0
	for _, p := range x.Scope.Parents {
		if p.Zombies == 0 {
			continue
		}
		culprits++
		if p.IsPID1 || p.Process == nil {
			continue
		}
		v := x.Scope.Over(x.PID1s.Of(p.Process))
		if !v.IsInit() {
			continue
		}
		if below[v] == nil {
			inits = append(inits, v)
		}
		below[v] = append(below[v], p)
	}
	var out []*Finding
	for _, v := range inits {
		parents := below[v]
		subject := parents[0].Process
		if len(parents) > 1 {
			subject = v.Process
		}
		f := about(subject, observe.Likely, 0, nil)
		for i, p := range parents {
			if i < observe.MaxListed {
				f.Evidence = append(f.Evidence, observe.Stat(p.PID, p.Process.State.String(), "state", 3))
			}
			f.Zombies += p.Zombies
			f.AlsoAbout = append(f.AlsoAbout, p.PID)
		}
		f.Facts = initCannotHelp{init: v.Process.Comm, parents: len(parents), zombies: f.Zombies, others: culprits > len(parents)}
		out = append(out, f)
	}
	return out
}

// NamesSubject is so where it speaks of PID 1 first.
func (i initCannotHelp) NamesSubject() bool { return i.parents <= 1 && !i.others }

func (i initCannotHelp) Message() string {
	switch {
	case i.parents > 1:
		return fmt.Sprintf("is an init, and cannot help: %d processes below it keep %d zombies, and live", i.parents, i.zombies)
	case i.others: // whose zombies these are has to be said
		return fmt.Sprintf("lives, so that PID 1 of its namespace (%s), an init, cannot help", i.init)
	default:
		return fmt.Sprintf("PID 1 of its namespace (%s) is an init, and cannot help: these zombies have a living parent", i.init)
	}
}
