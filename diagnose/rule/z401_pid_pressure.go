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
	// worst has most of the zombies that count against the limit; nil: nobody who was seen has any.
	worst *observe.Parent
	above bool     // there may be tighter limits that cannot be seen
	now   []Advice // what frees most PIDs at once
}

// aboutLimit is embedded in facts about one limit.
type aboutLimit struct {
	aboutNone
	limit *observe.Limit
}

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
		found := pidPressure{aboutLimit: aboutLimit{limit: l}, above: x.LimitsAbove && l.Name == observe.PidsMax}
		found.worst = worstOf(l)
		found.now = clearWorst(x, l)
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
	message := fmt.Sprintf("%s %s. Zombies hold %s of it (%d %%). It is set by %s", l.Name, phrase.Usage(l), english.Number(l.Zombies), l.ZombiePercent(), phrase.Setter(l.SetBy))
	if refused, _ := l.Refusals.Get(); refused > 0 {
		message += fmt.Sprintf(". %s already refused", english.Count(int(min(refused, math.MaxInt)), "fork was", "forks were"))
	}
	return message
}

func (p pidPressure) Advice() []Advice {
	var advice []Advice
	if p.limit.ZombiePercent() < HoldsMuch {
		advice = append(advice, advise(Operator, Confirm, "Look for what starts so many processes or threads: zombies are not what fills this limit.").
			by(Step{Command: "ps -eLo pid,nlwp,comm --sort=-nlwp | head"}))
	} else {
		advice = append(p.now, advise(Operator, Cure, "Reap, rather than raise the limit (%s): that buys time, no more.", phrase.Setter(p.limit.SetBy)))
	}
	if p.above {
		advice = append(advice, advise(Operator, Confirm, "Look from the node too: limits above this container's, of its pod for one, may be tighter.").
			by(Step{Text: "Cgroups above this container's are not shown inside of it."}))
	}
	return advice
}

// worstOf is the parent that keeps most of the zombies that count against a
// limit. Of equal ones it is the one with the lowest PID. nil: no visible parent
// keeps any.
func worstOf(l *observe.Limit) *observe.Parent {
	var worst *observe.Parent
	for _, p := range l.Parents { // by PID
		if p.Zombies > 0 && (worst == nil || p.Zombies > worst.Zombies) {
			worst = p
		}
	}
	return worst
}

// clearWorst is how to clear the zombies of that parent.
func clearWorst(x *observe.Observation, l *observe.Limit) []Advice {
	if worst := worstOf(l); worst != nil && worst.Process != nil && x.Looks != nil {
		return placeOf(x, worst.Process).clear()
	}
	return nil
}
