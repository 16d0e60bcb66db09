package facts

import (
	"testing"
	"time"
)

// dead is a zombie that started and died at these times since boot, on a CPU
// whose clock was behind by that much when it died.
func dead(pid, cpu int, start, death, behind time.Duration) Process {
	return Process{
		Stat: Stat{PID: pid, State: Zombie, StartTicks: uint64(start / (10 * time.Millisecond)), Processor: Some(cpu), NumThreads: 1},
		Deep: &Detail{Sched: Some(Sched{ExecStartMs: float64(death-behind) / float64(time.Millisecond)})},
	}
}

func TestAgesOf(t *testing.T) {
	const now, behind = 1000 * time.Second, 14 * time.Second
	clock := CPUClock{CPU: 0, ExecStartMs: float64(now-behind) / float64(time.Millisecond), BoottimeNs: int64(now)}
	snap := func(procs ...Process) *Snapshot {
		s := &Snapshot{Host: Host{UserHZ: Some(uint64(100))}, Boottime: Some(now), Clocks: []CPUClock{clock}, Procs: procs}
		SortProcesses(s.Procs)
		return s
	}
	bounds := func(s *Snapshot, pid int) (least, most time.Duration, ok1, ok2 bool) {
		a := NewAges(s).Of(s.Find(pid))
		least, ok1 = a.AtLeast.Get()
		most, ok2 = a.AtMost.Get()
		return least, most, ok1, ok2
	}
	// It lived for 800 s and died 100 s ago, when the CPU was 13 s behind;
	// since then it lost one more.
	long := dead(7, 0, 100*time.Second, 900*time.Second, 13*time.Second)
	least, most, _, _ := bounds(snap(long), 7)
	if least != 99*time.Second || most != 900*time.Second {
		t.Errorf("alone: %v to %v", least, most)
	}
	// A process that ran briefly, and died on that CPU before it.
	least, most, _, _ = bounds(snap(long, dead(8, 0, 899*time.Second, 899*time.Second+50*time.Millisecond, 13*time.Second)), 7)
	if least != 99*time.Second || most < 100*time.Second || most > 100*time.Second+100*time.Millisecond {
		t.Errorf("with a neighbour: %v to %v", least, most)
	}
	// One on another CPU, or that died later, says nothing about it.
	for _, n := range []Process{dead(8, 1, 899*time.Second, 899*time.Second, 13*time.Second), dead(8, 0, 950*time.Second, 950*time.Second, 13*time.Second)} {
		if _, most, _, _ = bounds(snap(long, n), 7); most != 900*time.Second {
			t.Errorf("a neighbour that says nothing: at most %v", most)
		}
	}
	// What the CPU lost since boot bounds it too.
	s := snap(long)
	s.Lost, s.Suspended = map[int]time.Duration{0: 14 * time.Second}, Some(time.Duration(0))
	if _, most, _, _ = bounds(s, 7); most < 113*time.Second || most > 114*time.Second {
		t.Errorf("by what the CPU lost: at most %v", most)
	}
	// Not without knowing for how long the machine slept.
	s.Suspended = Opt[time.Duration]{}
	if _, most, _, _ = bounds(s, 7); most != 900*time.Second {
		t.Errorf("suspend unknown: at most %v", most)
	}
	// No clock of that CPU: the latest that is known of it has to do.
	s = snap(long, dead(9, 0, 990*time.Second, 995*time.Second, 13*time.Second))
	s.Clocks = nil
	a := NewAges(s).Of(s.Find(7))
	if least, ok := a.AtLeast.Get(); !ok || a.Clocked || least != 95*time.Second || a.Lasting() != true {
		t.Errorf("no clock: %+v", a)
	}
	// The clock of another CPU shows what this one shows at least: 990 s less
	// the 6 s that this one may have left out and the other did not.
	s = snap(long)
	s.Clocks = []CPUClock{{CPU: 1, ExecStartMs: 990_000, BoottimeNs: int64(now)}}
	s.Lost = map[int]time.Duration{0: 6 * time.Second, 1: 10 * time.Second}
	a = NewAges(s).Of(s.Find(7))
	if least, ok := a.AtLeast.Get(); !ok || a.Clocked || least != 97*time.Second-clockError {
		t.Errorf("by the clock of another CPU: %+v", a)
	}
	if most, ok := a.AtMost.Get(); !ok || most != 900*time.Second {
		t.Errorf("by the clock of another CPU: %+v", a)
	}
	s.Lost = nil // the control
	if least, _ := NewAges(s).Of(s.Find(7)).AtLeast.Get(); least != 0 {
		t.Errorf("what this one left out is unknown: at least %v", least)
	}
	// No sched file: only the start is known.
	blind := long
	blind.Deep = &Detail{}
	if _, most, ok1, _ := bounds(snap(blind), 7); ok1 || most != 900*time.Second {
		t.Errorf("no sched: at most %v, at least known %v", most, ok1)
	}
	// Nothing known is unknown.
	s = snap(blind)
	s.Host.UserHZ, s.Clocks = Opt[uint64]{}, nil
	if _, _, ok1, ok2 := bounds(s, 7); ok1 || ok2 {
		t.Error("something is known of nothing")
	}
}

func FuzzAges(f *testing.F) {
	f.Add(1.5, int64(3e9), uint64(100), uint64(100), 0)
	f.Add(1e300, int64(-1), uint64(1)<<63, uint64(0), -5)
	f.Fuzz(func(t *testing.T, exec float64, boot int64, start, hz uint64, cpu int) {
		p := Process{
			Stat: Stat{PID: 1, State: Zombie, StartTicks: start, Processor: Some(cpu), NumThreads: 1},
			Deep: &Detail{Sched: Some(Sched{ExecStartMs: exec})},
		}
		s := &Snapshot{Host: Host{UserHZ: Some(hz)}, Boottime: Some(time.Duration(boot)), Procs: []Process{p},
			Clocks: []CPUClock{{CPU: cpu, ExecStartMs: exec / 2, BoottimeNs: boot}}, Suspended: Some(time.Duration(boot))}
		a := NewAges(s).Of(&s.Procs[0])
		if least, ok := a.AtLeast.Get(); ok && least < 0 {
			t.Errorf("at least %v", least)
		}
		if most, ok := a.AtMost.Get(); ok && most < 0 {
			t.Errorf("at most %v", most)
		}
	})
}
