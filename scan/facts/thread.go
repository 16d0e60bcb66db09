package facts

import (
	"bytes"
	"fmt"
	"math"
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
