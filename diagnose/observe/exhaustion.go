package observe

import (
	"math"
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Inflow is how many zombies come a day, within bounds.
type Inflow struct{ Best, Low, High facts.Opt[float64] }

// Inflow adds up the rates of the parents whose zombies count against a limit.
// One that is not known adds nothing at least, and any number at most.
func (l *Limit) Inflow() Inflow {
	var best, low, high float64
	bestKnown, highKnown := false, len(l.Parents) > 0
	for _, p := range l.Parents {
		r := p.Rate
		b, ok := r.PerDay.Get()
		if !ok || r.Points < MinPoints || !r.Ongoing || math.IsNaN(b) {
			highKnown = false
			continue
		}
		best, bestKnown = best+b, true
		if v, ok := r.Low.Get(); ok && v > 0 {
			low += v
		}
		v, ok := r.High.Get()
		high, highKnown = high+v, highKnown && ok
	}
	var r Inflow
	if bestKnown {
		r.Best, r.Low = facts.Some(best), facts.Some(low)
	}
	if highKnown {
		r.High = facts.Some(high)
	}
	return r
}

// Predict tells when the limit is used up, by the rates of its Parents.
func (l *Limit) Predict() {
	rate := l.Inflow()
	best, ok := timeFor(*l, rate.Best)
	if !ok {
		return
	}
	l.FullIn, l.Full = facts.Some(best), untilFull(*l, rate)
}

// untilFull returns how long it takes until a limit is used up when that many
// more are used each day.
func untilFull(l Limit, r Inflow) Interval {
	var t Interval
	if least, ok := timeFor(l, r.High); ok && !l.LowerBound {
		t.AtLeast = facts.Some(least)
	}
	if most, ok := timeFor(l, r.Low); ok {
		t.AtMost = facts.Some(most)
	}
	return t
}

// timeFor is unknown also when it is longer than anybody will wait.
func timeFor(l Limit, rate facts.Opt[float64]) (time.Duration, bool) {
	used, ok1 := l.Used.Get()
	per, ok2 := rate.Get()
	if !ok1 || !ok2 || !(per > 0) {
		return 0, false
	}
	if used >= l.Max {
		return 0, true
	}
	const hundredYears = 100 * 365 * 24 * float64(time.Hour)
	d := float64(l.Max-used) / per * 24 * float64(time.Hour)
	return time.Duration(d), d < hundredYears
}
