package facts

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
)

// Status is the content of /proc/PID/status (proc_pid_status(5)). A line that
// the kernel did not print is unknown.
type Status struct {
	Name      string // Name, with the kernel's escapes
	State     State  // State
	PPID      Opt[int]
	TGID      Opt[int] // Tgid: the process that a thread belongs to
	TracerPID Opt[int] // TracerPid, of a thread of the tracer
	UID       Opt[int] // Uid, the real one
	// NSpid is the PID in each PID namespace, from ours to its own.
	NSpid   Opt[[]int]
	Threads Opt[int]
	Groups  Opt[[]int]
	GID     Opt[int] // Gid, the effective one
	// Signal masks (signal(7)): bit n-1 is signal n.
	SigPnd, ShdPnd, SigBlk, SigIgn, SigCgt Opt[uint64]
	CapEff                                 Opt[uint64]
}

// maxList bounds the lists of a status line: NSpid is at most 32 deep
// (MAX_PID_NS_LEVEL), groups at most 65536 (NGROUPS_MAX).
const maxList = 65536

// ParseStatus parses the content of /proc/PID/status. It never panics.
func ParseStatus(b []byte) (Status, error) {
	var s Status
	seen := false
	for line := range bytes.Lines(b) {
		key, val, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			continue
		}
		val = bytes.Trim(val, " \t\n")
		if string(key) == "State" {
			if len(val) == 0 || !IsLetter(val[0]) {
				return Status{}, fmt.Errorf("State: bad value %.32q", val)
			}
			s.State, seen = State(val[0]), true
			continue
		}
		if _, err := s.set(string(key), val); err != nil {
			return Status{}, fmt.Errorf("%s: %w", key, err)
		}
	}
	if !seen {
		return Status{}, errors.New("no State line")
	}
	return s, nil
}

// set stores the value of a line, and reports whether it is of any use.
func (s *Status) set(key string, val []byte) (used bool, err error) {
	switch key {
	case "Name":
		s.Name = string(val)
	case "PPid":
		s.PPID, err = one(val, 0)
	case "Tgid":
		s.TGID, err = one(val, 0)
	case "TracerPid":
		s.TracerPID, err = one(val, 0)
	case "Threads":
		s.Threads, err = one(val, 0)
	case "Uid":
		s.UID, err = one(val, 0)
	case "Gid":
		s.GID, err = one(val, 1)
	case "NSpid":
		s.NSpid, err = list(val)
	case "Groups":
		s.Groups, err = list(val)
	case "SigPnd":
		s.SigPnd, err = mask(val)
	case "ShdPnd":
		s.ShdPnd, err = mask(val)
	case "SigBlk":
		s.SigBlk, err = mask(val)
	case "SigIgn":
		s.SigIgn, err = mask(val)
	case "SigCgt":
		s.SigCgt, err = mask(val)
	case "CapEff":
		s.CapEff, err = mask(val)
	default:
		return false, nil
	}
	return true, err
}

func one(val []byte, i int) (Opt[int], error) {
	for f := range bytes.FieldsSeq(val) {
		if i--; i >= 0 {
			continue
		}
		// UIDs fill 32 bits; 4294967295 is the overflow of (uid_t)-1.
		if n, ok := parseUint(f); ok && n <= math.MaxUint32 {
			return Some(int(n)), nil
		}
		return Opt[int]{}, fmt.Errorf("bad number %.32q", f)
	}
	return Opt[int]{}, fmt.Errorf("too few numbers in %.64q", val)
}

func list(val []byte) (Opt[[]int], error) {
	out := []int{}
	for f := range bytes.FieldsSeq(val) {
		n, ok := parseUint(f)
		if !ok || n > math.MaxUint32 || len(out) == maxList {
			return Opt[[]int]{}, fmt.Errorf("bad list, at %.32q", f)
		}
		out = append(out, int(n))
	}
	return Some(out), nil
}

func mask(val []byte) (Opt[uint64], error) {
	n, err := strconv.ParseUint(string(val), 16, 64)
	if err != nil {
		return Opt[uint64]{}, fmt.Errorf("bad mask %.32q", val)
	}
	return Some(n), nil
}

// SIGCHLD is 17 on every architecture that Linux containers run on.
const SIGCHLD = 17

// HasSignal reports whether the mask has the signal.
func HasSignal(mask uint64, signal int) bool { return mask>>(signal-1)&1 != 0 }
