package rule

import (
	"fmt"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/english"
)

var _ = register(Rule{
	ID: "Z305", Name: "init-cannot-help", Severity: Info,
	Rank: NoCause, Nudge: Nudge{Effect: NotAboutParents}, Whole: findInitCannotHelp,
	Title: "PID 1 is an init, but cannot help: the parent is still running",
})

type initCannotHelp struct {
	init             string // what PID 1 is called
	parents, zombies int
}

// findInitCannotHelp finds one for all parents below the same PID 1.
func findInitCannotHelp(x *observe.Observation) []*Finding {
	below := map[*observe.PID1][]*observe.Parent{}
	var inits []*observe.PID1
	for _, p := range x.Scope.Parents {
		if p.Zombies == 0 {
			continue
		}
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
		f.Facts = initCannotHelp{init: v.Process.Comm, parents: len(parents), zombies: f.Zombies}
		out = append(out, f)
	}
	return out
}

func (i initCannotHelp) Message() string {
	if i.parents > 1 {
		return fmt.Sprintf("is an init, but cannot help: %s below it are still running, and only they can reap their %s",
			english.Count(i.parents, "parent", "parents"), phrase.Zombies(i.zombies))
	}
	its := "its zombie"
	if i.zombies != 1 {
		its = "its " + phrase.Zombies(i.zombies)
	}
	return fmt.Sprintf("is still running, and only it can reap %s: PID 1 of its namespace (%s) is an init already, but cannot", its, i.init)
}
