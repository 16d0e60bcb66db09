package facts

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Age is how long ago a process died, as an interval that holds the truth.
// Either bound may be unknown.
type Age struct {
	AtLeast, AtMost Opt[time.Duration]
	// Clocked: AtLeast comes from a clock that ran on the CPU it died on.
	// Without one it is only as good as what happened to run there last.
	Clocked bool
}

// Lasting reports whether it is known to have been dead for longer than a
// parent that reaps takes.
func (a Age) Lasting() bool {
	least, ok := a.AtLeast.Get()
	return ok && least >= Lasting
}

// Ages computes the age of zombies.
//
// se.exec_start of a zombie stands still at the moment of death, on the clock of
// the CPU that it died on (rq_clock_task). That clock runs slower than
// CLOCK_BOOTTIME, never faster: it leaves out steal, suspend and, on some
// kernels, interrupts. Hence the time that has passed on it since then is a
// lower bound.
type Ages struct {
	snap   *Snapshot
	clocks map[int]CPUClock
	// deaths holds the zombies of each CPU, ordered by their death on its clock.
	deaths map[int][]death
}

// death is one zombie on the clock of its CPU. ahead is the largest distance,
// over it and all that died before it there, by which the boot clock is known
// to have been ahead when they started.
type death struct{ execStart, ahead time.Duration }

const (
	// clockError is by how much reading a clock may be late, and what the
	// kernel rounds: steal is counted in ticks of 10 ms.
	clockError = 30 * time.Millisecond
	// drift is how far sched_clock and the boot clock may run apart: 100 ppm.
	drift = 10_000
)

// NewAges prepares to compute ages.
func NewAges(s *Snapshot) *Ages {
	a := &Ages{snap: s, clocks: map[int]CPUClock{}, deaths: map[int][]death{}}
	for _, c := range s.Clocks {
		a.clocks[c.CPU] = c
	}
	for p := range s.All() {
		cpu, exec, ok := p.lastRan()
		start, known := s.SinceBoot(p)
		if ok && known && p.State == Zombie {
			a.deaths[cpu] = append(a.deaths[cpu], death{exec, start - exec})
		}
	}
	for _, ds := range a.deaths {
		slices.SortFunc(ds, func(x, y death) int { return cmp.Compare(x.execStart, y.execStart) })
		for i := 1; i < len(ds); i++ {
			ds[i].ahead = max(ds[i].ahead, ds[i-1].ahead)
		}
	}
	return a
}

// lastRan returns the CPU that a process ran on last, and when on its clock.
func (p *Process) lastRan() (cpu int, execStart time.Duration, ok bool) {
	if p.Deep == nil {
		return 0, 0, false
	}
	sched, ok1 := p.Deep.Sched.Get()
	cpu, ok2 := p.Processor.Get()
	if !ok1 || !ok2 || sched.ExecStartMs > maxMs {
		return 0, 0, false
	}
	return cpu, milliseconds(sched.ExecStartMs), true
}

// maxMs is the largest number of milliseconds that a Duration can hold.
const maxMs = math.MaxInt64 / 2 / float64(time.Millisecond)

func milliseconds(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

// Of returns the age of a zombie.
func (a *Ages) Of(p *Process) Age {
	var age Age
	if p.Deep != nil {
		if d, ok := p.Deep.Died.Get(); ok {
			return a.since(d)
		}
	}
	now, nowKnown := a.Now(p)
	start, startKnown := a.snap.SinceBoot(p)
	atMost := func(d time.Duration) {
		if was, ok := age.AtMost.Get(); !ok || d < was {
			age.AtMost = Some(max(d, 0))
		}
	}
	// It died after it started.
	if nowKnown && startKnown {
		atMost(now - start)
	}
	cpu, exec, ok := p.lastRan()
	if !ok || p.State != Zombie {
		return age
	}
	clock, clocked := a.clocks[cpu]
	ds := a.deaths[cpu]
	if clocked && clock.ExecStartMs <= maxMs {
		age.AtLeast, age.Clocked = Some(max(milliseconds(clock.ExecStartMs)-exec, 0)), true
	} else if len(ds) > 0 {
		// The latest that anything did there cannot be later than now.
		latest := ds[len(ds)-1].execStart
		if there, ok := a.elsewhere(cpu); ok {
			latest = max(latest, there)
		}
		age.AtLeast = Some(max(latest-exec, 0))
	}
	// The boot clock was at least so far ahead of this CPU's when it died as
	// it was when any that died there before it started.
	if i, _ := slices.BinarySearchFunc(ds, exec+1, func(d death, e time.Duration) int { return cmp.Compare(d.execStart, e) }); i > 0 && nowKnown {
		atMost(now - exec - ds[i-1].ahead)
	}
	// All that this CPU's clock has ever left out, at the most.
	lost, ok1 := a.snap.Lost[cpu]
	suspended, ok2 := a.snap.Suspended.Get()
	if least, ok := age.AtLeast.Get(); ok && age.Clocked && ok1 && ok2 {
		atMost(least + lost + suspended + clockError + least/drift)
	}
	// Rounding may push one bound past the other by less than a tick.
	if least, ok := age.AtLeast.Get(); ok {
		if most, ok := age.AtMost.Get(); ok && most < least {
			age.AtMost = Some(least)
		}
	}
	return age
}

// Asleep returns for how long at least a sleeping process has not run: for a PID
// 1 that is exiting, how long it has been waiting for the rest.
func (a *Ages) Asleep(p *Process) (time.Duration, bool) {
	cpu, exec, ok1 := p.lastRan()
	clock, ok2 := a.clocks[cpu]
	if p.State != Sleeping || !ok1 || !ok2 || clock.ExecStartMs > maxMs {
		return 0, false
	}
	return max(milliseconds(clock.ExecStartMs)-exec, 0), true
}

// elsewhere is what the clock of a CPU shows at least, by those of other CPUs:
// they run on one scheduler clock, of which each leaves out its own part, and
// what this one has left out is known.
func (a *Ages) elsewhere(cpu int) (time.Duration, bool) {
	lost, ok := a.snap.Lost[cpu]
	if !ok {
		return 0, false
	}
	best, found := time.Duration(0), false
	for _, c := range a.clocks {
		if c.CPU == cpu || c.ExecStartMs > maxMs {
			continue
		}
		if d := milliseconds(c.ExecStartMs) - lost - clockError; !found || d > best {
			best, found = d, true
		}
	}
	return best, found
}

// since is the age of a zombie whose death was settled before.
func (a *Ages) since(d Death) Age {
	age := Age{Clocked: true}
	now, ok := a.snap.Boottime.Get()
	if !ok {
		return age
	}
	if latest, ok := d.Latest.Get(); ok {
		age.AtLeast = Some(max(now-latest, 0))
	}
	if earliest, ok := d.Earliest.Get(); ok {
		age.AtMost = Some(max(now-earliest, 0))
	}
	return age
}

// Now is the boot clock that ages refer to: when the clock of the zombie's CPU
// was read, or else the last of the clocks that were; or when the look began.
func (a *Ages) Now(p *Process) (time.Duration, bool) {
	if cpu, ok := p.Processor.Get(); ok {
		if c, ok := a.clocks[cpu]; ok {
			return time.Duration(c.BoottimeNs), true
		}
	}
	now, ok := a.snap.Boottime.Get()
	for _, c := range a.clocks {
		now, ok = max(now, time.Duration(c.BoottimeNs)), true
	}
	return now, ok
}

// Lasting is the age from which on a zombie is not transient: one look at it is
// enough.
const Lasting = time.Second
