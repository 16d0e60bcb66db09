package rule

import (
	"fmt"
	"slices"
	"time"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/english"
)

var _ = register(Rule{
	ID: "Z403", Name: "leak", Severity: Warning,
	Rank: NoCause, Nudge: Nudge{Effect: NotAboutParents}, Parent: findLeak,
	Title:  "The parent keeps leaving zombies",
	Advice: []Advice{advise(Developer, Cure, "Make the parent wait for its children: until then each zombie takes one more PID.")},
})

type leak struct {
	perDay float64
	deaths int
	span   time.Duration // from the first of them to now
}

func findLeak(_ *observe.Observation, p *observe.Parent) *Finding {
	rate, ok := p.Rate.PerDay.Get()
	if !ok || p.Process == nil || !p.Rate.Ongoing || !observe.Steady(p.Deaths) {
		return nil
	}
	found := leak{perDay: rate, deaths: len(p.Deaths), span: observe.Middle(p.Deaths[0])}
	return about(p.Process, observe.Likely, p.Zombies, found, firstAndLast(p.Children)...)
}

// firstAndLast points at the times of death of the first and the last of some zombies.
func firstAndLast(zombies []*observe.Zombie) []observe.Evidence {
	var ev []observe.Evidence
	zombies = slices.SortedFunc(slices.Values(zombies), func(a, b *observe.Zombie) int {
		if observe.Older(a.Age, b.Age) {
			return -1
		}
		return 1
	})
	for _, z := range []*observe.Zombie{zombies[0], zombies[len(zombies)-1]} {
		if e, ok := observe.ExecStart(z.Process); ok {
			ev = append(ev, e)
		}
	}
	return ev
}

func (l leak) Message() string {
	return fmt.Sprintf("keeps leaving zombies: %s, judging by %d deaths in the last %s", phrase.Rate(l.perDay), l.deaths, english.Duration(l.span))
}
