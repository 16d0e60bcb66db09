package diagnose

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/scan"
)

// lookAt is a look in which parents have so many zombies each; zombies have
// PIDs from 100 times their parent's on, so that the same come again.
func lookAt(at time.Duration, zombies map[int][]int) *Diagnosis {
	s := &scan.Snapshot{Boottime: scan.Some(time.Hour + at)}
	s.Host.BootID, s.Host.UserHZ = scan.Some("boot"), scan.Some(uint64(100))
	add := func(pid, ppid int, state scan.State) {
		s.Procs = append(s.Procs, scan.Process{Stat: scan.Stat{PID: pid, PPID: ppid, State: state, Comm: "x", NumThreads: 1, StartTicks: uint64(pid)}})
	}
	add(1, 0, scan.Sleeping)
	for parent := 2; parent < 10; parent++ {
		if _, ok := zombies[parent]; ok {
			add(parent, 1, scan.Sleeping)
		}
	}
	for parent := 2; parent < 10; parent++ {
		for _, n := range zombies[parent] {
			add(100*parent+n, parent, scan.Zombie)
			s.Procs[len(s.Procs)-1].StartTicks += 100 * 60 * 60 * 2 // after all looks: none saw it alive
		}
	}
	return Diagnose(s, Options{})
}

func upTo(from, to int) []int {
	var out []int
	for i := from; i < to; i++ {
		out = append(out, i)
	}
	return out
}

func TestTally(t *testing.T) {
	// 2 leaks, 3 has old ones and no more, 4 reaps what it has, 5 is late once
	// and then reaps, and is gone at the end.
	looks := []map[int][]int{
		{2: upTo(0, 1), 3: upTo(0, 5), 4: upTo(0, 4), 5: nil},
		{2: upTo(0, 3), 3: upTo(0, 5), 4: upTo(1, 6), 5: upTo(0, 2)},
		{2: upTo(0, 5), 3: upTo(0, 5), 4: upTo(3, 8), 5: upTo(2, 3)},
		{2: upTo(0, 7), 3: upTo(0, 5), 4: upTo(5, 10), 5: upTo(3, 4)},
		{2: upTo(0, 9), 3: upTo(0, 5), 4: upTo(7, 12)},
	}
	tally := NewTally(lookAt(0, looks[0]))
	leakAt := map[int]int{}
	for i := 1; i < len(looks); i++ {
		step, err := tally.Add(lookAt(time.Duration(i)*5*time.Second, looks[i]))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range step.Leaking {
			leakAt[e.PID] = i
		}
	}
	if len(leakAt) != 1 || leakAt[2] != 2 {
		t.Errorf("leaks, by the look that told: %v, want 2 by the second", leakAt)
	}
	if !tally.Leaks() {
		t.Error("nobody leaks")
	}
	byPID := map[int]*Track{}
	for _, e := range tally.Tracks() {
		byPID[e.PID] = e
	}
	if first := tally.Tracks()[0]; first.PID != 2 {
		t.Errorf("%d comes first", first.PID)
	}
	if e := byPID[2]; e.Start != 1 || e.Now != 9 || e.New != 8 || e.Reaped != 0 || e.Net() != 8 {
		t.Errorf("2: %+v", e)
	}
	if e := byPID[3]; e.Start != 5 || e.Now != 5 || e.New+e.Reaped != 0 {
		t.Errorf("3: %+v", e)
	}
	if e := byPID[4]; e.Start != 4 || e.Now != 5 || e.New != 8 || e.Reaped != 7 || e.Leak {
		t.Errorf("4: %+v", e)
	}
	if byPID[5] != nil {
		t.Errorf("5 is gone, and so are its zombies: %+v", byPID[5])
	}
	if rate, ok := tally.PerDay(byPID[2]).Get(); !ok || rate != 8*24*60*3 {
		t.Errorf("2 grows by %v a day, %v", rate, ok)
	}
	v, err := tally.Judge(Policy{})
	if err != nil || v.ExitCode != 1 {
		t.Errorf("%+v, %v", v, err)
	}
	if c := tally.Last.Since; c.Passed == 0 || !strings.Contains(v.Perf, fmt.Sprintf(" reaped=%d;", tally.Reaped)) || !strings.HasSuffix(c.Sentence(), fmt.Sprintf(" %d reaped", tally.Reaped)) {
		t.Errorf("%d were reaped: %s, %s", tally.Reaped, c.Sentence(), v.Perf)
	}
	if v, err := tally.Judge(Policy{MaxZombies: 100}); err != nil || v.ExitCode != 0 {
		t.Errorf("%+v, %v", v, err)
	}
	if _, err := tally.Add(lookAt(-time.Hour/2, nil)); err == nil {
		t.Error("a look from before")
	}
}

// Over days there may be any number of parents, most of them long gone.
func TestTallyForgets(t *testing.T) {
	tally := NewTally(lookAt(0, nil))
	for i := range 1000 {
		d := lookAt(time.Duration(i+1)*time.Second, map[int][]int{2: {0}})
		d.Snapshot.Find(2).StartTicks += uint64(i) // another process each time
		if _, err := tally.Add(d); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(tally.Tracks()); n > 2 {
		t.Errorf("%d parents are remembered", n)
	}
}

func TestLeaking(t *testing.T) {
	for _, c := range []struct {
		start, now int
		want       string
	}{
		{1, 5, "5 zombies, 4 more than at the start"},
		{0, 1, "1 zombie, 1 more than at the start"},
		{3, 3, "3 zombies, and more kept coming before this watch"},
	} {
		if got := (&Track{Start: c.start, Now: c.now}).Leaking(); got != c.want {
			t.Errorf("%d then, %d now: %q, want %q", c.start, c.now, got, c.want)
		}
	}
}
