package facts

// PID1s finds the PID 1 of the namespace that a process is in.
type PID1s struct {
	snap *Snapshot
	// found remembers the answer for a process and all that were passed on the
	// way to it: chains of ancestors may be long, and shared by many.
	found map[int]*Process
	byNS  map[uint64]*Process
}

// NewPID1s prepares to find them, by the facts that were read so far.
func NewPID1s(s *Snapshot) *PID1s {
	f := &PID1s{snap: s, found: map[int]*Process{}, byNS: map[uint64]*Process{}}
	for p := range s.All() {
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
