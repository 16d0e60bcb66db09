package observe

import (
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/scan/facts"
)

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
	self, ok := l.Self.Get()
	if !ok || l.Mount.Known() {
		return false // a recording by other means, of which nothing is known
	}
	return !self.MayTrace()
}

// IsStat reports whether what was not read is the stat file of a process:
// without it there is no process to see.
func IsStat(u facts.Unread) bool {
	return strings.HasPrefix(u.File, "proc/") && strings.HasSuffix(u.File, "/stat") && strings.Count(u.File, "/") == 2
}
