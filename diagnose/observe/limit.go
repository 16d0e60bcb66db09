package observe

import (
	"math"
	"math/bits"
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Limit is a finite limit on the number of processes that applies to a parent
// of zombies. Threads count as one each, and so do zombies.
type Limit struct {
	Name       string // pids.max, RLIMIT_NPROC, threads-max or pid_max
	Path       string // the file that shows it
	Used       facts.Opt[uint64]
	Max        uint64
	Zombies    int  // how many of the visible zombies count against it
	LowerBound bool // more may be used than Used, by processes out of sight
	// Refusals counts forks that it has made fail (pids.events), since the
	// cgroup was made. Unknown: nobody counts them.
	Refusals facts.Opt[uint64]
	SetBy    Setter // where it is set
	// Full is the time until it is used up at the rate at which zombies come,
	// and FullIn the best guess within. Unknown where no rate is.
	Full   Interval
	FullIn facts.Opt[time.Duration]

	Evidence []Evidence
	Parents  []*Parent // those with zombies that count against it, by PID

	charged map[int]bool // their PIDs
}

// The names of limits.
const (
	PidsMax    = "pids.max"
	NProc      = "RLIMIT_NPROC"
	ThreadsMax = "threads-max"
	PidMax     = "pid_max"
)

// Percent returns how much of the limit is used, in hundredths, cut down.
func (l *Limit) Percent() (int, bool) {
	used, ok := l.Used.Get()
	if !ok {
		return 0, false
	}
	return percent(used, l.Max), true
}

// percent of a limit of 0, which may be set, is what would be of 1: any use is more than all of it.
func percent(n, of uint64) int {
	high, low := bits.Mul64(n, 100)
	if of = max(of, 1); high >= of {
		return math.MaxInt32
	}
	hundredths, _ := bits.Div64(high, low, of)
	return int(min(hundredths, math.MaxInt32))
}

// ZombiePercent returns how much of the limit zombies hold, in hundredths.
func (l *Limit) ZombiePercent() int { return percent(uint64(l.Zombies), l.Max) }

// share is what limits are ordered by: those last of which it is unknown.
func (l *Limit) share() float64 {
	used, ok := l.Used.Get()
	if !ok {
		return -1
	}
	return float64(used) / float64(max(l.Max, 1))
}

// charge counts a zombie against a limit.
func (l *Limit) charge(z *Zombie) {
	l.Zombies++
	l.charged[z.PPID] = true
}

// Interval is a duration that is known within bounds, either of which may be unknown.
type Interval struct{ AtLeast, AtMost facts.Opt[time.Duration] }

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

// Predict computes when the limit is used up, by the rates of its Parents.
func (l *Limit) Predict() { l.predict(l.Inflow()) }

func (l *Limit) predict(rate Inflow) {
	best, ok := timeFor(*l, rate.Best)
	if !ok {
		return
	}
	l.FullIn = facts.Some(best)
	if least, ok := timeFor(*l, rate.High); ok && !l.LowerBound {
		l.Full.AtLeast = facts.Some(least)
	}
	if most, ok := timeFor(*l, rate.Low); ok {
		l.Full.AtMost = facts.Some(most)
	}
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
