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
	Means: `Zombies count against every limit on processes: pids.max of their cgroup and of all above it (docker --pids-limit,
the pod limit, systemd TasksMax=), RLIMIT_NPROC of their user, kernel.threads-max, kernel.pid_max. The one that is
used up most is nearly full: fork then fails with "Resource temporarily unavailable", for everybody under it. A
warning from 75 % on, critical from 90 %. It also warns when forks have been refused already and zombies hold at least
a tenth of the limit. From inside a container other containers' processes, and limits further up, are out of sight.`,
	Confirm: `    cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids.current /sys/fs/cgroup/pids.events   # v2, in a container
    cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids/pids.current /sys/fs/cgroup/pids/pids.events   # v1
    grep processes /proc/PARENT/limits; cat /proc/sys/kernel/threads-max /proc/sys/kernel/pid_max /proc/loadavg`,
	Fix: `Where zombies hold much of it, repair or restart the parent that the report names: reaping frees PIDs at once. To
raise the limit buys time. Where zombies hold little, look for what else starts processes or threads.

At the limit nothing new starts in that cgroup, kubectl exec and docker exec included. zombiectl forks nothing, but
like every Go program needs some threads: it starts with four free PIDs (three or four with GOMAXPROCS=1 set, up to
six on many processors). With fewer, run it from outside of the cgroup: on the node.`,
})

// Shares of a limit, in hundredths. From warnFrom on there is a finding: a
// quarter is what a deployment, a backup or a burst of probes may need at once.
// holdsMuch is what zombies have to hold before past refusals are their fault.
const (
	warnFrom     = 75
	criticalFrom = 90
	holdsMuch    = 10
)

// pidPressure is what Z401 found: a limit that is nearly used up, or has refused
// forks while zombies hold much of it.
type pidPressure struct {
	noCause
	limit *observe.Limit
	// worst keeps most of the zombies that count against the limit; nil: nobody
	// in view keeps any.
	worst *observe.Parent
	// above: there may be tighter limits out of sight.
	above bool
}

// findPidPressure looks at the tightest limit, and at any that has refused forks.
func findPidPressure(x *observe.Observation) []*Finding {
	var out []*Finding
	for i := range x.Scope.Limits {
		l := &x.Scope.Limits[i]
		share, known := l.Percent()
		refused, _ := l.Refusals.Get()
		tight := i == 0 && known && share >= warnFrom
		if !tight && (refused == 0 || l.ZombiePercent() < holdsMuch) {
			continue
		}
		found := pidPressure{limit: l, above: x.LimitsAbove && l.Name == observe.PidsMax}
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
	if p.limit.ZombiePercent() < holdsMuch {
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
