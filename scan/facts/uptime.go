package facts

import (
	"bytes"
	"time"
)

// ParseUptime returns CLOCK_BOOTTIME from /proc/uptime (proc_uptime(5)).
func ParseUptime(b []byte) (time.Duration, bool) {
	word, _, _ := bytes.Cut(b, []byte(" "))
	whole, part, _ := bytes.Cut(word, []byte("."))
	seconds, ok1 := parseUint(whole)
	hundredths, ok2 := parseUint(part)
	const most = 1 << 32 // seconds, a century
	return time.Duration(seconds)*time.Second + time.Duration(hundredths)*10*time.Millisecond, ok1 && ok2 && len(part) == 2 && seconds < most
}
