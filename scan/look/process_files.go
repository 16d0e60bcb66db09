package look

import "github.com/zombiectl/zombiectl/scan/facts"

// readZombie reads what is left of a zombie. Its cgroup is not: on v1 it is
// always "/", so the parent's tells more.
func (r *reading) readZombie(p *facts.Process) {
	r.opts.Progress.closer()
	if p.Deep != nil {
		return // by the look before: nothing of it changes
	}
	p.Deep = &facts.Detail{}
	fact(r, p, "status", facts.ParseStatus, &p.Deep.Status)
	if p.Gone {
		return
	}
	fact(r, p, "sched", facts.ParseSched, &p.Deep.Sched)
	// With one PID it is in the namespace of the procfs, which is known. Where
	// its exit status is in doubt the link shows whether we may see that.
	if len(p.NSpid()) != 1 || !p.ExitVisible() {
		r.readPIDNS(p)
	}
	if p.NumThreads > 1 {
		r.readThreads(p)
	}
}

// readRelative reads a live process of interest.
func (r *reading) readRelative(p *facts.Process, near bool) {
	if p.Deep != nil {
		return
	}
	r.opts.Progress.closer()
	p.Deep = &facts.Detail{}
	// Between stat and status, whose names tell whether it was exec'd meanwhile.
	exe, err := r.src.Readlink(facts.Path(p.PID, "exe"))
	fact(r, p, "status", facts.ParseStatus, &p.Deep.Status)
	if p.Gone {
		return
	}
	if err == nil {
		p.Deep.Exe = facts.Some(exe)
	} else {
		r.missed(p, "exe", err)
	}
	r.readPIDNS(p)
	fact(r, p, "cgroup", facts.ParseCgroups, &p.Deep.Cgroups)
	fact(r, p, "wchan", facts.ParseWord, &p.Deep.Wchan)
	if near {
		fact(r, p, "sched", facts.ParseSched, &p.Deep.Sched)
		r.readThreads(p)
		r.readFDs(p)
	}
}

func (r *reading) readPIDNS(p *facts.Process) {
	s, err := r.src.Readlink(facts.Path(p.PID, "ns/pid"))
	if err == nil {
		p.Deep.PIDNS, err = facts.ParseNamespace(s)
	}
	if err != nil {
		r.missed(p, "ns/pid", err)
	}
}
