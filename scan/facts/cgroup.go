package facts

import (
	"bytes"
	"fmt"
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
