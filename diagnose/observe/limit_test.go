package observe

import (
	"math"
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
)

func TestUntilFull(t *testing.T) {
	rate := func(best, low, high float64) Inflow {
		return Inflow{facts.Some(best), facts.Some(low), facts.Some(high)}
	}
	const d = 24 * time.Hour
	for name, c := range map[string]struct {
		l    Limit
		r    Inflow
		want Interval
	}{
		"between":        {Limit{Used: facts.Some(uint64(80)), Max: 100}, rate(10, 5, 20), Interval{facts.Some(d), facts.Some(4 * d)}},
		"full":           {Limit{Used: facts.Some(uint64(100)), Max: 100}, rate(10, 5, 20), Interval{facts.Some(time.Duration(0)), facts.Some(time.Duration(0))}},
		"over":           {Limit{Used: facts.Some(uint64(120)), Max: 100}, rate(10, 5, 20), Interval{facts.Some(time.Duration(0)), facts.Some(time.Duration(0))}},
		"maybe never":    {Limit{Used: facts.Some(uint64(80)), Max: 100}, rate(10, 0, 20), Interval{AtLeast: facts.Some(d)}},
		"a lower bound":  {Limit{Used: facts.Some(uint64(80)), Max: 100, LowerBound: true}, rate(10, 5, 20), Interval{AtMost: facts.Some(4 * d)}},
		"used unknown":   {Limit{Max: 100}, rate(10, 5, 20), Interval{}},
		"no rate":        {Limit{Used: facts.Some(uint64(80)), Max: 100}, Inflow{}, Interval{}},
		"not a number":   {Limit{Used: facts.Some(uint64(80)), Max: 100}, rate(1, math.NaN(), math.Inf(1)), Interval{AtLeast: facts.Some(time.Duration(0))}},
		"negative":       {Limit{Used: facts.Some(uint64(80)), Max: 100}, rate(-1, -2, -1), Interval{}},
		"in a long time": {Limit{Used: facts.Some(uint64(0)), Max: math.MaxUint64}, rate(1e-9, 1e-9, 1e-9), Interval{}},
	} {
		if c.l.predict(c.r); c.l.Full != c.want {
			t.Errorf("%s: got %v, want %v", name, c.l.Full, c.want)
		}
	}
}

// One parent of unknown rate makes the earliest end unknown, not the latest.
func TestRatesAddUp(t *testing.T) {
	known := &Parent{Rate: Rate{PerDay: facts.Some(3.0), Low: facts.Some(2.0), High: facts.Some(4.0), Points: 9, Ongoing: true}}
	l := Limit{Parents: []*Parent{known, known}}
	if got, want := l.Inflow(), (Inflow{facts.Some(6.0), facts.Some(4.0), facts.Some(8.0)}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	l.Parents = append(l.Parents, &Parent{})
	if got := l.Inflow(); got.Best != facts.Some(6.0) || got.Low != facts.Some(4.0) || got.High.Known() {
		t.Errorf("got %v", got)
	}
	if got := (&Limit{}).Inflow(); got != (Inflow{}) {
		t.Errorf("of nobody: %v", got)
	}
}

func TestPercent(t *testing.T) {
	for _, c := range []struct {
		n, of uint64
		want  int
	}{{0, 0, 0}, {1, 0, 100}, {89, 100, 89}, {8999, 10000, 89}, {math.MaxUint64 - 1, math.MaxUint64 - 1, 100}, {math.MaxUint64, 1, math.MaxInt32}} {
		if got := percent(c.n, c.of); got != c.want {
			t.Errorf("%d of %d: got %d, want %d", c.n, c.of, got, c.want)
		}
	}
}

func TestKernelAtLeast(t *testing.T) {
	for release, want := range map[string]bool{"6.14": true, "6.14.0-rc1": true, "6.18.44-fc": true, "7.0-x": true, "6.13.9": false, "5.100.1": false, "": false, "x": false, "6": false, "6.x": false} {
		if got := kernelAtLeast(facts.Some(release), 6, 14); got != want {
			t.Errorf("%q: got %v", release, got)
		}
	}
}
