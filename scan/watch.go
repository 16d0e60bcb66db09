package scan

import (
	"fmt"
	"slices"
	"time"
)

// Watch looks at a running machine again and again, and reads only what can
// have changed since the look before: processes that are new, those that have
// ended, which their pidfds tell (pidfd_open(2)), and the children of those,
// which have another parent now. What a pidfd does not tell, a full look does,
// now and then: that a leader ended while threads of it live, that a process
// was exec'd or stopped.
type Watch struct {
	root *Root
	opts Options
	last *Snapshot
	fds  *pidfds
	// blunt is why pidfds cannot be had; nil: they can.
	blunt error
	// kept are the live processes of which this look keeps what was read before.
	kept map[int]bool
	// reapings are those of the parents that are still there.
	reapings map[ID]Reaping
}

// NewWatch prepares to watch a live root.
func NewWatch(r *Root, o Options) (*Watch, error) {
	if !r.live {
		return nil, fmt.Errorf("%s: is a recording, and will not change", r.name)
	}
	return &Watch{root: r, opts: o}, nil
}

// Close gives back the pidfds.
func (w *Watch) Close() { w.fds.close() }

// Blunt returns why Quick has to read every process, and costs as much as a
// scan; nil: it need not.
func (w *Watch) Blunt() error { return w.blunt }

// Full looks at everything.
func (w *Watch) Full() (*Snapshot, error) {
	s, err := newLooker(w.root, w.opts).look()
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
func (w *Watch) Quick() (*Snapshot, error) {
	if w.last == nil {
		return w.Full()
	}
	l := newLooker(w.root, w.opts)
	s := l.snap
	last := w.last
	s.Host, s.Self, s.Mount, s.Suspended, s.AllNamespaces = last.Host, last.Self, last.Mount, last.Suspended, last.AllNamespaces
	s.Cgroups, s.ContainerNames, s.PodNames, s.TasksByUID = last.Cgroups, last.ContainerNames, last.PodNames, last.TasksByUID
	s.Taken = Some(time.Now().UTC().Round(0))
	if up, ok := bootClock(); ok {
		s.Boottime = Some(up)
	}
	if err := w.readChanged(l); err != nil {
		return nil, err
	}
	l.findParents()
	before := w.join(s)
	changed := w.carry(s, before)
	first := time.Now()
	l.readDeep()
	l.readClocks()
	if changed {
		l.readLimits()
		l.readNames()
		l.kept = w.kept
		l.readAgain(first)
	}
	w.carryUnread(l)
	w.lookedTwice(s, before)
	w.arm(s, before)
	w.settle(s, before)
	return s, nil
}

// readChanged fills Procs with what is known of the processes that are there,
// and reads those anew of which something can have changed.
func (w *Watch) readChanged(l *looker) error {
	if w.blunt != nil {
		return l.readAll()
	}
	ended := w.fds.ended()
	var pids []int
	if err := l.eachPID(func(batch []int) { pids = append(pids, batch...) }); err != nil {
		return fmt.Errorf("%s: listing proc: %w", w.root.name, reason(err))
	}
	slices.Sort(pids)
	reader := l.newStatWorker()
	procs := make([]Process, 0, len(pids)+len(pids)/8)
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
			procs = append(procs, Process{Stat: st})
		}
	}
	l.snap.Vanished = reader.gone
	l.snap.Procs = procs
	return nil
}

// watched reports whether a process is one of the few that are read in every
// look: parents of zombies, and whatever else was looked at closely.
func (w *Watch) watched(p *Process) bool { return p.Deep != nil && p.State != Zombie }

// carry keeps what was read of a process before and still holds, and reports
// whether a zombie came, went or changed hands.
func (w *Watch) carry(s *Snapshot, before []*Process) bool {
	touched := map[int]bool{} // parents of such
	w.eachZombie(s, func(was, now *Process) {
		if now == nil || now.PPID != was.PPID {
			touched[was.PPID] = true
		}
	})
	for i := range s.Procs {
		p, q := &s.Procs[i], before[i]
		if q != nil {
			p.Reparented = q.Reparented
			if q.State == p.State || q.State != Zombie && p.State != Zombie {
				p.Deep = q.Deep
			}
		}
		if p.State == Zombie && (q == nil || q.State != Zombie || q.PPID != p.PPID) {
			touched[p.PPID] = true
		}
	}
	for pid := range touched {
		if p := s.Find(pid); p != nil && p.State != Zombie {
			p.Deep = nil // what it does is read anew
		}
	}
	w.kept = map[int]bool{}
	for i := range s.Procs {
		// These are ours to change, and the look before is somebody's.
		if p := &s.Procs[i]; p.Deep != nil && p.State != Zombie {
			w.kept[p.PID] = true
			d := *p.Deep
			p.Deep = &d
		}
	}
	return len(touched) > 0
}

// join returns for each process what it was in the look before; nil: it was
// not there.
func (w *Watch) join(s *Snapshot) []*Process {
	before := make([]*Process, len(s.Procs))
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

// carryUnread keeps what could not be read before, of processes that were not
// read again.
func (w *Watch) carryUnread(l *looker) {
	for _, u := range w.last.Unread {
		if u.PID == 0 || l.snap.Find(u.PID) != nil {
			l.snap.Unread = append(l.snap.Unread, u)
		}
	}
	l.sortUnread()
}

// lookedTwice adds to the second look what was there in the look before:
// zombies, for which that was the first look and this is the second; and what
// the look before saw twice of a process that was not read anew.
func (w *Watch) lookedTwice(s *Snapshot, before []*Process) {
	var was map[int]*Again
	if w.last.Again != nil {
		was = w.last.Again.Procs
	}
	if s.Again == nil {
		s.Again = &SecondLook{Procs: make(map[int]*Again, len(was))} // it will be about as many
		now, ok1 := s.Boottime.Get()
		then, ok2 := w.last.Boottime.Get()
		if ok1 && ok2 {
			s.Again.After = now - then
		}
	}
	asked := map[int]bool{}
	for _, pid := range s.Again.Asked {
		asked[pid] = true
	}
	add := func(pid int, a *Again) {
		s.Again.Asked = append(s.Again.Asked, pid)
		s.Again.Procs[pid] = a
	}
	for i := range s.Procs {
		p, q := &s.Procs[i], before[i]
		switch {
		case q == nil || p.Deep == nil || asked[p.PID]:
		case p.State == Zombie && q.State == Zombie:
			a := was[p.PID]
			if a == nil || a.Stat != p.Stat {
				a = &Again{Stat: p.Stat}
			}
			add(p.PID, a)
		case p.State != Zombie && w.kept[p.PID]:
			if a := was[p.PID]; a != nil {
				add(p.PID, a)
			}
		}
	}
	if len(s.Again.Asked) == 0 {
		s.Again = nil
		return
	}
	slices.Sort(s.Again.Asked)
}

// settle makes this the last look: when those died that have since the look
// before, and who was adopted.
func (w *Watch) settle(s *Snapshot, before []*Process) {
	var ages *Ages
	for i := range s.Procs {
		p, q := &s.Procs[i], before[i]
		if q != nil && q.PPID != p.PPID && p.PPID != 0 {
			p.Reparented = Some(q.PPID)
			s.Adopted = append(s.Adopted, Adoption{ID: p.ID(), Comm: p.Comm, Zombie: p.State == Zombie, From: q.PPID, To: p.PPID})
		}
		if p.State != Zombie || p.Deep == nil || p.Deep.Died.Known() {
			continue
		}
		if ages == nil {
			ages = NewAges(s)
		}
		p.Deep.Died = w.death(p, q, ages)
	}
	w.seeReaping(s)
	w.last = s
}

// seeReaping adds up what was reaped since the look before.
func (w *Watch) seeReaping(s *Snapshot) {
	seen := map[ID]Reaping{}
	for id, r := range w.reapings {
		if p := s.Find(id.PID); p != nil && p.ID() == id {
			seen[id] = r
		}
	}
	var ages *Ages
	w.eachZombie(s, func(z, still *Process) {
		if still != nil {
			return
		}
		was, parent := w.last.Find(z.PPID), s.Find(z.PPID)
		if was == nil || parent == nil || was.StartTicks != parent.StartTicks {
			return // who reaped it is not known
		}
		if ages == nil {
			ages = NewAges(w.last)
		}
		r := seen[parent.ID()]
		r.Zombies++
		if z.Reparented.Known() {
			r.Orphans++
		}
		age, _ := ages.Of(z).AtLeast.Get()
		r.Longest = max(r.Longest, age)
		seen[parent.ID()] = r
	})
	w.reapings, s.Reapings = seen, make(map[int]Reaping, len(seen))
	for id, r := range seen {
		s.Reapings[id.PID] = r
	}
}

// eachZombie goes through the zombies of the look before, and what they are
// now; nil: they are gone.
func (w *Watch) eachZombie(s *Snapshot, f func(was, now *Process)) {
	if w.last == nil {
		return
	}
	i := 0
	for j := range w.last.Procs {
		was := &w.last.Procs[j]
		if was.State != Zombie {
			continue
		}
		for i < len(s.Procs) && s.Procs[i].PID < was.PID {
			i++
		}
		var now *Process
		if i < len(s.Procs) && s.Procs[i].PID == was.PID && s.Procs[i].StartTicks == was.StartTicks {
			now = &s.Procs[i]
		}
		f(was, now)
	}
}

// death tells when a process died that is a zombie for the first time.
func (w *Watch) death(p, before *Process, ages *Ages) Opt[Death] {
	age := ages.Of(p)
	now, ok := ages.Now(p)
	if !ok {
		return Opt[Death]{}
	}
	var d Death
	if least, ok := age.AtLeast.Get(); ok && age.Clocked {
		d.Latest = Some(now - least)
	} else if before != nil {
		d.Latest = Some(now) // it is dead, and was not in the look before
	}
	if most, ok := age.AtMost.Get(); ok {
		d.Earliest = Some(now - most)
	}
	if before != nil && before.State != Zombie {
		if then, ok := w.last.Boottime.Get(); ok {
			if e, ok := d.Earliest.Get(); !ok || e < then {
				d.Earliest = Some(then)
			}
		}
	}
	if !d.Latest.Known() {
		return Opt[Death]{}
	}
	// Rounding may push one bound past the other.
	latest, _ := d.Latest.Get()
	if e, ok := d.Earliest.Get(); ok && e > latest {
		d.Earliest = Some(latest)
	}
	return Some(d)
}
