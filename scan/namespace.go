package scan

// NSpid returns the PIDs of a process from our namespace to its own; nil:
// unknown. It needs no permission, unlike the link in /proc/PID/ns.
func (p *Process) NSpid() []int {
	if p == nil || p.Deep == nil {
		return nil
	}
	st, _ := p.Deep.Status.Get()
	pids, _ := st.NSpid.Get()
	return pids
}

// PIDNS returns the inode of the PID namespace of a process.
func (p *Process) PIDNS() (uint64, bool) {
	if p == nil || p.Deep == nil {
		return 0, false
	}
	return p.Deep.PIDNS.Get()
}

// PID1s finds the PID 1 of the namespace that a process is in.
type PID1s struct {
	snap *Snapshot
	// found remembers the answer for a process and all that were passed on the
	// way to it: chains of ancestors may be long, and shared by many.
	found map[int]*Process
	byNS  map[uint64]*Process
}

// NewPID1s prepares to find them, by what has been read so far.
func NewPID1s(s *Snapshot) *PID1s {
	f := &PID1s{snap: s, found: map[int]*Process{}, byNS: map[uint64]*Process{}}
	for i := range s.Procs {
		p := &s.Procs[i]
		if pids := p.NSpid(); len(pids) > 0 && pids[len(pids)-1] == 1 {
			if ns, ok := p.PIDNS(); ok {
				f.byNS[ns] = p
			}
		}
	}
	return f
}

// Of returns the PID 1 of the namespace that p is in, or nil when it is not
// known: the nearest ancestor that is PID 1 at the same depth, else a process
// that is known to be PID 1 of a namespace with the same inode.
func (f *PID1s) Of(p *Process) *Process {
	if p.Listed != nil && p.PID != 1 {
		return nil // it may be PID 1 of a namespace below
	}
	depth := len(p.NSpid())
	switch {
	case depth == 1, p.Listed != nil:
		return f.snap.Find(1)
	case depth == 0:
		return f.snap.pid1WithoutNSpid(p)
	}
	var passed []int
	var answer *Process
	for q := p; q != nil && len(passed) <= len(f.snap.Procs); q = f.snap.Find(q.PPID) {
		pids := q.NSpid()
		if len(pids) != depth { // it came from a namespace above
			break
		}
		if known, ok := f.found[q.PID]; ok {
			answer = known
			break
		}
		passed = append(passed, q.PID)
		if pids[depth-1] == 1 {
			answer = q
			break
		}
	}
	if answer == nil {
		if ns, ok := p.PIDNS(); ok {
			answer = f.byNS[ns]
		}
	}
	for _, pid := range passed {
		f.found[pid] = answer
	}
	return answer
}

// pid1WithoutNSpid serves kernels before 4.1, which have no NSpid line, and
// recordings without status: the namespaces' inodes must do.
func (s *Snapshot) pid1WithoutNSpid(p *Process) *Process {
	pid1 := s.Find(1)
	ns, ok1 := p.PIDNS()
	ns1, ok2 := pid1.PIDNS()
	if ok1 && ok2 && ns == ns1 {
		return pid1
	}
	if self, ok := s.Self.Get(); ok && ok1 {
		if own, ok := self.PIDNS.Get(); ok && own == ns {
			return pid1
		}
	}
	return nil
}

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
		link, err := l.root.readlink(procPath(p.PID, "ns/pid"))
		if err != nil {
			continue
		}
		ns, _ := parseNS(link)
		if n, ok := ns.Get(); !ok || !of[n] {
			continue
		}
		b, err := l.root.read(procPath(p.PID, "status"))
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
		if b, err := l.root.read(procPath(p.PID, "status")); err == nil {
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
		if j, ok := l.snap.search(p.PPID); ok {
			above = max(above, depths[j]) // a recording does not hold all
		}
		// What stands beside PID 1 came in from outside of what we can see.
		if depths[i] > above || depths[i] > 0 && p.PPID == 0 && p.PID != 1 {
			tops = append(tops, p)
		}
	}
	return tops
}
