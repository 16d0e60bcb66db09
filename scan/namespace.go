package scan

import "github.com/zombiectl/zombiectl/scan/facts"

// namespacesWithoutPID1 returns the inodes of namespaces that hold a zombie
// and whose PID 1 has not been seen.
func (l *looker) namespacesWithoutPID1(zombies []*Process) map[uint64]bool {
	missing := map[uint64]bool{}
	pid1s := NewPID1s(l.snap)
	for _, z := range zombies {
		if ns, ok := z.PIDNS(); ok && !missing[ns] && len(z.NSpid()) > 1 && pid1s.Of(z) == nil {
			missing[ns] = true
		}
	}
	return missing
}

// findPID1s looks through all processes for the PID 1 of these namespaces.
// What it reads of the others is not recorded: it is of no interest.
func (l *looker) findPID1s(of map[uint64]bool) []*Process {
	tee := l.root.tee
	l.root.tee = nil
	defer func() { l.root.tee = tee }()
	var found []*Process
	for i := range l.snap.Procs {
		p := &l.snap.Procs[i]
		if p.Deep != nil || p.KernelThread() {
			continue
		}
		link, err := l.root.readlink(facts.Path(p.PID, "ns/pid"))
		if err != nil {
			continue
		}
		ns, _ := facts.ParseNamespace(link)
		if n, ok := ns.Get(); !ok || !of[n] {
			continue
		}
		b, err := l.root.read(facts.Path(p.PID, "status"))
		if err != nil {
			continue
		}
		st, err := ParseStatus(b)
		if pids, ok := st.NSpid.Get(); err == nil && ok && len(pids) > 0 && pids[len(pids)-1] == 1 {
			found = append(found, p)
		}
	}
	return found
}

// findTops looks through all processes for those whose parent is in a PID
// namespace above their own: the PID 1 of each, the main process of each
// container where containers share one, and what was sent in from outside. What
// it reads of the others is not recorded.
func (l *looker) findTops() []*Process {
	if rec := l.root.rec; rec != nil && !rec.AllNamespaces {
		l.skipped(0, "proc", "recorded without --all-namespaces: namespaces and containers without zombies are not in it")
		return nil
	}
	l.snap.AllNamespaces = true
	tee := l.root.tee
	l.root.tee = nil
	defer func() { l.root.tee = tee }()
	depths := make([]int, len(l.snap.Procs)) // 0: unknown
	l.eachIndex(len(l.snap.Procs), func(i int) {
		p := &l.snap.Procs[i]
		if p.Deep != nil {
			depths[i] = len(p.NSpid())
			return
		}
		if p.KernelThread() || p.State == Zombie {
			return
		}
		if b, err := l.root.read(facts.Path(p.PID, "status")); err == nil {
			if st, err := ParseStatus(b); err == nil {
				pids, _ := st.NSpid.Get()
				depths[i] = len(pids)
			}
		}
	})
	self, _ := l.snap.Self.Get()
	var tops []*Process
	for i := range l.snap.Procs {
		p := &l.snap.Procs[i]
		if p.Deep != nil || p.PID == self.PID {
			continue
		}
		above := 1
		if j, ok := l.snap.Index(p.PPID); ok {
			above = max(above, depths[j]) // a recording does not hold all
		}
		// What stands beside PID 1 came in from outside of what we can see.
		if depths[i] > above || depths[i] > 0 && p.PPID == 0 && p.PID != 1 {
			tops = append(tops, p)
		}
	}
	return tops
}
