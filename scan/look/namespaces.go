package look

import "github.com/zombiectl/zombiectl/scan/facts"

// namespacesWithoutPID1 returns the inodes of namespaces that hold a zombie
// and whose PID 1 has not been seen.
func (r *reading) namespacesWithoutPID1(zombies []*facts.Process) map[uint64]bool {
	missing := map[uint64]bool{}
	pid1s := facts.NewPID1s(r.snap)
	for _, z := range zombies {
		if ns, ok := z.PIDNS(); ok && !missing[ns] && len(z.NSpid()) > 1 && pid1s.Of(z) == nil {
			missing[ns] = true
		}
	}
	return missing
}

// findPID1s looks through all processes for the PID 1 of these namespaces. It
// does not record what it reads of the others.
func (r *reading) findPID1s(of map[uint64]bool) []*facts.Process {
	aside := r.src.Aside()
	var found []*facts.Process
	for p := range r.snap.All() {
		if p.Deep != nil || p.KernelThread() {
			continue
		}
		if ns, err := namespaceOf(aside, p.PID); err != nil || !of[ns] {
			continue
		}
		st, _ := Parsed(aside, facts.Path(p.PID, "status"), facts.ParseStatus)
		if pids, _ := st.NSpid.Get(); len(pids) > 0 && pids[len(pids)-1] == 1 {
			found = append(found, p)
		}
	}
	return found
}

// findTops looks through all processes for those whose parent is in a PID
// namespace above their own: the PID 1 of each, the main process of each
// container where containers share one, and processes that were sent in from
// outside. It does not record what it reads of the others.
func (r *reading) findTops() []*facts.Process {
	if !r.src.AllNamespaces() {
		r.skipped(0, "proc", "recorded without --all-namespaces: namespaces and containers without zombies are not in it")
		return nil
	}
	r.snap.AllNamespaces = true
	aside := r.src.Aside()
	depths := make([]int, len(r.snap.Procs)) // 0: unknown
	r.eachIndex(len(r.snap.Procs), func(i int) {
		p := &r.snap.Procs[i]
		if p.Deep != nil {
			depths[i] = len(p.NSpid())
			return
		}
		if p.KernelThread() || p.State == facts.Zombie {
			return
		}
		st, _ := Parsed(aside, facts.Path(p.PID, "status"), facts.ParseStatus)
		pids, _ := st.NSpid.Get()
		depths[i] = len(pids)
	})
	self, _ := r.snap.Self.Get()
	var tops []*facts.Process
	for i := range r.snap.Procs {
		p := &r.snap.Procs[i]
		if p.Deep != nil || p.PID == self.PID {
			continue
		}
		above := 1
		if j, ok := r.snap.Index(p.PPID); ok {
			above = max(above, depths[j]) // a recording does not hold all
		}
		// A process beside PID 1 came in from a place that we cannot see.
		if depths[i] > above || depths[i] > 0 && p.PPID == 0 && p.PID != 1 {
			tops = append(tops, p)
		}
	}
	return tops
}

// readDying reads the members of PID namespaces whose PID 1 waits for their end:
// it waits for one of these.
func (r *reading) readDying() {
	dying := map[uint64]bool{}
	for p := range r.snap.All() {
		if p.Zapping() {
			if ns, ok := p.PIDNS(); ok {
				dying[ns] = true
			}
		}
	}
	if len(dying) == 0 {
		return
	}
	aside := r.src.Aside() // of the others nothing is recorded
	var members []*facts.Process
	for p := range r.snap.All() {
		if p.KernelThread() || p.Deep != nil && p.State != facts.Zombie {
			continue
		}
		if ns, err := namespaceOf(aside, p.PID); err == nil && dying[ns] {
			members = append(members, p)
		}
	}
	r.each(members, func(p *facts.Process) {
		if p.State != facts.Zombie {
			r.readRelative(p, false)
			if paths, ok := p.Deep.Cgroups.Get(); ok {
				r.readFreezers(p, paths) // one frozen by v1 does not end
			}
		} else if !p.Deep.PIDNS.Known() {
			r.readPIDNS(p)
		}
	})
}
