package scan

import (
	"bytes"
	"math"
	"strconv"
	"time"
)

// maxCPUs bounds the CPUs of a recording (CONFIG_NR_CPUS is 8192 at the most).
const maxCPUs = 8192

// parseLost reads the cpuN lines of /proc/stat (proc_stat(5)): time that a
// CPU's scheduler clock did not count. Fields 6, 7 and 8 are irq, softirq and
// steal, in ticks. A line that makes no sense is left out: its CPU is unknown.
func parseLost(b []byte) map[int]time.Duration {
	lost := map[int]time.Duration{}
	for line := range bytes.Lines(b) {
		name, rest, _ := bytes.Cut(line, []byte(" "))
		num, ok := bytes.CutPrefix(name, []byte("cpu"))
		cpu, err := strconv.Atoi(string(num))
		if !ok || err != nil || cpu < 0 || cpu >= maxCPUs {
			continue
		}
		fields := bytes.Fields(rest)
		if len(fields) < 8 {
			continue
		}
		var ticks uint64
		good := true
		for _, f := range fields[5:8] {
			n, ok := parseUint(f)
			good = good && ok && n < math.MaxInt64/uint64(time.Second)/4
			ticks += n
		}
		if good {
			lost[cpu] = time.Duration(ticks) * (time.Second / userHZ)
		}
	}
	return lost
}
