package facts

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"time"
)

// UserHZ is the unit of times in /proc/PID/stat: a constant of the kernel's
// interface on every architecture that Go runs on (USER_HZ), whatever the
// kernel ticks at inside.
const UserHZ = 100

// maxCPUs bounds the CPUs of a recording (CONFIG_NR_CPUS is 8192 at the most).
const maxCPUs = 8192

// ProcStat is what /proc/stat tells of the machine (proc_stat(5)).
type ProcStat struct {
	BootTime Opt[time.Time] // btime
	CPUs     int            // cpuN lines
	// Lost is, by CPU, the time that its scheduler clock did not count: fields
	// 6, 7 and 8 of its line, which are irq, softirq and steal.
	Lost map[int]time.Duration
}

// ParseProcStat parses the content of /proc/stat. A line of a CPU that makes no
// sense leaves what that CPU lost unknown. With an error the rest of what is
// returned holds.
func ParseProcStat(b []byte) (ProcStat, error) {
	s := ProcStat{Lost: map[int]time.Duration{}}
	var err error
	for line := range bytes.Lines(b) {
		f := bytes.Fields(line)
		if len(f) < 2 {
			continue
		}
		if string(f[0]) == "btime" {
			boot, ok := parseUint(f[1])
			if !ok {
				err = errors.Join(err, fmt.Errorf("btime: bad number %.32q", f[1]))
			} else if boot > 0 && boot < 1<<40 {
				s.BootTime = Some(time.Unix(int64(boot), 0).UTC())
			}
		}
		if num, ok := bytes.CutPrefix(f[0], []byte("cpu")); ok {
			if cpu, ok := parseUint(num); ok {
				s.CPUs++
				if lost, ok := lostBy(f[1:]); ok && cpu < maxCPUs {
					s.Lost[int(cpu)] = lost
				}
			}
		}
	}
	return s, err
}

// lostBy adds up what a CPU lost, by the numbers of its line.
func lostBy(fields [][]byte) (time.Duration, bool) {
	if len(fields) < 8 {
		return 0, false
	}
	var ticks uint64
	for _, f := range fields[5:8] {
		n, ok := parseUint(f)
		if !ok || n >= math.MaxInt64/uint64(time.Second)/4 {
			return 0, false
		}
		ticks += n
	}
	return time.Duration(ticks) * (time.Second / UserHZ), true
}
