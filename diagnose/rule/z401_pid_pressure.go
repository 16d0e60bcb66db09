package rule

import (
	"fmt"
	"math"
	"slices"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/english"
)

var _ = register(Rule{
	ID: "Z401", Name: "pid-pressure", Severity: Warning,
	Rank: NoCause, Nudge: Nudge{Effect: NotAboutParents}, Whole: findPidPressure,
	Title: "A limit on processes is nearly used up",
})

// Shares of a limit, in hundredths. From warnFrom on there is a finding: a
// quarter is what a deployment, a backup or a burst of probes may need at once.
// HoldsMuch is what zombies have to hold of a limit before it is their fault that
// it is full.
const (
	warnFrom     = 75
	criticalFrom = 90
	HoldsMuch    = 10
)

type pidPressure struct {
	aboutLimit
	// worst keeps most of the zombies that count against the limit; nil: nobody in view keeps any.
	worst *observe.Parent
	above bool // there may be tighter limits out of sight
}

// aboutLimit is embedded in facts about one limit.
type aboutLimit struct{ limit *observe.Limit }

// Limit is that.
func (a aboutLimit) Limit() *observe.Limit { return a.limit }

// findPidPressure looks at the tightest limit, at those that zombies fill, and at
// any that has refused forks.
func findPidPressure(x *observe.Observation) []*Finding {
	var out []*Finding
	for i := range x.Scope.Limits {
		l := &x.Scope.Limits[i]
		share, known := l.Percent()
		refused, _ := l.Refusals.Get()
		tight := known && share >= warnFrom && (i == 0 || l.ZombiePercent() >= HoldsMuch)
		if !tight && (refused == 0 || l.ZombiePercent() < HoldsMuch) {
			continue
		}
		found := pidPressure{aboutLimit: aboutLimit{l}, above: x.LimitsAbove && l.Name == observe.PidsMax}
		for _, p := range l.Parents { // by PID: of several alike the first
			if p.Zombies > 0 && (found.worst == nil || p.Zombies > found.worst.Zombies) {
				found.worst = p
			}
		}
		f := &Finding{Certainty: observe.Certain, Zombies: l.Zombies, Evidence: slices.Clone(l.Evidence), Facts: found}
		if tight && share >= criticalFrom {
			f.Severity = Critical
		}
		out = append(out, f)
	}
	return out
}

func (p pidPressure) Message() string {
	l := p.limit
	message := fmt.Sprintf("%s %s, zombies hold %d of it (%d %%); set by %s", l.Name, phrase.Usage(l), l.Zombies, l.ZombiePercent(), phrase.Setter(l.SetBy))
	if refused, _ := l.Refusals.Get(); refused > 0 {
		message += fmt.Sprintf("; %s refused already", english.Count(int(min(refused, math.MaxInt)), "fork was", "forks were"))
	}
	return message
}

func (p pidPressure) Advice() []Advice {
	var advice []Advice
	if p.limit.ZombiePercent() < HoldsMuch {
		advice = append(advice, advise(Operator, Confirm, "Zombies are not what fills this limit: look for what starts so many processes or threads."))
	} else {
		if p.worst != nil {
			advice = append(advice, advise(Operator, Now, "To reap is to free PIDs at once: repair or restart %s, which keeps %s.", phrase.Parent(p.worst), phrase.Zombies(p.worst.Zombies)))
		}
		advice = append(advice, advise(Operator, Now, "To raise the limit (%s) buys time, no more.", phrase.Setter(p.limit.SetBy)))
	}
	if p.above {
		advice = append(advice, advise(Operator, Confirm, "Limits of cgroups above this container's are out of sight here, that of a pod for one: they may be tighter. Look from the node."))
	}
	return advice
}
