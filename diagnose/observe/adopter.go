package observe

import "github.com/zombiectl/zombiectl/scan/facts"

// Heir is a process that may inherit the children of another when that exits.
type Heir struct {
	Process *facts.Process
	Command string // see CommandOf
	PID1    bool   // of the namespace of the process that it inherits from
	Reaps   Answer // does it reap the orphans that it adopts?
	Basis   Basis  // of that answer
}

// Heirs finds who inherits the children of processes.
type Heirs struct {
	looks    *Looks
	parents  *Parents
	verdicts *Verdicts
}

// Of returns who may inherit the children of a process: the nearest ancestor
// that is a subreaper, else PID 1 of its PID namespace (find_new_reaper). The
// kernel does not show which ancestors are subreapers, so it returns all of
// them, nearest first, and PID 1 last. false: one of them is not visible here.
func (q *Heirs) Of(p *facts.Process) ([]Heir, bool) {
	pid1 := q.looks.PID1s.Of(p)
	if pid1 == nil {
		return nil, false
	}
	var heirs []Heir
	at := p
	for range len(q.looks.Procs) {
		ppid := at.PPID
		if last, ok := LastLook(q.looks.Snapshot, at); ok {
			ppid = last.PPID
		}
		if ppid == 0 { // it came into the namespace from outside: PID 1 inherits
			return append(heirs, q.heir(pid1, pid1)), true
		}
		if at = q.looks.Find(ppid); at == nil {
			return heirs, false
		}
		switch space := q.looks.PID1s.Of(at); {
		case space == nil:
			return heirs, false
		case at == pid1 || space != pid1: // no subreaper above it matters
			return append(heirs, q.heir(pid1, pid1)), true
		}
		heirs = append(heirs, q.heir(at, pid1))
	}
	return heirs, false // parents that form a loop
}

// Known returns the known heir of a process: the nearest ancestor that is known,
// or seen, to be a subreaper, else PID 1; nil: it is unknown, or nobody
// inherits.
func (q *Heirs) Known(p *facts.Process) *Heir {
	if p == nil || p.KernelThread() {
		return nil
	}
	pid1 := q.looks.PID1s.Of(p)
	if pid1 == nil || pid1 == p { // when PID 1 exits, its namespace ends
		return nil
	}
	at := p
	for range len(q.looks.Procs) { // parents that form a loop end, too
		if at = q.looks.Find(at.PPID); at == nil || at == pid1 || q.looks.PID1s.Of(at) != pid1 {
			break // what came from outside goes to PID 1
		}
		if q.Adopts(at) {
			h := q.heir(at, pid1)
			return &h
		}
	}
	h := q.heir(pid1, pid1)
	return &h
}

func (q *Heirs) heir(p, pid1 *facts.Process) Heir {
	h := Heir{Process: p, Command: CommandOf(p), PID1: p == pid1}
	if h.PID1 {
		v := q.verdicts.OnPID1(p)
		h.Reaps, h.Basis = v.Reaps, v.ReapsBasis
	} else {
		h.Reaps, h.Basis = q.verdicts.Reaps(p)
	}
	return h
}

// Adopts reports whether a process below PID 1 is a subreaper, by its name or by
// its adopted children.
func (q *Heirs) Adopts(p *facts.Process) bool {
	par := q.parents.ByPID[p.PID]
	return KnownSubreaper(p) || par != nil && !par.IsPID1 && par.Adopted > 0
}
