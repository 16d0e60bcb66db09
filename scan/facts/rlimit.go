package facts

import (
	"bytes"
	"errors"
	"fmt"
)

// ParseMaxProcesses returns the soft limit of the line "Max processes" of
// /proc/PID/limits (proc_pid_limits(5)): RLIMIT_NPROC, in tasks of its user;
// or Unlimited.
func ParseMaxProcesses(b []byte) (uint64, error) {
	for line := range bytes.Lines(b) {
		rest, ok := bytes.CutPrefix(line, []byte("Max processes "))
		if !ok {
			continue
		}
		fields := bytes.Fields(rest)
		if len(fields) < 2 {
			return 0, errors.New("line of Max processes: too few columns")
		}
		if string(fields[0]) == "unlimited" {
			return Unlimited, nil
		}
		n, err := parseCount(fields[0])
		if err != nil {
			return 0, fmt.Errorf("line of Max processes: %w", err)
		}
		return n, nil
	}
	return 0, errors.New("no Max processes line")
}
