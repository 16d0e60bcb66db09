package facts

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
)

// Sched is what /proc/PID/sched tells. The file exists only on kernels with
// CONFIG_SCHED_DEBUG (always since 6.15).
type Sched struct {
	// ExecStartMs is se.exec_start in milliseconds, on the clock of the CPU
	// that the process last ran on. It stands still from the moment of death.
	ExecStartMs float64
}

// ParseSched parses the content of /proc/PID/sched. It never panics.
func ParseSched(b []byte) (Sched, error) {
	head := schedHead(b)
	if head < 0 {
		return Sched{}, errors.New("no dashed line after the name")
	}
	for line := range bytes.Lines(b[head:]) {
		name, val, ok := bytes.Cut(line, []byte(":"))
		if !ok || string(bytes.TrimSpace(name)) != schedKey {
			continue
		}
		f, err := strconv.ParseFloat(string(bytes.TrimSpace(val)), 64)
		if err != nil || f < 0 || math.IsInf(f, 0) || math.IsNaN(f) {
			return Sched{}, fmt.Errorf("%s: bad number %.32q", schedKey, val)
		}
		return Sched{ExecStartMs: f}, nil
	}
	return Sched{}, fmt.Errorf("no %s line", schedKey)
}

const schedKey = "se.exec_start"

// schedHead returns where the dashed line begins; -1: there is none. The first
// line begins with the name, which may contain newlines: only what follows the
// dashed line is the kernel's own.
func schedHead(b []byte) int {
	const rule, header = "\n-----", 256
	i := bytes.LastIndex(b[:min(len(b), header)], []byte(rule))
	if i < 0 {
		return -1
	}
	return i + 1
}

// ParseMigrations returns the se.nr_migrations of a sched file: how often the
// process has changed CPU.
func ParseMigrations(b []byte) (uint64, bool) {
	for line := range bytes.Lines(b) {
		if name, val, ok := bytes.Cut(line, []byte(":")); ok && string(bytes.TrimSpace(name)) == "se.nr_migrations" {
			return parseUint(bytes.TrimSpace(val))
		}
	}
	return 0, false
}
