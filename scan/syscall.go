package scan

import (
	"bytes"
	"fmt"
	"strconv"
)

// Syscall is what /proc/PID/task/TID/syscall tells about a thread.
type Syscall struct {
	// Running: the thread is on a CPU, so the kernel cannot tell.
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
