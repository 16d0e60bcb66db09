package scan

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// bootClock returns CLOCK_BOOTTIME.
func bootClock() (time.Duration, bool) {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts) != nil {
		return 0, false
	}
	return time.Duration(ts.Nano()), true
}

// suspended returns how long the machine has been suspended since boot.
func suspended() Opt[time.Duration] {
	var boot, mono unix.Timespec
	// Monotonic first: what passes between the two makes the answer larger,
	// which is the safe side for an upper bound.
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &mono) != nil || unix.ClockGettime(unix.CLOCK_BOOTTIME, &boot) != nil {
		return Opt[time.Duration]{}
	}
	return Some(time.Duration(boot.Nano() - mono.Nano()))
}

// machine returns the kernel release and the architecture (uname(2)).
func machine() (kernel, arch string) {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return "", ""
	}
	return unix.ByteSliceToString(u.Release[:]), unix.ByteSliceToString(u.Machine[:])
}

// readClocks reads the scheduler clock of each CPU: se.exec_start of a thread
// that is pinned to it and has just been woken there. A CPU outside our cpuset
// is left out.
func readClocks(cpus []int) []CPUClock {
	if len(cpus) == 0 {
		return nil
	}
	done := make(chan []CPUClock)
	go func() {
		// Never unlocked: the thread ends with the goroutine, so that no other
		// inherits the affinity.
		runtime.LockOSThread()
		var clocks []CPUClock
		for _, cpu := range cpus {
			if c, ok := readClock(cpu); ok {
				clocks = append(clocks, c)
			}
		}
		done <- clocks
	}()
	return <-done
}

func readClock(cpu int) (CPUClock, bool) {
	var set unix.CPUSet
	set.Set(cpu)
	if !set.IsSet(cpu) || unix.SchedSetaffinity(0, &set) != nil {
		return CPUClock{}, false
	}
	// exec_start is set when the thread is put on the CPU: sleeping makes that
	// happen now.
	nap := unix.NsecToTimespec(int64(200 * time.Microsecond))
	_ = unix.Nanosleep(&nap, nil) // woken early is woken
	b, err := readAt(unix.AT_FDCWD, "/proc/thread-self/sched", nil, maxFile)
	up, ok := bootClock()
	if err != nil || !ok {
		return CPUClock{}, false
	}
	s, err := ParseSched(b)
	if err != nil {
		return CPUClock{}, false
	}
	return CPUClock{CPU: cpu, ExecStartMs: s.ExecStartMs, BoottimeNs: int64(up)}, true
}
