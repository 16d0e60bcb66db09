package observe

import (
	"cmp"
	"slices"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Namespace is a PID namespace with the verdict on its PID 1.
type Namespace struct {
	ID facts.Opt[uint64] // the inode of the namespace, as readlink of /proc/PID/ns/pid shows
	// PID1 is the process that is PID 1 inside, under its PID as we see it. nil:
	// not visible here.
	PID1      *PID1
	Ours      bool // the namespace of the procfs that was read
	Host      bool // the initial namespace of the machine
	Zombies   int
	Container *Container // that of its PID 1; nil: unknown
}

// Namespaces are the PID namespaces of a snapshot.
type Namespaces struct {
	looks    *Looks
	verdicts *Verdicts
	byPID1   map[*facts.Process]*Namespace
	// All are our own and each that holds a zombie, ordered by the PID of PID 1,
	// those last whose PID 1 is not visible.
	All []*Namespace
}

// findNamespaces lists our own PID namespace and each that holds a zombie; where
// all is set also those of which the snapshot holds the PID 1.
func findNamespaces(l *Looks, d *Dead, verdicts *Verdicts, containers *Containers, all bool) *Namespaces {
	n := &Namespaces{looks: l, verdicts: verdicts, byPID1: map[*facts.Process]*Namespace{}}
	ours := n.ours()
	for i := range d.Lasting {
		z := d.Lasting[i].Process
		ns := ours
		if p1 := l.PID1s.Of(z); p1 != nil {
			ns = n.under(p1)
		} else if id, ok := z.PIDNS(); ok && len(z.NSpid()) > 1 {
			ns = n.unseen(id)
		}
		if !ns.ID.Known() {
			ns.ID = Deep(z).PIDNS
		}
		ns.Zombies++
	}
	if all {
		for i := range l.Procs {
			p := &l.Procs[i]
			if pids := p.NSpid(); p.State != facts.Zombie && len(pids) > 1 && pids[len(pids)-1] == 1 && n.byPID1[p] == nil {
				n.under(p).ID = Deep(p).PIDNS
			}
		}
	}
	for _, ns := range n.All {
		if ns.PID1 != nil {
			ns.Container = containers.Of(ns.PID1.Process)
		}
	}
	slices.SortStableFunc(n.All, func(a, b *Namespace) int { return cmp.Compare(a.pid(), b.pid()) })
	return n
}

// ours begins with the namespace of the procfs that was read.
func (n *Namespaces) ours() *Namespace {
	pid1 := n.looks.Find(1)
	ours := &Namespace{Ours: true, Host: n.looks.OnHost}
	if id, ok := NamespaceOf(n.looks.Snapshot); ok {
		ours.ID = facts.Some(id)
	}
	if pid1 != nil {
		ours.PID1 = n.verdicts.OnPID1(pid1)
		n.byPID1[pid1] = ours
	}
	n.All = append(n.All, ours)
	return ours
}

// under returns the namespace of a PID 1, which it adds where it is new.
func (n *Namespaces) under(pid1 *facts.Process) *Namespace {
	ns := n.byPID1[pid1]
	if ns == nil {
		ns = &Namespace{PID1: n.verdicts.OnPID1(pid1)}
		n.byPID1[pid1] = ns
		n.All = append(n.All, ns)
	}
	return ns
}

// unseen is a namespace whose PID 1 is not visible.
func (n *Namespaces) unseen(id uint64) *Namespace {
	for _, ns := range n.All {
		if known, ok := ns.ID.Get(); ok && known == id {
			return ns
		}
	}
	ns := &Namespace{ID: facts.Some(id)}
	n.All = append(n.All, ns)
	return ns
}

// pid is what namespaces are ordered by.
func (n *Namespace) pid() int {
	if n.PID1 == nil {
		return 1 << 31 // after those that are known
	}
	return n.PID1.Process.PID
}

// Over returns the verdict on the PID 1 of a process's namespace; nil: the
// namespace is not in All, or its PID 1 is not visible.
func (n *Namespaces) Over(p *facts.Process) *PID1 {
	if ns := n.byPID1[n.looks.PID1s.Of(p)]; ns != nil {
		return ns.PID1
	}
	return nil
}

// Of returns the namespace of a PID 1, with the verdict on that, also of one that holds no zombie.
func (n *Namespaces) Of(pid1 *facts.Process) Namespace {
	if ns := n.byPID1[pid1]; ns != nil {
		return *ns
	}
	id, _ := pid1.PIDNS()
	return Namespace{ID: Deep(pid1).PIDNS, PID1: n.verdicts.OnPID1(pid1), Host: id == initNS}
}
