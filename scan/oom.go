package scan

import (
	"errors"

	"github.com/zombiectl/zombiectl/scan/facts"
)

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
		if n, err = facts.ParseOOMKills(b); err == nil {
			p.Deep.OOM = Some(OOM{File: file, Kills: n})
			return
		}
	}
	if !vanished(err) && !errors.Is(err, facts.ErrOldKernel) {
		l.unread(0, file, err)
	}
}
