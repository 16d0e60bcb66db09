package look

import (
	"github.com/zombiectl/zombiectl/scan/facts"
)

// readOOM reads how many processes of a parent's cgroup the OOM killer ended:
// the one fact that tells its SIGKILL from another.
func (r *reading) readOOM(p *facts.Process, paths []facts.CgroupPath) {
	h, chain := r.cgroupOf(paths, "memory")
	if len(chain) == 0 {
		return
	}
	file := chain[len(chain)-1].dir + "/memory.oom_control"
	if h.v2 {
		file = chain[len(chain)-1].dir + "/memory.events"
	}
	if kills, ok := cgroupFact(r, file, facts.ParseOOMKills).Get(); ok {
		p.Deep.OOM = facts.Some(facts.OOM{File: file, Kills: kills})
	}
}
