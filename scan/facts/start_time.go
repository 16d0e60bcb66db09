package facts

import (
	"math"
	"time"
)

// Tick is the unit in which start times are told, to which they are rounded
// down; 0: unknown.
func (s *Snapshot) Tick() time.Duration {
	hz, ok := s.Host.UserHZ.Get()
	if !ok || hz == 0 || hz > uint64(time.Second) {
		return 0
	}
	return time.Second / time.Duration(hz)
}

// SinceBoot is when a process started, on CLOCK_BOOTTIME. The kernel rounds it
// down to a tick.
func (s *Snapshot) SinceBoot(p *Process) (time.Duration, bool) {
	tick := s.Tick()
	if tick == 0 || p.Listed != nil {
		return 0, false
	}
	if p.StartTicks > math.MaxInt64/2/uint64(tick) {
		return 0, false
	}
	return time.Duration(p.StartTicks) * tick, true
}

// StartTime returns when the process started, to the tick.
func (s *Snapshot) StartTime(p *Process) (time.Time, bool) {
	boot, ok := s.Host.BootTime.Get()
	since, known := s.SinceBoot(p)
	return boot.Add(since), ok && known
}
