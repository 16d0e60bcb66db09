package observe

import (
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Filter restricts a diagnosis to some containers; "" is any.
type Filter struct {
	Container string // its name, or the beginning of its ID
	Pod       string // its name, or the beginning of its UID
	Namespace string // of Kubernetes
}

// Set reports whether it restricts anything.
func (f Filter) Set() bool { return f != Filter{} }

// minPrefix is how much of an ID has to be given for it to be taken for one.
const minPrefix = 6

// Matches answers whether the filter names a container. An unknown name or ID
// may leave that open.
func (f Filter) Matches(c *Container) Answer {
	switch {
	case !f.Set():
		return Yes
	case c == nil:
		return Unknown
	case c.Engine == NoContainer:
		return No
	}
	noPod := c.ID != "" && c.PodUID == "" // the path would show one
	worst := Yes
	for _, a := range []Answer{
		matches(f.Container, c.Name, c.ID, false),
		matches(f.Pod, c.Pod, c.PodUID, noPod),
		matches(f.Namespace, c.Namespace, "", noPod || c.Engine == facts.Podman),
	} {
		if a == No || a == Unknown && worst == Yes {
			worst = a
		}
	}
	return worst
}

// matches compares a name and an ID with the one that is wanted. none: it has no
// such name, which is more than an unknown name.
func matches(want, name, id string, none bool) Answer {
	byID := len(want) >= minPrefix && strings.HasPrefix(id, want)
	switch {
	case want == "" || name == want || byID:
		return Yes
	case name != "" || none || id != "" && len(want) >= shownID && strings.Trim(want, "0123456789abcdef-") == "":
		return No
	}
	return Unknown
}

// Selects reports whether the processes of a container are part of the
// diagnosis.
func (f Filter) Selects(c *Container) bool { return f.Matches(c) == Yes }

// Scope is what to judge: everything, or some containers.
type Scope struct {
	Zombies    []Zombie // ordered by PID
	Transient  map[int]*Transient
	Parents    []*Parent    // ordered by PID
	Namespaces []*Namespace // by the PID of PID 1
	Limits     []Limit      // the tightest first
	// Elsewhere are the zombies that were left out by the filter, and
	// Unattributed those of which it is unknown whether they belong to it.
	Elsewhere, Unattributed int
	Matched                 bool // something visible is in a container that the filter names
}

// Over returns the verdict on a PID 1; nil: that is not to be judged.
func (s *Scope) Over(pid1 *facts.Process) *PID1 {
	for _, ns := range s.Namespaces {
		if ns.PID1 != nil && ns.PID1.Process == pid1 {
			return ns.PID1
		}
	}
	return nil
}

// within leaves out what is about other containers. It comes after the counting:
// how much of a limit zombies use up does not depend on who asks.
func (s Scope) within(f Filter, l *Looks, containers *Containers) Scope {
	in := Scope{Transient: map[int]*Transient{}}
	for i := range l.Procs {
		if p := &l.Procs[i]; p.Deep != nil && f.Selects(containers.Of(p)) {
			in.Matched = true
			break
		}
	}
	for _, z := range s.Zombies {
		switch f.Matches(z.Container) {
		case Yes:
			in.Zombies = append(in.Zombies, z)
		case No:
			in.Elsewhere++
		default:
			in.Unattributed++
		}
	}
	in.Matched = in.Matched || len(in.Zombies) > 0
	in.Parents = slices.DeleteFunc(slices.Clone(s.Parents), func(p *Parent) bool { return !f.selectsParent(p) })
	in.Namespaces = slices.DeleteFunc(slices.Clone(s.Namespaces), func(n *Namespace) bool { return !f.Selects(n.Container) })
	for _, l := range s.Limits {
		if l.of(in.Parents) {
			in.Limits = append(in.Limits, l)
		}
	}
	for ppid, of := range s.Transient {
		if f.Selects(containers.Of(l.Find(ppid))) {
			in.Transient[ppid] = of
		}
	}
	return in
}

// of keeps of the parents whose zombies count against a limit those that are to be
// judged, and reports whether it is about them: what others fill is theirs to answer for.
func (l *Limit) of(judged []*Parent) bool {
	theirs, zombies := []*Parent(nil), 0
	for _, p := range l.Parents {
		if slices.Contains(judged, p) {
			theirs, zombies = append(theirs, p), zombies+p.Zombies+p.Held
		}
	}
	l.Parents = theirs
	return zombies > 0 && zombies*2 >= l.Zombies
}

// selectsParent: a parent is part of it also when it is its zombies that are in
// the container: a shim keeps those of others.
func (f Filter) selectsParent(p *Parent) bool {
	return f.Selects(p.Container) || slices.ContainsFunc(p.Children, func(z *Zombie) bool { return f.Selects(z.Container) })
}
