package look

import (
	"runtime"
	"slices"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// readProcessLimits reads the limits on processes that apply to the parents of
// zombies, and to those that are asked about, and how much of them is used.
func (r *reading) readProcessLimits() {
	zombies, asked := r.snap.Zombies(), slices.Clone(r.opts.Focus)
	for _, z := range zombies {
		asked = append(asked, z.PPID)
	}
	slices.Sort(asked)
	var parents []*facts.Process
	for _, pid := range slices.Compact(asked) {
		if p := r.snap.Find(pid); p != nil && p.Deep != nil && p.State != facts.Zombie && !p.Gone {
			parents = append(parents, p)
		}
	}
	if len(zombies)+len(parents) == 0 {
		return
	}
	r.snap.Host.Tasks = machineFact(r, "proc/loadavg", facts.ParseTasks)
	uids := map[int]bool{}
	for _, p := range parents {
		fact(r, p, "limits", facts.ParseMaxProcesses, &p.Deep.MaxProcesses)
		st, _ := p.Deep.Status.Get()
		uid, ok := st.UID.Get()
		if most, finite := p.Deep.MaxProcesses.Get(); ok && uid != 0 && finite && most != facts.Unlimited {
			uids[uid] = true
		}
	}
	if len(uids) > 0 {
		r.snap.TasksByUID = r.src.CountTasks(uids, r.snap.Procs)
	}

	r.snap.Cgroups = map[string]facts.Cgroup{}
	v2 := false
	for _, p := range parents {
		paths, ok := p.Deep.Cgroups.Get()
		if !ok {
			continue
		}
		r.readOOM(p, paths)
		r.readFreezers(p, paths)
		own, chain := r.cgroupOf(paths, "pids")
		if len(chain) == 0 {
			continue
		}
		v2 = v2 || own.v2
		p.Deep.PidsCgroup = facts.Some(chain[len(chain)-1].dir)
		r.readCgroups(own.v2, chain)
	}
	if !v2 {
		return // on v1 a zombie is shown in the root, wherever it counts
	}
	for _, z := range zombies[:min(len(zombies), maxZombieCgroups)] {
		if z.Gone || z.Deep == nil {
			continue
		}
		var paths facts.Opt[[]facts.CgroupPath]
		fact(r, z, "cgroup", facts.ParseCgroups, &paths)
		list, ok := paths.Get()
		// "/" is what kernels before 5.2 show of any zombie.
		if h, found := hierarchyOf(list, "pids"); !ok || !found || !h.v2 || h.path == "/" {
			continue
		}
		z.Deep.Cgroups = paths
		if _, chain := r.cgroupOf(list, "pids"); len(chain) > 0 {
			z.Deep.PidsCgroup = facts.Some(chain[len(chain)-1].dir)
		}
	}
}

// readOOM reads how many processes of a parent's cgroup the OOM killer ended:
// the one fact that distinguishes its SIGKILL from another.
func (r *reading) readOOM(p *facts.Process, paths []facts.CgroupPath) {
	h, chain := r.cgroupOf(paths, "memory")
	if len(chain) == 0 {
		return
	}
	file := chain[len(chain)-1].dir + "/memory.oom_control"
	if h.v2 {
		file = chain[len(chain)-1].dir + "/memory.events"
	}
	if kills, ok := machineFact(r, file, facts.ParseOOMKills).Get(); ok {
		p.Deep.OOM = facts.Some(facts.OOM{File: file, Kills: kills})
	}
}

// spare is how many PIDs have to be free for us to look in our usual way. A
// thread takes one, and a Go program that cannot have another thread crashes.
func spare() uint64 { return 2*uint64(runtime.GOMAXPROCS(0)) + 8 }

// FewPIDs reports whether the PIDs of our own cgroup, or of one above it, are
// nearly used up. With one processor (runtime.GOMAXPROCS) Go starts no further
// threads for the work that a look spreads; whether the whole program is to have
// one is for the program to say.
func FewPIDs(src Source) bool {
	if src.Kind() != facts.Live {
		return false
	}
	who, ok := src.Self()
	if !ok {
		return false
	}
	r := newReading(src, Options{})
	r.readMounts(who.PID)
	paths, _ := machineFact(r, facts.Path(who.PID, "cgroup"), facts.ParseCgroups).Get()
	own, chain := r.cgroupOf(paths, "pids")
	return slices.ContainsFunc(chain, func(d cgroupDir) bool {
		c := r.readCgroup(own.v2, d)
		most, ok1 := c.PidsMax.Get()
		used, ok2 := c.PidsCurrent.Get()
		return ok1 && ok2 && most < used+spare()
	})
}
