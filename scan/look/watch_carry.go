package look

import (
	"slices"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// carry keeps the earlier facts of a process that still hold, and reports
// whether a zombie came, went or changed hands.
func (w *Watch) carry(s *facts.Snapshot, before []*facts.Process) bool {
	touched := map[int]bool{} // parents of such
	w.eachZombie(s, func(was, now *facts.Process) {
		if now == nil || now.PPID != was.PPID {
			touched[was.PPID] = true
		}
	})
	for i := range s.Procs {
		p, q := &s.Procs[i], before[i]
		if q != nil {
			p.Reparented = q.Reparented
			if q.State == p.State || q.State != facts.Zombie && p.State != facts.Zombie {
				p.Deep = q.Deep
			}
		}
		if p.State == facts.Zombie && (q == nil || q.State != facts.Zombie || q.PPID != p.PPID) {
			touched[p.PPID] = true
		}
	}
	for pid := range touched {
		if p := s.Find(pid); p != nil && p.State != facts.Zombie {
			p.Deep = nil // its behavior is read anew
		}
	}
	w.kept = map[int]bool{}
	for i := range s.Procs {
		// These are ours to change, and the look before is somebody's.
		if p := &s.Procs[i]; p.Deep != nil && p.State != facts.Zombie {
			w.kept[p.PID] = true
			d := *p.Deep
			p.Deep = &d
		}
	}
	return len(touched) > 0
}

// carryUnread keeps what could not be read before, of processes that were not
// read again.
func (w *Watch) carryUnread(r *reading) {
	for _, u := range w.last.Unread {
		if u.PID == 0 || r.snap.Find(u.PID) != nil {
			r.snap.Unread = append(r.snap.Unread, u)
		}
	}
	r.sortUnread()
}

// lookedTwice adds to the second look the zombies of the look before, for which
// that was the first look and this is the second; and what the look before saw
// twice of a process that was not read anew.
func (w *Watch) lookedTwice(s *facts.Snapshot, before []*facts.Process) {
	var was map[int]*facts.Again
	if w.last.Again != nil {
		was = w.last.Again.Procs
	}
	if s.Again == nil {
		s.Again = &facts.SecondLook{Procs: make(map[int]*facts.Again, len(was))} // it will be about as many
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
	add := func(pid int, a *facts.Again) {
		s.Again.Asked = append(s.Again.Asked, pid)
		s.Again.Procs[pid] = a
	}
	for i := range s.Procs {
		p, q := &s.Procs[i], before[i]
		switch {
		case q == nil || p.Deep == nil || asked[p.PID]:
		case p.State == facts.Zombie && q.State == facts.Zombie:
			a := was[p.PID]
			if a == nil || a.Stat != p.Stat {
				a = &facts.Again{Stat: p.Stat}
			}
			add(p.PID, a)
		case p.State != facts.Zombie && w.kept[p.PID]:
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
func (w *Watch) settle(s *facts.Snapshot, before []*facts.Process) {
	var ages *facts.Ages
	for i := range s.Procs {
		p, q := &s.Procs[i], before[i]
		if q != nil && q.PPID != p.PPID && p.PPID != 0 {
			p.Reparented = facts.Some(q.PPID)
			s.Adopted = append(s.Adopted, facts.Adoption{ID: p.ID(), Comm: p.Comm, Zombie: p.State == facts.Zombie, From: q.PPID, To: p.PPID})
		}
		if p.State != facts.Zombie || p.Deep == nil || p.Deep.Died.Known() {
			continue
		}
		if ages == nil {
			ages = facts.NewAges(s)
		}
		p.Deep.Died = w.death(p, q, ages)
	}
	w.seeReaping(s)
	w.last = s
}

// seeReaping counts the zombies that were reaped since the look before.
func (w *Watch) seeReaping(s *facts.Snapshot) {
	seen := map[facts.ID]facts.Reaping{}
	for id, r := range w.reapings {
		if p := s.Find(id.PID); p != nil && p.ID() == id {
			seen[id] = r
		}
	}
	var ages *facts.Ages
	w.eachZombie(s, func(z, still *facts.Process) {
		if still != nil {
			return
		}
		was, parent := w.last.Find(z.PPID), s.Find(z.PPID)
		if was == nil || parent == nil || was.StartTicks != parent.StartTicks {
			return // who reaped it is not known
		}
		if ages == nil {
			ages = facts.NewAges(w.last)
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
	w.reapings, s.Reapings = seen, make(map[int]facts.Reaping, len(seen))
	for id, r := range seen {
		s.Reapings[id.PID] = r
	}
}

// death computes when a process died that is a zombie for the first time.
func (w *Watch) death(p, before *facts.Process, ages *facts.Ages) facts.Opt[facts.Death] {
	age := ages.Of(p)
	now, ok := ages.Now(p)
	if !ok {
		return facts.Opt[facts.Death]{}
	}
	var d facts.Death
	if least, ok := age.AtLeast.Get(); ok && age.Clocked {
		d.Latest = facts.Some(now - least)
	} else if before != nil {
		d.Latest = facts.Some(now) // it is dead, and was not in the look before
	}
	if most, ok := age.AtMost.Get(); ok {
		d.Earliest = facts.Some(now - most)
	}
	if before != nil && before.State != facts.Zombie {
		if then, ok := w.last.Boottime.Get(); ok {
			if e, ok := d.Earliest.Get(); !ok || e < then {
				d.Earliest = facts.Some(then)
			}
		}
	}
	if !d.Latest.Known() {
		return facts.Opt[facts.Death]{}
	}
	// Rounding may push one bound past the other.
	latest, _ := d.Latest.Get()
	if e, ok := d.Earliest.Get(); ok && e > latest {
		d.Earliest = facts.Some(latest)
	}
	return facts.Some(d)
}
