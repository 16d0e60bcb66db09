package words

import (
	"testing"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// TestHeadUnknown: the head of a card makes no number of what is unknown.
func TestHeadUnknown(t *testing.T) {
	limit := func(used facts.Opt[uint64]) *diagnose.Limit {
		return &diagnose.Limit{Limit: &observe.Limit{Name: observe.PidsMax, Used: used, Max: 100, Zombies: 60}}
	}
	leak := []*diagnose.Finding{{Rule: "Z403"}}
	parent := func(rate facts.Opt[float64]) *diagnose.Parent {
		return &diagnose.Parent{Parent: &observe.Parent{Rate: observe.Rate{PerDay: rate}}}
	}
	for want, p := range map[string]*diagnose.Problem{
		"pids limit 100, and its use is unknown":     {Urgency: diagnose.Failing, Limit: limit(facts.Opt[uint64]{})},
		"pids limit 90 % full, by zombies":           {Urgency: diagnose.Failing, Limit: limit(facts.Some(uint64(90)))},
		"9 zombies, and more keep coming":            {Urgency: diagnose.Leaking, Zombies: 9, Findings: leak, Parents: []*diagnose.Parent{parent(facts.Opt[float64]{})}},
		"9 zombies, and more keep coming (10.0/day)": {Urgency: diagnose.Leaking, Zombies: 9, Findings: leak, Parents: []*diagnose.Parent{parent(facts.Some(10.0))}},
		"8 zombies, and more keep coming":            {Urgency: diagnose.Leaking, Zombies: 8, Findings: leak, Parents: []*diagnose.Parent{parent(facts.Some(10.0)), parent(facts.Some(20.0))}},
	} {
		if got := what(p); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
