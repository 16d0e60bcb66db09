package look

import (
	"runtime"
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
	"golang.org/x/sys/unix"
)

func bootClock() (time.Duration, bool) {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts) != nil {
		return 0, false
	}
	return time.Duration(ts.Nano()), true
}

func now() (taken facts.Opt[time.Time], up facts.Opt[time.Duration]) {
	if d, ok := bootClock(); ok {
		up = facts.Some(d)
	}
	return facts.Some(time.Now().UTC().Round(0)), up
}

func suspended() facts.Opt[time.Duration] {
	var boot, mono unix.Timespec
	// Monotonic first: what passes between the two makes the answer larger,
	// which is the safe side for an upper bound.
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &mono) != nil || unix.ClockGettime(unix.CLOCK_BOOTTIME, &boot) != nil {
		return facts.Opt[time.Duration]{}
	}
	return facts.Some(time.Duration(boot.Nano() - mono.Nano()))
}

// Clocks reads the clock of each CPU that is in our cpuset, and for how long the
// machine has been suspended since boot.
func (l *live) Clocks(cpus []int) ([]facts.CPUClock, facts.Opt[time.Duration]) {
	return readClocks(cpus), suspended()
}

// readClocks reads the scheduler clock of each CPU: se.exec_start of a thread
// that is pinned to it and has just been woken there. A CPU outside our cpuset
// is left out.
func readClocks(cpus []int) []facts.CPUClock {
	if len(cpus) == 0 {
		return nil
	}
	done := make(chan []facts.CPUClock)
	go func() {
		// Never unlocked: the thread exits with the goroutine, so that no other
		// inherits the affinity.
		runtime.LockOSThread()
		var clocks []facts.CPUClock
		for _, cpu := range cpus {
			if c, ok := readClock(cpu); ok {
				clocks = append(clocks, c)
			}
		}
		done <- clocks
	}()
	return <-done
}

func readClock(cpu int) (facts.CPUClock, bool) {
	var set unix.CPUSet
	set.Set(cpu)
	if !set.IsSet(cpu) || unix.SchedSetaffinity(0, &set) != nil {
		return facts.CPUClock{}, false
	}
	// exec_start is set when the thread is put on the CPU: sleeping makes that
	// happen now.
	nap := unix.NsecToTimespec(int64(200 * time.Microsecond))
	_ = unix.Nanosleep(&nap, nil) // woken early is woken
	b, err := readAt(unix.AT_FDCWD, "/proc/thread-self/sched", MaxFile)
	up, ok := bootClock()
	if err != nil || !ok {
		return facts.CPUClock{}, false
	}
	s, err := facts.ParseSched(b)
	if err != nil {
		return facts.CPUClock{}, false
	}
	return facts.CPUClock{CPU: cpu, ExecStartMs: s.ExecStartMs, BoottimeNs: int64(up)}, true
}
