package observe

import (
	"cmp"
	"slices"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Looks are the two looks of a snapshot, with what follows from them at once.
type Looks struct {
	*facts.Snapshot
	Ages   *facts.Ages
	PID1s  *facts.PID1s
	Lost   []*facts.Process // the processes whose parent is not in view, though they have one
	OnHost bool             // we look at the machine's initial PID namespace
}

// NewLooks begins to observe a snapshot.
func NewLooks(s *facts.Snapshot) *Looks {
	return &Looks{Snapshot: s, Ages: facts.NewAges(s), PID1s: facts.NewPID1s(s), Lost: s.Orphaned(), OnHost: onHost(s)}
}

var unread facts.Detail

// Deep is what was read of a process beside its stat; where nothing was, all of it is unknown.
func Deep(p *facts.Process) *facts.Detail {
	if p == nil || p.Deep == nil {
		return &unread
	}
	return p.Deep
}

// Twice reports whether a process was looked at twice.
func Twice(s *facts.Snapshot, pid int) bool {
	if s.Again == nil {
		return false
	}
	_, asked := slices.BinarySearch(s.Again.Asked, pid)
	return asked
}

// LastLook returns the latest stat of a process; false: it has ended.
func LastLook(s *facts.Snapshot, p *facts.Process) (facts.Stat, bool) {
	if !Twice(s, p.PID) {
		return p.Stat, !p.Gone
	}
	a, ok := s.Again.Procs[p.PID]
	if !ok || a.StartTicks != p.StartTicks {
		return facts.Stat{}, false
	}
	return a.Stat, true
}

// HasReaped reports whether a process has waited for a child, by either look.
func HasReaped(s *facts.Snapshot, p *facts.Process) bool {
	last, ok := LastLook(s, p)
	return p.HasReaped() || ok && last.HasReaped()
}

// UnreadOf returns what was wanted of a process and not had.
func UnreadOf(s *facts.Snapshot, pid int) []facts.Unread {
	// They are ordered by PID.
	from, _ := slices.BinarySearchFunc(s.Unread, pid, func(u facts.Unread, pid int) int { return cmp.Compare(u.PID, pid) })
	to := from
	for to < len(s.Unread) && s.Unread[to].PID == pid {
		to++
	}
	return slices.Clone(s.Unread[from:to])
}

// IsPID1 reports whether a process is PID 1 of its own PID namespace.
func (l *Looks) IsPID1(p *facts.Process) bool { return l.PID1s.Of(p) == p }

// initNS is the inode of the initial PID namespace (PROC_PID_INIT_INO).
const initNS = 0xEFFFFFFC

// onHost reports whether it is the machine's initial PID namespace. Only there
// kernel threads are in view.
func onHost(s *facts.Snapshot) bool {
	if ns, ok := s.Find(1).PIDNS(); ok {
		return ns == initNS
	}
	if self, ok := s.Self.Get(); ok {
		if ns, ok := self.PIDNS.Get(); ok {
			return ns == initNS
		}
	}
	for i := range s.Procs {
		if s.Procs[i].KernelThread() {
			return true
		}
	}
	return false
}
