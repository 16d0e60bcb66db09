package facts

import (
	"bytes"
	"errors"
	"fmt"
	"math"
)

// State is the state letter of a process (/proc/PID/stat field 3).
type State byte

// The states that matter here; proc_pid_stat(5) lists them all.
const (
	Running         State = 'R'
	Sleeping        State = 'S'
	Uninterruptible State = 'D'
	Zombie          State = 'Z'
	Stopped         State = 'T'
	Traced          State = 't'
	Dead            State = 'X'
)

// Known reports whether it is known: a list of processes may not have it.
func (s State) Known() bool { return s != 0 }

func (s State) String() string {
	if !s.Known() {
		return "?"
	}
	return string(rune(s))
}

// Flags of a process, /proc/PID/stat field 9 (include/linux/sched.h).
const (
	flagExiting = 0x00000004 // PF_EXITING
	flagNoExec  = 0x00000040 // PF_FORKNOEXEC
	// FlagKernelThread is PF_KTHREAD.
	FlagKernelThread = 0x00200000
)

// Stat is the content of one read of /proc/PID/stat (proc_pid_stat(5)).
type Stat struct {
	PID        int    // field 1
	Comm       string // field 2: at most 15 bytes, chosen by the process
	State      State  // field 3
	PPID       int    // field 4; 0: no parent, or one outside this PID namespace
	PGRP       int    // field 5; 0: the leader is outside this PID namespace
	Session    int    // field 6; 0 as above
	Flags      uint64 // field 9
	CMinFlt    uint64 // field 11: minor faults of children that were waited for
	CMajFlt    uint64 // field 13
	UTime      uint64 // field 14, ticks
	STime      uint64 // field 15, ticks
	CUTime     uint64 // field 16, ticks, of children that were waited for
	CSTime     uint64 // field 17, ticks
	NumThreads int    // field 20
	StartTicks uint64 // field 22, ticks since boot
	// Wchan is field 35. Of a zombie it is 1 when the reader has ptrace
	// permission and 0 when not (5.16 and later).
	Wchan      Opt[uint64]
	ExitSignal Opt[int] // field 38
	Processor  Opt[int] // field 39: the CPU it last ran on
	// ExitCode is field 52, the wait status; 0 without ptrace permission, so a
	// 0 alone means nothing.
	ExitCode Opt[int]
}

// KernelThread reports whether it is a kernel thread (field 9, PF_KTHREAD).
func (s *Stat) KernelThread() bool { return s.Flags&FlagKernelThread != 0 }

// Forked reports whether it has not called execve since it was forked (field 9,
// PF_FORKNOEXEC): it still runs the program that its parent ran when it forked.
// A zombie keeps the flag.
func (s *Stat) Forked() bool { return s.Flags&flagNoExec != 0 }

// Lingers reports whether it is exiting (field 9, PF_EXITING), is not a zombie
// yet, and sleeps on the way: as a PID 1 does that waits for the rest of its
// namespace (zap_pid_ns_processes).
func (s *Stat) Lingers() bool { return s.Flags&flagExiting != 0 && s.State == Sleeping }

// HasReaped reports whether this process has ever waited for a child: the
// faults and CPU time of a child are added to its parent's when it is waited
// for, and every child that ran has faults.
func (s *Stat) HasReaped() bool { return s.CMinFlt|s.CMajFlt|s.CUTime|s.CSTime != 0 }

// ErrReleased marks the stat of a process that is being released this moment:
// the kernel no longer knows its parent and prints 0, group and session read -1
// (do_task_stat without a sighand). It has been reaped; to show it as a zombie
// without a parent would invent one.
var ErrReleased = errors.New("released while it was read")

// ParseStat parses the content of /proc/PID/stat. It never panics and
// allocates at most the name.
func ParseStat(b []byte) (Stat, error) { return parseStat(b, nil) }

// Names keeps one copy of each name: most processes share theirs with another,
// and parsing allocates nothing then.
type Names map[string]string

// ParseStat is ParseStat for the file of one process: it is an error when the
// content is about another PID.
func (n Names) ParseStat(pid int, b []byte) (Stat, error) {
	s, err := parseStat(b, n)
	if err == nil && s.PID != pid {
		err = fmt.Errorf("tells of PID %d", s.PID)
	}
	return s, err
}

func (n Names) intern(b []byte) string {
	if s, ok := n[string(b)]; ok {
		return s
	}
	s := string(b)
	if n != nil {
		n[s] = s
	}
	return s
}

func parseStat(b []byte, names Names) (Stat, error) {
	// The name is the only field that the process chooses. It may hold spaces,
	// newlines and parentheses, so it ends at the last ')'.
	open, end := bytes.IndexByte(b, '('), bytes.LastIndexByte(b, ')')
	if open < 2 || end < open || b[open-1] != ' ' {
		return Stat{}, errors.New("no name in parentheses")
	}
	if end-open-1 > maxComm {
		return Stat{}, fmt.Errorf("name of %d bytes, the kernel allows %d", end-open-1, maxComm)
	}
	pid, ok := parseInt(b[:open-1])
	if !ok || pid < 1 || pid > math.MaxInt32 {
		return Stat{}, fmt.Errorf("bad PID %.32q", b[:open-1])
	}
	if end+3 > len(b) || b[end+1] != ' ' || !IsLetter(b[end+2]) {
		return Stat{}, errors.New("no state after the name")
	}
	s := Stat{PID: int(pid), State: State(b[end+2])}
	n, err := s.parseFields(b[end+3:])
	if err != nil {
		return Stat{}, err
	}
	if n < 24 {
		return Stat{}, fmt.Errorf("%d fields, at least 24 expected", n)
	}
	if s.PGRP == -1 {
		return Stat{}, ErrReleased
	}
	s.Comm = names.intern(b[open+1 : end])
	return s, nil
}

// maxComm bounds the name: 15 bytes for a process, but kernel workers append the
// name of their work (wq_worker_comm: up to 64).
const maxComm = 64

// parseFields reads field 4 and those that follow, and returns the number of
// the last one. It is the hottest code there is: one pass, no function calls
// for fields that nobody wants.
func (s *Stat) parseFields(b []byte) (int, error) {
	n := 3
	for i := 0; i < len(b); {
		if b[i] == ' ' || b[i] == '\n' {
			i++
			continue
		}
		start := i
		neg := b[i] == '-'
		if neg {
			i++
		}
		var v uint64
		bad := false
		digits := i
		for ; i < len(b) && b[i] != ' ' && b[i] != '\n'; i++ {
			d := uint64(b[i] - '0')
			bad = bad || d > 9
			v = v*10 + d
		}
		n++
		if !wanted(n) {
			continue
		}
		// 19 digits fit a uint64; only addresses have more, and none is wanted
		// but wchan, which is 0 or 1 where it is not an address.
		size := i - digits
		bad = bad || size == 0 || size > 19 && n != 35
		if bad || !s.set(n, v, neg) {
			return n, fmt.Errorf("field %d: bad number %.32q", n, b[start:i])
		}
	}
	return n, nil
}

// wantedFields has a bit for each field of set.
const wantedFields = 1<<4 | 1<<5 | 1<<6 | 1<<9 | 1<<11 | 1<<13 | 1<<14 | 1<<15 | 1<<16 | 1<<17 |
	1<<20 | 1<<22 | 1<<35 | 1<<38 | 1<<39 | 1<<52

func wanted(n int) bool { return n < 64 && wantedFields>>n&1 != 0 }

// set stores a field, and reports whether the field can have that value.
func (s *Stat) set(n int, u uint64, neg bool) bool {
	if u > math.MaxInt64 {
		return n == 35 && !neg // an address, of an old kernel
	}
	v := int64(u)
	if neg {
		v = -v
	}
	small := v >= math.MinInt32 && v <= math.MaxInt32
	switch n {
	case 4:
		s.PPID = int(v)
		return small && v >= 0
	case 5:
		s.PGRP = int(v)
		return small && v >= -1
	case 6:
		s.Session = int(v)
		return small && v >= -1
	case 9:
		s.Flags = u
	case 11:
		s.CMinFlt = u
	case 13:
		s.CMajFlt = u
	case 14:
		s.UTime = u
	case 15:
		s.STime = u
	case 16: // signed in the kernel, and never below 0
		s.CUTime = u
	case 17:
		s.CSTime = u
	case 20:
		s.NumThreads = int(v)
		return small && v >= 0
	case 22:
		s.StartTicks = u
	case 35:
		s.Wchan = Some(u)
	case 38:
		s.ExitSignal = Some(int(v))
		return small
	case 39:
		s.Processor = Some(int(v))
		return small && v >= 0
	case 52:
		s.ExitCode = Some(int(v))
		return small && v >= 0
	}
	return !neg
}
