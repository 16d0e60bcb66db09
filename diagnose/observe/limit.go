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
	// Name is pids.max, RLIMIT_NPROC, threads-max or pid_max.
	Name string
	Path string // the file that shows it
	Used facts.Opt[uint64]
	Max  uint64
	// Zombies is how many of the zombies in view count against it.
	Zombies int
	// LowerBound: more may be used than Used, by processes out of sight.
	LowerBound bool
	// Refusals counts forks that it has made fail (pids.events), since the
	// cgroup was made. Unknown: nobody counts them.
	Refusals facts.Opt[uint64]
	SetBy    Setter // where it is set
	// Full is the time until it is used up at the rate at which zombies come,
	// and FullIn the best guess within. Unknown where no rate is.
	Full   Interval
	FullIn facts.Opt[time.Duration]

	Evidence []Evidence
	// Parents are those with zombies that count against it, by PID.
	Parents []*Parent

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

// percent of a limit of 0, which may be set, is what would be of 1: any use is
// more than all of it.
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
	if l.charged == nil {
		l.charged = map[int]bool{}
	}
	l.charged[z.PPID] = true
}

// Interval is a duration that is known within bounds, either of which may be
// unknown.
type Interval struct{ AtLeast, AtMost facts.Opt[time.Duration] }
