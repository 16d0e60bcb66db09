package look

import (
	"fmt"
	"slices"
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Watch looks at a running machine again and again, and reads only what can have
// changed since the look before: new processes, those that have exited, as their
// pidfds show (pidfd_open(2)), and the children of those, which have another
// parent now. A full look now and then finds the changes that a pidfd does not
// show: a leader exited while its other threads keep running, or a process was
// exec'd or stopped.
type Watch struct {
	src   Source
	opts  Options
	last  *facts.Snapshot
	fds   *pidfds
	blunt error // why pidfds cannot be had; nil: they can
	// kept are the running processes of which this look keeps the facts of the one
	// before.
	kept     map[int]bool
	reapings map[facts.ID]facts.Reaping // of the parents that are still there
}

// NewWatch prepares to watch a running machine.
func NewWatch(src Source, o Options) (*Watch, error) {
	if src.Kind() != facts.Live {
		return nil, fmt.Errorf("%s is a recording, and a recording does not change", src.Name())
	}
	return &Watch{src: src, opts: o}, nil
}

// Close gives back the pidfds.
func (w *Watch) Close() { w.fds.close() }

// Blunt returns why Quick has to read every process, and costs as much as a
// scan; nil: it need not.
func (w *Watch) Blunt() error { return w.blunt }

// Focus makes the looks from now on read these processes and their ancestors as
// closely as the parents of zombies. Their earlier facts stay as they are until
// the next full look.
func (w *Watch) Focus(pids ...int) { w.opts.Focus = pids }

// join returns the process of the look before for each process; nil: it was not
// there.
func (w *Watch) join(s *facts.Snapshot) []*facts.Process {
	before := make([]*facts.Process, len(s.Procs))
	if w.last == nil {
		return before
	}
	old := w.last.Procs
	j := 0
	for i := range s.Procs {
		p := &s.Procs[i]
		for j < len(old) && old[j].PID < p.PID {
			j++
		}
		if j < len(old) && old[j].PID == p.PID && old[j].StartTicks == p.StartTicks {
			before[i] = &old[j]
		}
	}
	return before
}

// eachZombie goes through the zombies of the look before, each with its process
// of now; nil: it is gone.
func (w *Watch) eachZombie(s *facts.Snapshot, f func(was, now *facts.Process)) {
	if w.last == nil {
		return
	}
	for _, was := range w.last.Zombies() {
		now := s.Find(was.PID)
		if now != nil && now.StartTicks != was.StartTicks {
			now = nil
		}
		f(was, now)
	}
}

// Full looks at everything.
func (w *Watch) Full() (*facts.Snapshot, error) {
	w.fds.ended() // this look sees it
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

// readChanged fills Procs with the known facts of the processes that are there,
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
