package rule

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/scan/facts"
)

var _ = register(Rule{
	ID: "Z404", Name: "periodic", Severity: Info,
	Rank: NoCause, Nudge: Nudge{Effect: NotAboutParents}, Whole: findPeriodic,
	Title:  "The same command, started at a regular interval",
	Advice: []Advice{advise(Developer, Cure, "Make the timeout inside a probe shorter than the one outside.").by(Step{Text: "A probe that is killed by its timeout leaves its children behind."})},
})

type periodic struct {
	comm   string
	period time.Duration
	starts int
}

func findPeriodic(x *observe.Observation) []*Finding {
	var out []*Finding
	for _, p := range x.Scope.Parents {
		byComm := map[string][]*observe.Zombie{}
		for _, z := range p.Children {
			byComm[z.Process.Comm] = append(byComm[z.Process.Comm], z)
		}
		for _, comm := range slices.Sorted(maps.Keys(byComm)) {
			starts := startsOf(x.Snapshot, byComm[comm])
			period, ok := periodOf(starts)
			if !ok || p.Process == nil {
				continue
			}
			f := about(p.Process, observe.Likely, len(starts), periodic{comm: comm, period: period, starts: len(starts)})
			for _, z := range byComm[comm][:min(len(byComm[comm]), observe.MaxListed)] {
				f.Evidence = append(f.Evidence, observe.Stat(z.Process.PID, fmt.Sprint(z.Process.StartTicks), "starttime", 22))
			}
			out = append(out, f)
		}
	}
	return out
}

// startsOf returns when zombies were started, since boot, in order.
func startsOf(s *facts.Snapshot, zombies []*observe.Zombie) []time.Duration {
	var starts []time.Duration
	for _, z := range zombies {
		if d, ok := s.SinceBoot(z.Process); ok {
			starts = append(starts, d)
		}
	}
	slices.Sort(starts)
	return starts
}

// periodOf finds the interval of regular starts: at least five, most of them
// one interval apart and the others some whole intervals, since one that did
// not leave a zombie leaves a gap.
func periodOf(starts []time.Duration) (time.Duration, bool) {
	if len(starts) < observe.MinPoints {
		return 0, false
	}
	gaps := make([]time.Duration, 0, len(starts)-1)
	for i := 1; i < len(starts); i++ {
		gaps = append(gaps, starts[i]-starts[i-1])
	}
	sorted := slices.Sorted(slices.Values(gaps))
	median := sorted[len(sorted)/2]
	if median < time.Second {
		return 0, false // no probe and no timer comes so often
	}
	const maxMissed = 2 // in a row
	slack := max(median/10, 50*time.Millisecond)
	single, regular, intervals := 0, 0, time.Duration(0)
	for _, g := range gaps {
		n := (g + median/2) / median
		intervals += n
		if n >= 1 && n <= maxMissed+1 && (g-n*median).Abs() <= slack {
			regular++
			if n == 1 {
				single++
			}
		}
	}
	if regular*10 < len(gaps)*9 || single*2 < len(gaps) {
		return 0, false
	}
	// The mean over all is finer than any one gap, whose ends are whole ticks.
	return (starts[len(starts)-1] - starts[0]) / intervals, true
}

func (p periodic) Message() string {
	every := english.Duration(p.period)
	if p.period < time.Hour {
		every = fmt.Sprintf("%.1f s", p.period.Seconds())
	}
	return fmt.Sprintf("has zombies of %s, which is started every %s (%d times): that looks like %s", p.comm, every, p.starts, looksLike(p.period))
}

// looksLike guesses what starts something at such an interval.
func looksLike(period time.Duration) string {
	if period >= time.Minute && (period+time.Second)%time.Minute <= 2*time.Second {
		return "a cron job, or an exec probe"
	}
	return "an exec probe, or a health check"
}
