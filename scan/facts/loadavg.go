package facts

import (
	"bytes"
	"fmt"
)

// ParseTasks returns the total in the fourth field of /proc/loadavg
// (proc_loadavg(5)), "running/total": all tasks of the machine, zombies too.
func ParseTasks(b []byte) (uint64, error) {
	fields := bytes.Fields(b)
	if len(fields) < 4 {
		return 0, fmt.Errorf("%d fields, at least 4 expected", len(fields))
	}
	running, total, ok := bytes.Cut(fields[3], []byte("/"))
	if _, good := parseUint(running); !ok || !good {
		return 0, fmt.Errorf("field 4: bad value %.32q", fields[3])
	}
	return parseCount(total)
}
