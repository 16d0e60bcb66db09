package facts

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
)

// Thread is one thread of a process: /proc/PID/task/TID.
type Thread struct {
	TID    int
	Stat   Opt[Stat]
	Status Opt[Status]
	Wchan  Opt[string]
	// Syscall is the number of the system call that the thread is blocked in,
	// -1 when it is in none (/proc/PID/task/TID/syscall).
	Syscall Opt[Syscall]
	// Children are the PIDs of its children: its own in the order in which it
	// forked them, adopted ones as they came (/proc/PID/task/TID/children).
	Children Opt[[]int]
}

// ParseChildren parses /proc/PID/task/TID/children (proc_tid_children(5)).
func ParseChildren(b []byte) ([]int, error) {
	pids := []int{}
	for f := range bytes.FieldsSeq(b) {
		n, ok := parseUint(f)
		if !ok || n > math.MaxInt32 {
			return nil, fmt.Errorf("bad PID %.32q", f)
		}
		pids = append(pids, int(n))
	}
	return pids, nil
}

// Syscall is the content of /proc/PID/task/TID/syscall about a thread.
type Syscall struct {
	// Running: the thread is on a CPU, so its system call is unknown.
	Running bool
	// Nr is the number of the system call that it is blocked in; -1: blocked,
	// but in none. The numbers differ by architecture.
	Nr int
	// Args are the first six arguments.
	Args [6]uint64
}

// ParseSyscall parses the content of /proc/PID/task/TID/syscall. It never
// panics.
func ParseSyscall(b []byte) (Syscall, error) {
	f := bytes.Fields(b)
	if len(f) == 1 && string(f[0]) == "running" {
		return Syscall{Running: true}, nil
	}
	if len(f) == 0 {
		return Syscall{}, fmt.Errorf("empty")
	}
	nr, err := strconv.Atoi(string(f[0]))
	if err != nil || nr < -1 {
		return Syscall{}, fmt.Errorf("bad system call number %.32q", f[0])
	}
	s := Syscall{Nr: nr}
	if nr < 0 {
		return s, nil
	}
	if len(f) < 7 {
		return Syscall{}, fmt.Errorf("%d words, 7 expected", len(f))
	}
	for i := range s.Args {
		if s.Args[i], err = strconv.ParseUint(string(f[i+1]), 0, 64); err != nil {
			return Syscall{}, fmt.Errorf("bad argument %.32q", f[i+1])
		}
	}
	return s, nil
}

// WaitCalls are the numbers of the system calls in which a process waits for
// its children and its signals.
type WaitCalls struct{ Wait4, Waitid, Sigtimedwait int }

var waitCalls = map[string]WaitCalls{
	"x86_64":  {61, 247, 128},
	"aarch64": {260, 95, 137},
}

// WaitCallsOn returns the numbers on an architecture (uname -m), where they are
// known.
func WaitCallsOn(arch string) (WaitCalls, bool) {
	c, ok := waitCalls[arch]
	return c, ok
}

// telling returns which arguments of a system call say for whom it waits: of
// wait4(2) pid and options, of waitid(2) which, id and options. All others, of
// these and of any other call, may be addresses. On which architecture the
// number was seen does not matter: those of the one are calls of the other in
// which nobody waits.
func telling(nr int) []int {
	for _, c := range waitCalls {
		switch nr {
		case c.Wait4:
			return []int{0, 2}
		case c.Waitid:
			return []int{0, 1, 3}
		}
	}
	return nil
}
