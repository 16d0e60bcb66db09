package facts

import (
	"bytes"
	"errors"
	"fmt"
	"math"
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

// MaxCmdline bounds the part of a command line that is read and kept, in bytes.
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
func ParseNamespace(s string) (uint64, error) {
	if num, ok := strings.CutPrefix(s, "pid:["); ok {
		if num, ok = strings.CutSuffix(num, "]"); ok {
			if n, err := strconv.ParseUint(num, 10, 64); err == nil {
				return n, nil
			}
		}
	}
	return 0, fmt.Errorf("bad namespace link %.40q", s)
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
		n, err := ParseNumber(fields[0])
		if err != nil {
			return 0, fmt.Errorf("line of Max processes: %w", err)
		}
		return n, nil
	}
	return 0, errors.New("no Max processes line")
}

// Sched is the content of /proc/PID/sched. The file exists only on kernels with
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

// schedHead returns where the dashed line begins; -1: it is missing. The first
// line begins with the name, which may contain newlines: only the lines behind
// the dashed line are the kernel's own.
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

// ParseFDInfo parses /proc/PID/fdinfo/FD of a pidfd or a signalfd
// (proc_pid_fdinfo(5)), which does not contain FD itself.
func ParseFDInfo(b []byte) (info FDInfo, err error) {
	for line := range bytes.Lines(b) {
		key, val, ok := bytes.Cut(bytes.TrimSpace(line), []byte(":"))
		if !ok {
			continue
		}
		text := string(bytes.TrimSpace(val))
		switch string(key) {
		case "Pid":
			// -1: the process was reaped; 0: it is outside this PID namespace.
			n, err := strconv.ParseInt(text, 10, 32)
			if err != nil {
				return FDInfo{}, fmt.Errorf("bad Pid %.32q", text)
			}
			info.PID = Some(int(n))
		case "sigmask":
			n, err := strconv.ParseUint(text, 16, 64)
			if err != nil {
				return FDInfo{}, fmt.Errorf("bad sigmask %.32q", text)
			}
			info.Sigmask = Some(n)
		}
	}
	return info, nil
}

// FDInfo is one pidfd or signalfd of a process (/proc/PID/fdinfo/FD).
type FDInfo struct {
	FD      int
	PID     Opt[int]    // Pid: of a pidfd
	Sigmask Opt[uint64] // sigmask: of a signalfd
}
