package looktest

import (
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// At makes it a look that many seconds after boot.
func At(seconds int, s *facts.Snapshot) *facts.Snapshot {
	s.Host.BootID, s.Host.UserHZ = facts.Some("boot"), facts.Some(uint64(100))
	s.Boottime = facts.Some(time.Duration(seconds) * time.Second)
	s.Taken = facts.Some(time.Unix(1_800_000_000+int64(seconds), 0))
	return s
}

// Hidden makes it a look at a /proc that hides processes.
func Hidden(s *facts.Snapshot) *facts.Snapshot {
	s.Unread = append(s.Unread, facts.Unread{PID: 99, File: "proc/99/stat", Denied: true, Reason: "permission denied"})
	return s
}

// Keeping is a look, so long after a first one, in which parents have so many
// zombies each; zombies have PIDs from 100 times their parent's on, so that the
// same come again.
func Keeping(after time.Duration, zombies map[int][]int) *facts.Snapshot {
	s := &facts.Snapshot{Boottime: facts.Some(time.Hour + after)}
	s.Host.BootID, s.Host.UserHZ = facts.Some("boot"), facts.Some(uint64(100))
	add := func(pid, ppid int, state facts.State) {
		s.Procs = append(s.Procs, facts.Process{Stat: facts.Stat{PID: pid, PPID: ppid, State: state, Comm: "x", NumThreads: 1, StartTicks: uint64(pid)}})
	}
	add(1, 0, facts.Sleeping)
	for parent := 2; parent < 10; parent++ {
		if _, ok := zombies[parent]; ok {
			add(parent, 1, facts.Sleeping)
		}
	}
	for parent := 2; parent < 10; parent++ {
		for _, n := range zombies[parent] {
			add(100*parent+n, parent, facts.Zombie)
			s.Procs[len(s.Procs)-1].StartTicks += 100 * 60 * 60 * 2 // after all looks: none saw it alive
		}
	}
	return s
}

// Growing are looks, five seconds apart. 2 leaks, 3 has old ones and no more, 4
// reaps what it has, 5 is late once and then reaps, and is gone at the end.
func Growing() []*facts.Snapshot {
	var looks []*facts.Snapshot
	for i, zombies := range []map[int][]int{
		{2: upTo(0, 1), 3: upTo(0, 5), 4: upTo(0, 4), 5: nil},
		{2: upTo(0, 3), 3: upTo(0, 5), 4: upTo(1, 6), 5: upTo(0, 2)},
		{2: upTo(0, 5), 3: upTo(0, 5), 4: upTo(3, 8), 5: upTo(2, 3)},
		{2: upTo(0, 7), 3: upTo(0, 5), 4: upTo(5, 10), 5: upTo(3, 4)},
		{2: upTo(0, 9), 3: upTo(0, 5), 4: upTo(7, 12)},
	} {
		looks = append(looks, Keeping(time.Duration(i)*5*time.Second, zombies))
	}
	return looks
}

func upTo(from, to int) []int {
	var out []int
	for i := from; i < to; i++ {
		out = append(out, i)
	}
	return out
}

// Passing are looks at a transient zombie, which was gone or another process in
// the second, by what had become of it.
func Passing() map[string]*facts.Snapshot {
	looks := map[string]*facts.Snapshot{}
	for name, change := range map[string]func(*facts.Snapshot){
		"gone": func(s *facts.Snapshot) { delete(s.Again.Procs, 8) },
		"its PID reused": func(s *facts.Snapshot) {
			s.Again.Procs[8] = &facts.Again{Stat: facts.Stat{PID: 8, PPID: 7, State: facts.Zombie, StartTicks: 999}}
		},
		"alive after all (another process, same tick)": func(s *facts.Snapshot) {
			a := s.Again.Procs[8]
			a.State = facts.Running
			s.Again.Procs[8] = a
		},
	} {
		s := Look(Tini, Proc{PID: 7, PPID: 1, Comm: "busy", Reaped: true}, Zombie(8, 7))
		change(s)
		looks[name] = s
	}
	return looks
}
