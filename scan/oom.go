package scan

import (
	"bytes"
	"errors"
)

// OOM is how often the OOM killer struck in a cgroup (cgroups(7)).
type OOM struct {
	File  string // below the root
	Kills uint64 // its oom_kill line
}

// readOOM reads how many processes of a parent's cgroup the OOM killer ended:
// the one fact that tells its SIGKILL from another.
func (l *looker) readOOM(p *Process, paths []CgroupPath) {
	h, chain := l.cgroupOf(paths, "memory")
	if len(chain) == 0 {
		return
	}
	file := chain[len(chain)-1].dir + "/memory.oom_control"
	if h.v2 {
		file = chain[len(chain)-1].dir + "/memory.events"
	}
	b, err := l.root.read(file)
	if err == nil {
		var n uint64
		if n, err = parseOOMKills(b); err == nil {
			p.Deep.OOM = Some(OOM{File: file, Kills: n})
			return
		}
	}
	if !vanished(err) && !errors.Is(err, errNoOOM) {
		l.unread(0, file, err)
	}
}

// errNoOOM: a v1 kernel before 4.13 does not count.
var errNoOOM = errors.New("no oom_kill line")

// parseOOMKills returns the oom_kill line of memory.events or, on v1, of
// memory.oom_control.
func parseOOMKills(b []byte) (uint64, error) {
	for line := range bytes.Lines(b) {
		if num, ok := bytes.CutPrefix(line, []byte("oom_kill ")); ok {
			return parsePidsCurrent(num)
		}
	}
	return 0, errNoOOM
}
