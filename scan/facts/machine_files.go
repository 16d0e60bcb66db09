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

// ProcStat is the content of /proc/stat about the machine (proc_stat(5)).
type ProcStat struct {
	BootTime Opt[time.Time] // btime
	CPUs     int            // cpuN lines
	// Lost is, by CPU, the time that its scheduler clock did not count: fields
	// 6, 7 and 8 of its line, which are irq, softirq and steal.
	Lost map[int]time.Duration
}

// ParseProcStat parses the content of /proc/stat. The lost time of a CPU is
// unknown where its line makes no sense. With an error the rest of the result
// holds.
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

// ParseUptime returns CLOCK_BOOTTIME from /proc/uptime (proc_uptime(5)).
func ParseUptime(b []byte) (time.Duration, bool) {
	word, _, _ := bytes.Cut(b, []byte(" "))
	whole, part, _ := bytes.Cut(word, []byte("."))
	seconds, ok1 := parseUint(whole)
	hundredths, ok2 := parseUint(part)
	const most = 1 << 32 // seconds, a century
	return time.Duration(seconds)*time.Second + time.Duration(hundredths)*10*time.Millisecond, ok1 && ok2 && len(part) == 2 && seconds < most
}

// ParseTasks returns the total in the fourth field of /proc/loadavg
// (proc_loadavg(5)), "running/total": all tasks of the machine, zombies too.
func ParseTasks(b []byte) (uint64, error) {
	fields := bytes.Fields(b)
	if len(fields) < 4 {
		return 0, fmt.Errorf("%d fields, at least 4 expected", len(fields))
	}
	running, total, ok := bytes.Cut(fields[3], []byte("/"))
	if _, good := parseUint(running); !ok || !good {
		return 0, fmt.Errorf("field 4: bad value %.32q", fields[3])
	}
	return ParseNumber(total)
}
