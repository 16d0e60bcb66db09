package looktest

import (
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
)

const now = 1_000_000 * time.Second // since boot

// died gives a snapshot the clock by which its zombies died so long ago. A
// process that was started a moment before its death has an exact age.
func died(s *facts.Snapshot, ages map[int]time.Duration) *facts.Snapshot {
	s.Host.UserHZ = facts.Some(uint64(100))
	s.Boottime = facts.Some(now)
	s.Clocks = []facts.CPUClock{{CPU: 0, ExecStartMs: float64(now / time.Millisecond), BoottimeNs: int64(now)}}
	for i := range s.Procs {
		p := &s.Procs[i]
		age, ok := ages[p.PID]
		if !ok {
			continue
		}
		death := now - age
		p.StartTicks = uint64((death - 20*time.Millisecond) / (10 * time.Millisecond))
		p.Deep.Sched = facts.Some(facts.Sched{ExecStartMs: float64(death) / float64(time.Millisecond)})
		if s.Again != nil {
			s.Again.Procs[p.PID] = &facts.Again{Stat: p.Stat}
		}
	}
	return s
}

// Leaking is a parent, PID 7, whose zombies died so long ago.
func Leaking(comm string, ages ...time.Duration) *facts.Snapshot {
	procs := []Proc{Tini, {PID: 7, PPID: 1, Comm: "leaky"}}
	at := map[int]time.Duration{}
	for i, age := range ages {
		z := Zombie(100+i, 7)
		z.Comm = comm
		procs = append(procs, z)
		at[100+i] = age
	}
	return died(LookOnce(procs...), at)
}

// Every returns the ages of n zombies, of which one died in each period.
func Every(period time.Duration, n int, newest time.Duration) []time.Duration {
	var ages []time.Duration
	for i := range n {
		ages = append(ages, newest+time.Duration(n-1-i)*period)
	}
	return ages
}
