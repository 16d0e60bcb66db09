package diagnose

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/zombiectl/zombiectl/scan"
)

// leak is Z403: zombies keep coming.
func leak(_ *exam, p *Parent) *Finding {
	rate, ok := p.Rate.PerDay.Get()
	if !ok || p.Process == nil || !p.Rate.Ongoing || !steady(p.deaths) {
		return nil
	}
	f := aboutProcess(p.Process)
	f.Certainty, f.Zombies = Likely, p.Zombies
	f.Message = fmt.Sprintf("zombies keep coming: %s, by %d deaths in the last %s", RateText(rate), len(p.deaths), duration(middle(p.deaths[0])))
	f.Evidence = p.deathEvidence()
	f.Advice = []string{"It will not stop by itself: until the parent waits, each adds to the limits on processes."}
	return f
}

// periodic is Z404: the same command, started at a regular interval.
func periodic(x *exam) []*Finding {
	var out []*Finding
	for _, p := range x.order {
		byComm := map[string][]*Zombie{}
		for _, z := range p.zombies {
			byComm[z.Process.Comm] = append(byComm[z.Process.Comm], z)
		}
		for _, comm := range slices.Sorted(maps.Keys(byComm)) {
			starts := startsOf(x.Snapshot, byComm[comm])
			period, ok := periodOf(starts)
			if !ok || p.Process == nil {
				continue
			}
			f := aboutProcess(p.Process)
			f.Certainty, f.Zombies = Likely, len(starts)
			f.Message = fmt.Sprintf("%s is started every %s (%d times): %s", comm, periodText(period), len(starts), looksLike(period))
			for _, z := range byComm[comm][:min(len(byComm[comm]), maxListed)] {
				f.Evidence = append(f.Evidence, Evidence{statFile(z.Process.PID), "field 22 (starttime)", fmt.Sprint(z.Process.StartTicks)})
			}
			f.Advice = []string{"A probe that is killed by its time-out leaves its children behind: make the time-out inside shorter than the one outside."}
			out = append(out, f)
		}
	}
	return out
}

// startsOf returns when zombies were started, since boot, in order.
func startsOf(s *scan.Snapshot, zombies []*Zombie) []time.Duration {
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
	if len(starts) < minPoints {
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
	single, regular := 0, 0
	for _, g := range gaps {
		n := (g + median/2) / median
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
	var intervals time.Duration
	for _, g := range gaps {
		intervals += (g + median/2) / median
	}
	return (starts[len(starts)-1] - starts[0]) / intervals, true
}

func periodText(d time.Duration) string {
	if d < time.Hour {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return duration(d)
}

// looksLike guesses what starts something at such an interval.
func looksLike(period time.Duration) string {
	if period >= time.Minute && (period+time.Second)%time.Minute <= 2*time.Second {
		return "looks like a cron job, or an exec probe"
	}
	return "looks like an exec probe, or a health check"
}

// leakyTools leave a process behind each time that they are used.
var leakyTools = map[string]string{
	"timeout":    "busybox timeout becomes its command, and leaves a watchdog behind each time",
	"ssl_client": "busybox wget leaves an ssl_client behind for each https request",
}

// leakyTool is Z405.
func leakyTool(x *exam) []*Finding {
	var out []*Finding
	for _, p := range x.order {
		counts := map[string]int{}
		for _, z := range p.zombies {
			if leakyTools[z.Process.Comm] != "" {
				counts[z.Process.Comm]++
			}
		}
		for _, comm := range slices.Sorted(maps.Keys(counts)) {
			f := &Finding{Certainty: Possible, Zombies: counts[comm]}
			if p.Process != nil {
				f.Subject, f.Comm = p.Process.ID(), p.Process.Comm
			}
			f.Message = fmt.Sprintf("%s: %s", count(counts[comm], "zombie is a "+comm, "zombies are "+comm), leakyTools[comm])
			f.Advice = []string{"Use the coreutils timeout, or curl, in probes; or give the container an init."}
			out = append(out, f)
		}
	}
	return out
}

// RateText says a rate in the unit that suits it.
func RateText(perDay float64) string {
	switch {
	case perDay >= 2*24*60*60:
		return fmt.Sprintf("%.1f/s", perDay/(24*60*60))
	case perDay >= 2*24*60:
		return fmt.Sprintf("%.1f/min", perDay/(24*60))
	case perDay >= 2*24:
		return fmt.Sprintf("%.1f/h", perDay/24)
	default:
		return fmt.Sprintf("%.1f/day", perDay)
	}
}

// deathEvidence points at the times of death of the first and the last.
func (p *Parent) deathEvidence() []Evidence {
	var ev []Evidence
	zombies := slices.SortedFunc(slices.Values(p.zombies), func(a, b *Zombie) int {
		if older(a.Age, b.Age) {
			return -1
		}
		return 1
	})
	for _, z := range []*Zombie{zombies[0], zombies[len(zombies)-1]} {
		if e, ok := execStart(z.Process); ok {
			ev = append(ev, e)
		}
	}
	return ev
}

// killed hints at what may have ended many children alike, with what speaks
// for it.
func killed(p *Parent) (string, []Evidence) {
	n := 0
	for _, z := range p.zombies {
		if e, ok := z.Exit.Get(); ok && e.Signal == sigkill {
			n++
		}
	}
	if n < minPoints || n*2 < len(p.zombies) {
		return "", nil
	}
	hint := fmt.Sprintf("; %d of them were killed by SIGKILL: possibly ", n)
	if p.Process != nil && p.Process.Deep != nil {
		if oom, ok := p.Process.Deep.OOM.Get(); ok {
			ev := []Evidence{{"/" + oom.File, "oom_kill", fmt.Sprint(oom.Kills)}}
			if oom.Kills == 0 {
				return hint + "a time-out; the OOM killer has not struck in its cgroup", ev
			}
			return hint + fmt.Sprintf("the OOM killer, which has struck %s in its cgroup, or a time-out", count(int(min(oom.Kills, 1<<30)), "time", "times")), ev
		}
	}
	return hint + "the OOM killer, or a time-out", nil
}

// execStart points at when a process last ran: of a zombie, when it died.
func execStart(p *scan.Process) (Evidence, bool) {
	if p.Deep == nil {
		return Evidence{}, false
	}
	sched, ok := p.Deep.Sched.Get()
	cpu, known := p.Processor.Get()
	return Evidence{fmt.Sprintf("/proc/%d/sched", p.PID), "se.exec_start", fmt.Sprintf("%.3f ms, on the clock of CPU %d", sched.ExecStartMs, cpu)}, ok && known
}
