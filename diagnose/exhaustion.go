package diagnose

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/zombiectl/zombiectl/scan"
)

// Interval is a duration that is known within bounds, either of which may be
// unknown.
type Interval struct{ AtLeast, AtMost scan.Opt[time.Duration] }

// perDay is a rate within bounds.
type perDay struct{ best, low, high scan.Opt[float64] }

// rateOf adds up the rates of the parents whose zombies count against a limit.
// One that is not known adds nothing at least, and any number at most.
func (l *Limit) rateOf() perDay {
	var best, low, high float64
	bestKnown, highKnown := false, len(l.parents) > 0
	for _, p := range l.parents {
		r := p.Rate
		b, ok := r.PerDay.Get()
		if !ok || r.Points < minPoints || !r.Ongoing || math.IsNaN(b) {
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
	var r perDay
	if bestKnown {
		r.best, r.low = scan.Some(best), scan.Some(low)
	}
	if highKnown {
		r.high = scan.Some(high)
	}
	return r
}

// predict tells when the limit is used up.
func (l *Limit) predict() {
	rate := l.rateOf()
	best, ok := timeFor(*l, rate.best)
	if !ok {
		return
	}
	l.FullIn, l.Full = scan.Some(best), untilFull(*l, rate)
}

// FullText says when the limit is used up; "": nothing tells.
func (l *Limit) FullText() string {
	best, ok := l.FullIn.Get()
	if used, _ := l.Used.Get(); !ok || used >= l.Max {
		return ""
	}
	return intervalText(l.Full, best)
}

// untilFull returns how long it takes until a limit is used up when that many
// more are used each day.
func untilFull(l Limit, r perDay) Interval {
	var t Interval
	if least, ok := timeFor(l, r.high); ok && !l.LowerBound {
		t.AtLeast = scan.Some(least)
	}
	if most, ok := timeFor(l, r.low); ok {
		t.AtMost = scan.Some(most)
	}
	return t
}

// timeFor is unknown also when it is longer than anybody will wait.
func timeFor(l Limit, rate scan.Opt[float64]) (time.Duration, bool) {
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

// pidExhaustion is Z402: of the limit that will be hit first, when that is soon.
func pidExhaustion(x *exam) []*Finding {
	var first *Limit
	var soonest time.Duration
	for i := range x.d.Limits {
		l := &x.d.Limits[i]
		// What is full already is no prediction: Z401 says so.
		if used, ok := l.Used.Get(); !ok || used >= l.Max {
			continue
		}
		if t, ok := l.FullIn.Get(); ok && t <= x.opts.Horizon && (first == nil || t < soonest) {
			first, soonest = l, t
		}
	}
	if first == nil || x.opts.Horizon <= 0 {
		return nil
	}
	best, _ := first.rateOf().best.Get()
	f := &Finding{Certainty: Possible, Zombies: first.Zombies, Evidence: slices.Clone(first.evidence)}
	if most, ok := first.Full.AtMost.Get(); ok && most <= x.opts.Horizon {
		f.Certainty = Likely
	}
	f.Message = fmt.Sprintf("%s is full in %s at the rate at which zombies come (%s): it %s; set by %s",
		first.Name, first.FullText(), RateText(best), first.usage(), first.SetBy)
	f.Advice = []string{"Before then, make the parent wait for its children, or restart it: reaping frees PIDs at once."}
	return []*Finding{f}
}

func intervalText(t Interval, best time.Duration) string {
	least, ok1 := t.AtLeast.Get()
	most, ok2 := t.AtMost.Get()
	text := "about " + duration(best)
	switch {
	case ok1 && ok2:
		return fmt.Sprintf("%s (%s to %s)", text, duration(least), duration(most))
	case ok1:
		return fmt.Sprintf("%s (at least %s)", text, duration(least))
	case ok2:
		return fmt.Sprintf("%s (at most %s)", text, duration(most))
	default:
		return text
	}
}

// limitClause is what the sentence says of a limit that is nearly used up.
func (x *exam) limitClause() string {
	for i := range x.d.Findings {
		if f := &x.d.Findings[i]; f.Rule == "Z401" && f.Severity == Critical {
			return fmt.Sprintf(" %s %s.", x.d.Limits[0].Name, x.d.Limits[0].usage())
		}
	}
	return ""
}
