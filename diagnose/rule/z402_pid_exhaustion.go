package rule

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
)

var _ = register(Rule{
	ID: "Z402", Name: "pid-exhaustion", Severity: Critical,
	Rank: NoCause, Nudge: Nudge{Effect: NotAboutParents}, Whole: findPidExhaustion,
	Title: "A limit on processes will be reached soon",
})

type pidExhaustion struct {
	aboutLimit
	perDay float64
	now    []Advice
}

// findPidExhaustion finds the limits that are hit within the horizon, but of those
// that the zombies of one parent fill only the one that is hit first.
func findPidExhaustion(x *observe.Observation) []*Finding {
	horizon := x.Options.Horizon
	var soon []*observe.Limit
	for i := range x.Scope.Limits {
		l := &x.Scope.Limits[i]
		// A limit that is full already needs no prediction: Z401 reports it.
		if used, ok := l.Used.Get(); !ok || used >= l.Max {
			continue
		}
		if t, ok := l.FullIn.Get(); ok && t <= horizon && horizon > 0 {
			soon = append(soon, l)
		}
	}
	slices.SortStableFunc(soon, func(a, b *observe.Limit) int {
		s, _ := a.FullIn.Get()
		t, _ := b.FullIn.Get()
		return cmp.Compare(s, t)
	})
	var out []*Finding
	said := map[*observe.Parent]bool{}
	for _, l := range soon {
		news := !slices.ContainsFunc(l.Parents, func(p *observe.Parent) bool { return said[p] })
		for _, p := range l.Parents {
			said[p] = true
		}
		if news {
			out = append(out, exhaustion(x, l, horizon))
		}
	}
	return out
}

func exhaustion(x *observe.Observation, l *observe.Limit, horizon time.Duration) *Finding {
	best, _ := l.Inflow().Best.Get()
	f := &Finding{Certainty: observe.Possible, Zombies: l.Zombies, Evidence: slices.Clone(l.Evidence), Facts: pidExhaustion{aboutLimit{limit: l}, best, clearWorst(x, l)}}
	if most, ok := l.Full.AtMost.Get(); ok && most <= horizon {
		f.Certainty = observe.Likely
	}
	return f
}

func (p pidExhaustion) Message() string {
	l := p.limit
	return fmt.Sprintf("%s will be full in %s at the rate at which zombies come (%s). It %s, and is set by %s",
		l.Name, phrase.Full(l), phrase.Rate(p.perDay), phrase.Usage(l), phrase.Setter(l.SetBy))
}

func (p pidExhaustion) Advice() []Advice {
	cure := advise(Developer, Cure, "Make the parent wait for its children before then: reaping frees PIDs at once.")
	return append([]Advice{cure}, p.now...)
}
