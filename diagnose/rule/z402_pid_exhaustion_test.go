package rule

import (
	"strings"
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// TestExhaustion: the rate is set by hand, between collecting and judging.
func TestExhaustion(t *testing.T) {
	rate := func(best, low, high float64, points int) observe.Rate {
		return observe.Rate{PerDay: facts.Some(best), Low: facts.Some(low), High: facts.Some(high), Points: points, Ongoing: true}
	}
	for name, c := range map[string]struct {
		used    uint64
		r       observe.Rate
		horizon time.Duration
		want    observe.Certainty // "": silent
	}{
		"no rate":                             {50, observe.Rate{}, time.Hour * 24, ""},
		"too few points":                      {50, rate(100, 90, 110, 4), time.Hour * 24, ""},
		"in half a day":                       {50, rate(100, 90, 110, 5), time.Hour * 24, observe.Likely},
		"the slowest does not get there":      {50, rate(100, 10, 110, 5), time.Hour * 24, observe.Possible},
		"after the horizon":                   {50, rate(49, 40, 200, 5), time.Hour * 24, ""},
		"off":                                 {50, rate(100, 90, 110, 5), 0, ""},
		"full already: Z401 is enough":        {100, rate(100, 90, 110, 5), time.Hour * 24, ""},
		"slower, but with a horizon that far": {50, rate(49, 40, 200, 5), time.Hour * 48, observe.Likely},
	} {
		t.Run(name, func(t *testing.T) {
			p := &observe.Parent{PID: 7, Rate: c.r, Zombies: 5}
			x := &observe.Observation{Options: observe.Options{Horizon: c.horizon}, Scope: observe.Scope{Limits: []observe.Limit{
				{Name: observe.PidsMax, Used: facts.Some(c.used), Max: 100, Zombies: 50, SetBy: observe.Setter{Kind: observe.SetByCgroup}, Parents: []*observe.Parent{p}},
				{Name: observe.ThreadsMax, Used: facts.Some(c.used), Max: 100000, Parents: []*observe.Parent{p}},
			}}}
			for i := range x.Scope.Limits {
				x.Scope.Limits[i].Predict()
			}
			fs := findPidExhaustion(x)
			got := observe.Certainty("")
			for _, f := range fs {
				f.Rule = "Z402" // as who judges sets it
				got = f.Certainty
				if full := phrase.Full(&x.Scope.Limits[0]); full == "" || !strings.HasPrefix(f.Message(), "pids.max will be full in "+full) || len(f.Advice()) == 0 {
					t.Errorf("message %q, advice %v", f.Message(), f.Advice())
				}
			}
			if got != c.want || len(fs) > 1 {
				t.Errorf("got %q (%d findings), want %q", got, len(fs), c.want)
			}
		})
	}
}
