package facts

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ParsePID parses the name of a process's directory as the kernel writes it:
// "007" and "+7" are not PID 7.
func ParsePID(name string) (int, bool) {
	if name == "" || name[0] < '1' || name[0] > '9' {
		return 0, false
	}
	n, err := strconv.ParseInt(name, 10, 32)
	return int(n), err == nil
}

// Path is where a file of a process is, below the root: "proc/7/stat".
func Path(pid int, file string) string {
	return "proc/" + strconv.Itoa(pid) + "/" + file
}

// ParseWord returns the content of a file that is one word, such as
// /proc/PID/wchan, without the blanks around it.
func ParseWord(b []byte) (string, error) {
	s := strings.TrimSpace(string(b))
	if len(s) > 128 {
		return "", fmt.Errorf("%d bytes, one word expected", len(s))
	}
	return s, nil
}

// MaxCmdline bounds what is read and kept of a command line, in bytes.
const MaxCmdline = 32 << 10

// ParseCmdline splits at NUL. A process may overwrite its arguments, so it may
// be anything; trailing empty ones are the padding that doing so leaves.
func ParseCmdline(b []byte) []string {
	args := strings.Split(strings.TrimRight(string(b), "\x00"), "\x00")
	if len(args) == 1 && args[0] == "" {
		return []string{}
	}
	return args
}

// ParseNamespace parses "pid:[4026531836]" (namespaces(7)).
func ParseNamespace(s string) (Opt[uint64], error) {
	if num, ok := strings.CutPrefix(s, "pid:["); ok {
		if num, ok = strings.CutSuffix(num, "]"); ok {
			if n, err := strconv.ParseUint(num, 10, 64); err == nil {
				return Some(n), nil
			}
		}
	}
	return Opt[uint64]{}, fmt.Errorf("bad namespace link %.40q", s)
}

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
