package observe

import (
	"slices"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Scope is what is to be judged: all, or what is in some containers.
type Scope struct {
	Zombies    []Zombie // ordered by PID
	Transient  map[int]*Transient
	Parents    []*Parent    // ordered by PID
	Namespaces []*Namespace // by the PID of PID 1
	Limits     []Limit      // the tightest first
	// Elsewhere are the zombies that were left out by the filter, and
	// Unattributed those of which it is unknown whether they belong to it.
	Elsewhere, Unattributed int
	// Matched: something in view is in a container that the filter names.
	Matched bool
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
// what zombies use up of a limit does not depend on who asks.
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
	for _, p := range s.Parents {
		if f.selectsParent(p) {
			in.Parents = append(in.Parents, p)
		}
	}
	for _, n := range s.Namespaces {
		if f.Selects(n.Container) {
			in.Namespaces = append(in.Namespaces, n)
		}
	}
	if s.Limits != nil {
		in.Limits = []Limit{}
	}
	for _, limit := range s.Limits {
		if slices.ContainsFunc(in.Parents, func(p *Parent) bool { return slices.Contains(limit.Parents, p) }) {
			in.Limits = append(in.Limits, limit)
		}
	}
	for ppid, of := range s.Transient {
		if f.Selects(containers.Of(l.Find(ppid))) {
			in.Transient[ppid] = of
		}
	}
	return in
}

// selectsParent: a parent is part of it also when it is its zombies that are in
// the container: a shim keeps those of others.
func (f Filter) selectsParent(p *Parent) bool {
	return f.Selects(p.Container) || slices.ContainsFunc(p.Children, func(z *Zombie) bool { return f.Selects(z.Container) })
}
