package scan

import (
	"strconv"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// tracerOf returns the process that traces another. TracerPid is the ID of the
// thread that does, which need not be the first of its process.
func (l *looker) tracerOf(p *Process) *Process {
	if p == nil || p.Deep == nil {
		return nil
	}
	st, _ := p.Deep.Status.Get()
	tid, ok := st.TracerPID.Get()
	if !ok || tid == 0 {
		return nil
	}
	if tracer := l.snap.Find(tid); tracer != nil {
		return tracer
	}
	if l.root.live {
		// /proc/TID can be read, though it is not listed (proc(5)). It is not
		// recorded, or it would be one.
		if b, err := l.root.proc.read(facts.Path(tid, "status"), maxFile); err == nil {
			if st, err := ParseStatus(b); err == nil {
				if tgid, ok := st.TGID.Get(); ok {
					return l.snap.Find(tgid)
				}
			}
		}
		return nil
	}
	for i := range l.snap.Procs { // of the others a recording holds no threads
		if q := &l.snap.Procs[i]; q.NumThreads > 1 {
			if _, err := l.root.read(facts.Path(q.PID, "task/"+strconv.Itoa(tid)+"/stat")); err == nil {
				return q
			}
		}
	}
	return nil
}

// maxForked bounds the children of one parent that are looked at because they
// have not called execve: servers fork workers by the hundred.
const maxForked = 16

// maxKnown bounds the children of one parent that are looked at for the PIDs
// that it knows them by.
const maxKnown = 64

// readNextOfKin reads those around the parents of zombies that tell something
// of them: their tracers; children that have not called execve, which still
// run what the parent ran when it forked them; and, where the parent is in a
// PID namespace below ours, its other living children. It knows these by other
// PIDs than we do, and may wait for one of them.
func (l *looker) readNextOfKin(zombies []*Process) {
	parents := map[int]bool{}
	for _, z := range zombies {
		parents[z.PPID] = true
	}
	in := newInterest(l.snap)
	forked, others := map[int]int{}, map[int]int{}
	for i := range l.snap.Procs {
		p := &l.snap.Procs[i]
		if parents[p.PID] {
			in.add(l.tracerOf(p), true)
		}
		if p.State == Zombie || !parents[p.PPID] {
			continue
		}
		if p.Forked() {
			if forked[p.PPID]++; forked[p.PPID] <= maxForked {
				in.add(p, false)
			}
		} else if len(l.snap.Find(p.PPID).NSpid()) > 1 {
			if others[p.PPID]++; others[p.PPID] <= maxKnown {
				in.add(p, false)
			}
		}
	}
	l.each(in.list(), func(p *Process) { l.readRelative(p, in.close[p.PID]) })
}

// readDying reads the members of PID namespaces whose PID 1 waits for their
// end: one of them is what it waits for.
func (l *looker) readDying() {
	dying := map[uint64]bool{}
	for i := range l.snap.Procs {
		if p := &l.snap.Procs[i]; p.Zapping() {
			if ns, ok := p.PIDNS(); ok {
				dying[ns] = true
			}
		}
	}
	if len(dying) == 0 {
		return
	}
	tee := l.root.tee
	l.root.tee = nil // of the others nothing is recorded
	var members []*Process
	for i := range l.snap.Procs {
		p := &l.snap.Procs[i]
		if p.KernelThread() || p.Deep != nil && p.State != Zombie {
			continue
		}
		link, err := l.root.readlink(facts.Path(p.PID, "ns/pid"))
		if err != nil {
			continue
		}
		ns, _ := facts.ParseNamespace(link)
		if n, ok := ns.Get(); ok && dying[n] {
			members = append(members, p)
		}
	}
	l.root.tee = tee
	l.each(members, func(p *Process) {
		if p.State != Zombie {
			l.readRelative(p, false)
			if paths, ok := p.Deep.Cgroups.Get(); ok {
				l.readFreezers(p, paths) // one frozen by v1 does not end
			}
		} else if !p.Deep.PIDNS.Known() {
			l.readPIDNS(p)
		}
	})
}
