package facts

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
)

// maxCgroups bounds the lines of /proc/PID/cgroup: one a v1 hierarchy, of
// which there are about a dozen, and one for v2.
const maxCgroups = 64

// MaxPath bounds what the kernel shows of a path (PATH_MAX), in bytes.
const MaxPath = 4096

// ParseCgroups parses the content of /proc/PID/cgroup (cgroups(7)). A path may
// hold colons; " (deleted)" at its end is the kernel's.
func ParseCgroups(b []byte) ([]CgroupPath, error) {
	out := []CgroupPath{}
	for line := range bytes.Lines(b) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		if len(line) == 0 {
			continue
		}
		parts := bytes.SplitN(line, []byte(":"), 3)
		if len(parts) != 3 {
			return nil, fmt.Errorf("bad line %.60q", line)
		}
		if _, ok := parseUint(parts[0]); !ok {
			return nil, fmt.Errorf("bad hierarchy %.32q", parts[0])
		}
		if len(out) == maxCgroups {
			return nil, fmt.Errorf("more than %d lines", maxCgroups)
		}
		out = append(out, CgroupPath{Controllers: string(parts[1]), Path: string(parts[2])})
	}
	return out, nil
}

// CgroupPath is one line of /proc/PID/cgroup (cgroups(7)).
type CgroupPath struct {
	Controllers string // comma separated; empty for the v2 hierarchy
	Path        string
}

// Unlimited stands for no limit: "max" in pids.max, "unlimited" in
// /proc/PID/limits, where the kernel has this very number (RLIM_INFINITY).
const Unlimited = math.MaxUint64

// Cgroup is what a cgroup says of its PIDs (the pids controller, cgroups(7)).
// Threads and zombies count as one each.
type Cgroup struct {
	// Path is its name as /proc/PID/cgroup shows it to whoever looked.
	Path string
	V2   bool
	// Parent is the key of the cgroup above it; "": that is not visible here.
	Parent string
	// PidsMax is pids.max, or Unlimited. Unknown: it has none, as the root of
	// a hierarchy and a cgroup without the controller.
	PidsMax Opt[uint64]
	// PidsCurrent is pids.current, of this cgroup and all below it.
	PidsCurrent Opt[uint64]
	// Refusals counts forks that failed: the max line of RefusalsFile.
	Refusals Opt[uint64]
	// RefusalsFile is pids.events.local (v2 since Linux 6.11), which counts the
	// forks that this limit refused; or else pids.events, which counts the forks
	// that were refused to processes in this cgroup, by its own limit or by one
	// above.
	RefusalsFile string
}

// ParsePidsMax parses pids.max: a number or "max".
func ParsePidsMax(b []byte) (uint64, error) {
	b = bytes.TrimSuffix(b, []byte("\n"))
	if string(b) == "max" {
		return Unlimited, nil
	}
	return ParseNumber(b)
}

// ParseNumber parses a file that is one number, such as pids.current.
func ParseNumber(b []byte) (uint64, error) {
	b = bytes.TrimSuffix(b, []byte("\n"))
	n, ok := parseUint(b)
	if !ok || n == Unlimited {
		return 0, fmt.Errorf("bad number %.32q", b)
	}
	return n, nil
}

// ParsePidsEvents returns the max line of pids.events: how many forks were
// refused.
func ParsePidsEvents(b []byte) (uint64, error) {
	num, ok := valueOf(b, "max")
	if !ok {
		return 0, errors.New("no max line")
	}
	return ParseNumber(num)
}

// valueOf returns what stands behind a name in a file of cgroups that has one
// on each line.
func valueOf(b []byte, name string) ([]byte, bool) {
	for line := range bytes.Lines(b) {
		if val, ok := bytes.CutPrefix(line, []byte(name+" ")); ok {
			return val, true
		}
	}
	return nil, false
}

// ErrOldKernel is given by the parsers of files of cgroups in which older kernels
// do not have the line.
var ErrOldKernel = errors.New("the kernel is too old to tell")

// OOM is how often the OOM killer struck in a cgroup (cgroups(7)).
type OOM struct {
	File  string // below the root
	Kills uint64 // its oom_kill line
}

// ParseOOMKills returns the oom_kill line of memory.events or, on v1, of
// memory.oom_control, which has it since Linux 4.13: before, the error is
// ErrOldKernel.
func ParseOOMKills(b []byte) (uint64, error) {
	num, ok := valueOf(b, "oom_kill")
	if !ok {
		return 0, ErrOldKernel
	}
	return ParseNumber(num)
}

// Freezer is whether a cgroup keeps its processes from running (cgroups(7)).
type Freezer struct {
	File   string // below the root: freezer.state of v1, cgroup.events of v2
	Field  string // in that file; "": all of it
	Value  string // "FROZEN", "1"
	Frozen bool
	// By is the file with which it was frozen, of this cgroup or of one above;
	// "": that was not found.
	By string
}

// ParseFreezerState parses freezer.state of v1: "THAWED", "FREEZING" or "FROZEN".
func ParseFreezerState(b []byte) (string, error) {
	s, err := ParseWord(b)
	if err == nil && !slices.Contains([]string{"THAWED", "FREEZING", "FROZEN"}, s) {
		err = fmt.Errorf("bad state %.32q", s)
	}
	return s, err
}

// ParseFrozen returns the frozen line of cgroup.events of v2, which it has since
// Linux 5.2: before, the error is ErrOldKernel.
func ParseFrozen(b []byte) (string, error) {
	val, ok := valueOf(b, "frozen")
	if !ok {
		return "", ErrOldKernel
	}
	s, err := ParseWord(val)
	if err == nil && s != "0" && s != "1" {
		err = fmt.Errorf("frozen: bad value %.32q", s)
	}
	return s, err
}
