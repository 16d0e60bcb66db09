package rule

import (
	"fmt"
	"slices"
	"time"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
)

var _ = register(Rule{
	ID: "Z402", Name: "pid-exhaustion", Severity: Critical,
	Rank: NoCause, Nudge: Nudge{Effect: NotAboutParents}, Whole: findPidExhaustion,
	Title:  "A limit on processes will be hit soon",
	Advice: []Advice{advise(Operator, Now, "Before then, make the parent wait for its children, or restart it: reaping frees PIDs at once.")},
})

type pidExhaustion struct {
	limit  *observe.Limit
	perDay float64
}

func findPidExhaustion(x *observe.Observation) []*Finding {
	var first *observe.Limit
	var soonest time.Duration
	horizon := x.Options.Horizon
	for i := range x.Scope.Limits {
		l := &x.Scope.Limits[i]
		// What is full already is no prediction: Z401 says so.
		if used, ok := l.Used.Get(); !ok || used >= l.Max {
			continue
		}
		if t, ok := l.FullIn.Get(); ok && t <= horizon && (first == nil || t < soonest) {
			first, soonest = l, t
		}
	}
	if first == nil || horizon <= 0 {
		return nil
	}
	best, _ := first.Inflow().Best.Get()
	f := &Finding{Certainty: observe.Possible, Zombies: first.Zombies, Evidence: slices.Clone(first.Evidence), Facts: pidExhaustion{limit: first, perDay: best}}
	if most, ok := first.Full.AtMost.Get(); ok && most <= horizon {
		f.Certainty = observe.Likely
	}
	return []*Finding{f}
}

func (p pidExhaustion) Message() string {
	l := p.limit
	return fmt.Sprintf("%s is full in %s at the rate at which zombies come (%s): it %s; set by %s",
		l.Name, phrase.Full(l), phrase.Rate(p.perDay), phrase.Usage(l), phrase.Setter(l.SetBy))
}
