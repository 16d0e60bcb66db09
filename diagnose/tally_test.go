package diagnose

import (
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/diagnose/looktest"
)

func TestTally(t *testing.T) {
	looks := looktest.Growing()
	tally := NewTally(Diagnose(looks[0], Options{}))
	leakAt := map[int]int{}
	for i := 1; i < len(looks); i++ {
		step, err := tally.Add(Diagnose(looks[i], Options{}))
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
		{3, 3, "3 zombies, which kept coming before this watch"},
	} {
		if got := (&Track{Start: c.start, Now: c.now}).Leaking(); got != c.want {
			t.Errorf("%d then, %d now: %q, want %q", c.start, c.now, got, c.want)
		}
	}
}
