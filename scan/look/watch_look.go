package look

import (
	"slices"
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Full looks at everything.
func (w *Watch) Full() (*facts.Snapshot, error) {
	s, err := Look(w.src, w.opts)
	if err != nil {
		return nil, err
	}
	before := w.join(s)
	for i := range s.Procs {
		p := &s.Procs[i]
		if q := before[i]; q != nil {
			p.Reparented = q.Reparented
			if p.Deep != nil && q.Deep != nil {
				p.Deep.Died = q.Deep.Died
			}
		}
	}
	w.arm(s, before)
	w.settle(s, before)
	return s, nil
}

// Quick looks at what can have changed since the look before.
func (w *Watch) Quick() (*facts.Snapshot, error) {
	if w.last == nil {
		return w.Full()
	}
	r := newReading(w.src, w.opts)
	s := r.snap
	last := w.last
	s.Host, s.Self, s.Mount, s.Suspended, s.AllNamespaces = last.Host, last.Self, last.Mount, last.Suspended, last.AllNamespaces
	s.Cgroups, s.ContainerNames, s.PodNames, s.TasksByUID = last.Cgroups, last.ContainerNames, last.PodNames, last.TasksByUID
	s.Taken, s.Boottime = now()
	if err := w.readChanged(r); err != nil {
		return nil, err
	}
	r.findParents()
	before := w.join(s)
	changed := w.carry(s, before)
	if self, ok := s.Self.Get(); ok && changed {
		r.readMounts(self.PID) // they show where the cgroups are
	}
	first := time.Now()
	r.readCloser()
	r.readClocks()
	if changed {
		r.readProcessLimits()
		r.readContainerNames()
		r.readAgain(first, w.kept)
	}
	w.carryUnread(r)
	w.lookedTwice(s, before)
	w.arm(s, before)
	w.settle(s, before)
	return s, nil
}

// readChanged fills Procs with what is known of the processes that are there,
// and reads those anew of which something can have changed.
func (w *Watch) readChanged(r *reading) error {
	if w.blunt != nil {
		return r.readAll()
	}
	ended := w.fds.ended()
	var pids []int
	if err := r.eachPID(func(batch []int) { pids = append(pids, batch...) }); err != nil {
		return err
	}
	slices.Sort(pids)
	reader := r.newStatWorker()
	procs := make([]facts.Process, 0, len(pids)+len(pids)/8)
	old := w.last.Procs
	for _, pid := range pids {
		for len(old) > 0 && old[0].PID < pid {
			old = old[1:]
		}
		if len(old) > 0 && old[0].PID == pid && !ended[pid] && !ended[old[0].PPID] && !w.watched(&old[0]) {
			procs = append(procs, old[0])
			continue
		}
		if st, ok := reader.read(pid); ok {
			procs = append(procs, facts.Process{Stat: st})
		}
	}
	r.snap.Vanished = reader.gone
	r.snap.Procs = procs
	return nil
}

// watched reports whether a process is one of the few that are read in every
// look: parents of zombies, and whatever else was looked at closely.
func (w *Watch) watched(p *facts.Process) bool { return p.Deep != nil && p.State != facts.Zombie }
