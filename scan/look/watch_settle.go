package look

import "github.com/zombiectl/zombiectl/scan/facts"

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

// seeReaping adds up what was reaped since the look before.
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

// death tells when a process died that is a zombie for the first time.
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
