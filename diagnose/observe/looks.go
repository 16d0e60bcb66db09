package observe

import (
	"cmp"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Looks are the two looks of a snapshot, with what follows from them at once.
type Looks struct {
	*facts.Snapshot
	Ages   *facts.Ages
	PID1s  *facts.PID1s
	Lost   []*facts.Process // the processes whose parent is not visible, though they have one
	OnHost bool             // we look at the machine's initial PID namespace
}

// NewLooks begins to observe a snapshot.
func NewLooks(s *facts.Snapshot) *Looks {
	return &Looks{Snapshot: s, Ages: facts.NewAges(s), PID1s: facts.NewPID1s(s), Lost: s.Orphaned(), OnHost: onHost(s)}
}

var unread facts.Detail

// Deep is what was read of a process beside its stat. Where nothing was read,
// all of it is unknown.
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

// LastLook returns the latest stat of a process; false: it has exited.
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

// UnreadOf returns the facts of a process that could not be read.
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

// NamespaceOf returns the PID namespace of the procfs that was read (its inode):
// that of its PID 1, or of whoever looked, where that is known to be the same.
func NamespaceOf(s *facts.Snapshot) (uint64, bool) {
	if ns, ok := s.Find(1).PIDNS(); ok {
		return ns, true
	}
	self, _ := s.Self.Get()
	return self.PIDNS.Get()
}

// onHost reports whether it is the machine's initial PID namespace. Kernel
// threads are visible only there.
func onHost(s *facts.Snapshot) bool {
	if ns, ok := NamespaceOf(s); ok {
		return ns == initNS
	}
	for i := range s.Procs {
		if s.Procs[i].KernelThread() {
			return true
		}
	}
	return false
}

// Hiding reports whether processes may be hidden from this look.
func (l *Looks) Hiding() bool {
	if len(l.Only) > 0 || l.Listing != nil && l.partial() {
		return true
	}
	_, hidden := l.HidePID()
	return hidden || slices.ContainsFunc(l.Unread, IsStat) || len(l.Lost) > 0
}

// partial reports whether a list shows that it does not have all processes.
func (l *Looks) partial() bool {
	n, counted := l.Listing.Tasks.Get()
	return l.Find(1) == nil || len(l.Lost)+len(l.Listing.Cut)+len(l.Listing.Broken)+len(l.Unread) > 0 || counted && n > len(l.Procs)
}

// HidePID returns the hidepid option that hides processes from whoever looked; false: none does.
func (l *Looks) HidePID() (string, bool) {
	m, ok := l.Mount.Get()
	if !ok || m.HidePID == "" || m.HidePID == "0" || m.HidePID == "off" {
		return "", false
	}
	self, ok := l.Self.Get()
	if !ok {
		return m.HidePID, true
	}
	if self.MayTrace() {
		return "", false
	}
	// The members of one group are exempt, but not from "ptraceable"; without
	// the gid option it is group 0 (has_pid_permissions).
	exempt, _ := m.GID.Get()
	if m.HidePID != "4" && m.HidePID != "ptraceable" {
		groups, _ := self.Groups.Get()
		if gid, ok := self.GID.Get(); ok && gid == exempt || slices.Contains(groups, exempt) {
			return "", false
		}
	}
	return m.HidePID, true
}

// MountUnknown reports whether hidepid may be in force unseen: the options of
// the mount are not known, and we have no right that makes them irrelevant.
func (l *Looks) MountUnknown() bool {
	self, ok := l.Self.Get() // not of a recording by other means, of which nothing is known
	return ok && !l.Mount.Known() && !self.MayTrace()
}

// IsStat reports whether the stat file of a process could not be read: without
// it the process is not seen at all.
func IsStat(u facts.Unread) bool {
	return strings.HasPrefix(u.File, "proc/") && strings.HasSuffix(u.File, "/stat") && strings.Count(u.File, "/") == 2
}
