package diagnose

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/diagnose/looktest"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/scan/facts"
)

func pidsOf(zombies []*Zombie) (pids []int) {
	for _, z := range zombies {
		pids = append(pids, z.Process.PID)
	}
	return pids
}

// changed says what became of zombies: "new [9], parents 7:1>2".
func changed(c *Comparison) string {
	var parts []string
	for _, k := range []struct {
		name string
		z    []*Zombie
	}{{"new", c.New}, {"persisting", c.Persisting}, {"unseen", c.Unseen}, {"reaped", c.Reaped}, {"lost", c.Lost}} {
		if len(k.z) > 0 {
			parts = append(parts, fmt.Sprint(k.name, pidsOf(k.z)))
		}
	}
	for _, g := range c.Parents {
		text := fmt.Sprintf("%d:%d>%d", g.PID, g.Then, g.Now)
		for _, k := range []struct {
			name string
			n    int
		}{{"new", g.New}, {"unseen", g.Unseen}, {"reaped", g.Reaped}, {"lost", g.Lost}, {"came", g.Came}, {"left", g.Left}} {
			if k.n > 0 {
				text += fmt.Sprintf(" %s %d", k.name, k.n)
			}
		}
		if g.Now-g.Then != g.New+g.Unseen+g.Came-g.Reaped-g.Lost-g.Left {
			text += " does not add up"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}

func TestCompare(t *testing.T) {
	leaky := proc{PID: 7, PPID: 1, Comm: "leaky"}
	late := func(p proc) proc { p.Start = 5000; return p } // 50 s after boot
	alive := func(p proc) proc { p.State = facts.Sleeping; return p }
	gone := func(s *facts.Snapshot, pid int) *facts.Snapshot {
		delete(s.Again.Procs, pid)
		return s
	}
	for name, c := range map[string]struct {
		then, now *facts.Snapshot
		want      string
	}{
		"nothing, twice":              {look(tini, leaky), look(tini, leaky), ""},
		"the same":                    {look(tini, leaky, zombie(8, 7)), look(tini, leaky, zombie(8, 7)), "persisting[8]"},
		"one more":                    {look(tini, leaky, zombie(8, 7)), look(tini, leaky, zombie(8, 7), late(zombie(9, 7))), "new[9]; persisting[8]; 7:1>2 new 1"},
		"one that lived then":         {look(tini, leaky, alive(zombie(8, 7))), look(tini, leaky, zombie(8, 7)), "new[8]; 7:0>1 new 1"},
		"reaped":                      {look(tini, leaky, zombie(8, 7)), look(tini, leaky), "reaped[8]; 7:1>0 reaped 1"},
		"gone at the second look":     {look(tini, leaky, zombie(8, 7)), gone(look(tini, leaky, zombie(8, 7)), 8), "reaped[8]; 7:1>0 reaped 1"},
		"a PID that is used again":    {look(tini, leaky, zombie(8, 7)), look(tini, leaky, late(zombie(8, 7))), "new[8]; reaped[8]; 7:1>1 new 1 reaped 1"},
		"used again by a living one":  {look(tini, leaky, zombie(8, 7)), look(tini, leaky, late(alive(zombie(8, 7)))), "reaped[8]; 7:1>0 reaped 1"},
		"alive again, by exec":        {look(tini, leaky, zombie(8, 7)), look(tini, leaky, alive(zombie(8, 7))), ""},
		"its parent ended":            {look(app, leaky, zombie(8, 7)), look(app, zombie(8, 1)), "persisting[8]; 1:0>1 came 1; 7:1>0 left 1"},
		"another parent has its PID":  {look(tini, leaky, zombie(8, 7)), look(tini, late(leaky), late(zombie(9, 7))), "new[9]; reaped[8]; 7:0>1 new 1; 7:1>0 reaped 1"},
		"the parent is out of view":   {look(tini, zombie(8, 5)), look(tini, zombie(8, 5), late(zombie(9, 5))), "new[9]; persisting[8]; 5:1>2 new 1"},
		"not seen then":               {hidden(look(tini, leaky)), look(tini, leaky, zombie(8, 7)), "unseen[8]; 7:0>1 unseen 1"},
		"started since, and blind":    {hidden(look(tini, leaky)), look(tini, leaky, late(zombie(8, 7))), "new[8]; 7:0>1 new 1"},
		"out of view, and blind":      {look(tini, leaky, zombie(8, 7)), hidden(look(tini, leaky)), "lost[8]; 7:1>0 lost 1"},
		"its PID taken, and blind":    {look(tini, leaky, zombie(8, 7)), hidden(look(tini, leaky, late(alive(zombie(8, 1))))), "reaped[8]; 7:1>0 reaped 1"},
		"the largest growth is first": {look(tini, leaky), look(tini, leaky, late(zombie(9, 1)), late(zombie(10, 7)), late(zombie(11, 7))), "new[9 10 11]; 7:0>2 new 2; 1:0>1 new 1"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Compare(lookedAt(10, c.then), lookedAt(100, c.now))
			if err != nil {
				t.Fatal(err)
			}
			if text := changed(got); text != c.want {
				t.Errorf("got  %s\nwant %s", text, c.want)
			}
			for _, g := range got.Parents {
				if perDay, ok := g.PerDay.Get(); !ok || perDay != float64(g.Now-g.Then)*960 { // a day has 960 times 90 s
					t.Errorf("PID %d: %v a day", g.PID, perDay)
				}
			}
		})
	}
}

// TestCompareTick: a start time is rounded down to a tick. What started in the
// one in which the earlier look began is new, unless that look did not see all.
func TestCompareTick(t *testing.T) {
	leaky := proc{PID: 7, PPID: 1, Comm: "leaky"}
	then := func(s *facts.Snapshot) *Diagnosis {
		s.Host.BootID, s.Host.UserHZ = facts.Some("boot"), facts.Some(uint64(100))
		s.Boottime = facts.Some(10*time.Second + 5*time.Millisecond)
		return Diagnose(s, Options{})
	}
	for _, c := range []struct {
		then  *Diagnosis
		start uint64
		want  string
	}{
		{then(look(tini, leaky)), 1000, "new[8]; 7:0>1 new 1"},
		{then(look(tini, leaky)), 999, "unseen[8]; 7:0>1 unseen 1"},
		{then(hidden(look(tini, leaky))), 1000, "unseen[8]; 7:0>1 unseen 1"},
	} {
		got, err := Compare(c.then, lookedAt(100, look(tini, leaky, with(zombie(8, 7), func(p *proc) { p.Start = c.start }))))
		if err != nil || changed(got) != c.want {
			t.Errorf("%d: got %s, %v, want %s", c.start, changed(got), err, c.want)
		}
	}
}

// TestCompareYoung: a zombie that did not count yet is new when it does.
func TestCompareYoung(t *testing.T) {
	leaky := proc{PID: 7, PPID: 1, Comm: "leaky"}
	young := lookedAt(10, look(tini, leaky, with(zombie(8, 7), func(p *proc) { p.Start = 950 }))) // at most half a second old
	young = Diagnose(young.Snapshot, Options{MinAge: time.Second})
	if young.Transient != 1 || len(young.Zombies) != 0 {
		t.Fatalf("%d zombies, %d transient: it is not young", len(young.Zombies), young.Transient)
	}
	later := lookedAt(100, look(tini, leaky, with(zombie(8, 7), func(p *proc) { p.Start = 950 })))
	c, err := Compare(young, later)
	if err != nil || changed(c) != "new[8]; 7:0>1 new 1" {
		t.Errorf("%v, %v", changed(c), err)
	}
}

// TestCompareAge: a zombie that is younger than the earlier look is new,
// whether that look saw all or not.
func TestCompareAge(t *testing.T) {
	leaky := proc{PID: 7, PPID: 1, Comm: "leaky"}
	now := lookedAt(100, look(tini, leaky, zombie(8, 7), zombie(9, 7)))
	for i, most := range []time.Duration{89 * time.Second, 91 * time.Second} {
		now.Zombies[i].Age.AtMost = facts.Some(most)
	}
	c, err := Compare(lookedAt(10, look(tini, leaky)), now)
	if err != nil || changed(c) != "new[8]; unseen[9]; 7:0>2 new 1 unseen 1" {
		t.Errorf("%v, %v", changed(c), err)
	}
}

func TestCompareRefuses(t *testing.T) {
	leaky := proc{PID: 7, PPID: 1, Comm: "leaky"}
	base := func() *Diagnosis { return lookedAt(10, look(tini, leaky, zombie(8, 7))) }
	inside := func(ns uint64) *Diagnosis { // PID 1 is hidden
		d := lookedAt(20, look(leaky, zombie(8, 7)))
		d.Snapshot.Self = facts.Some(facts.Self{PID: 9, PIDNS: facts.Some(ns)})
		return d
	}
	// of sets the namespace that PID 1 is in, and whoever looked; 0: unknown.
	of := func(s *facts.Snapshot, pid1, self uint64) *Diagnosis {
		s.Find(1).Deep.PIDNS = facts.Opt[uint64]{}
		s.Self = facts.Some(facts.Self{PID: 9})
		if pid1 != 0 {
			s.Find(1).Deep.PIDNS = facts.Some(pid1)
		}
		if self != 0 {
			s.Self = facts.Some(facts.Self{PID: 9, PIDNS: facts.Some(self)})
		}
		return lookedAt(10, s)
	}
	edit := func(d *Diagnosis, change func(*facts.Snapshot)) *Diagnosis { change(d.Snapshot); return d }
	for name, c := range map[string]struct {
		then, now *Diagnosis
		want      string // "": it compares
	}{
		"the control":         {base(), lookedAt(20, look(tini, leaky)), ""},
		"itself":              {base(), base(), ""},
		"another boot":        {base(), edit(lookedAt(20, look(tini)), func(s *facts.Snapshot) { s.Host.BootID = facts.Some("other") }), `another boot, or of another machine: boot ID "boot", here "other"`},
		"no boot, then":       {edit(base(), func(s *facts.Snapshot) { s.Host.BootID = facts.Opt[string]{} }), base(), "it does not show its boot"},
		"no boot, now":        {base(), edit(base(), func(s *facts.Snapshot) { s.Host.BootID = facts.Opt[string]{} }), "the look that it is compared with does not show its boot"},
		"another PID 1":       {base(), lookedAt(20, look(with(tini, func(p *proc) { p.Start = 1234 }))), `another PID namespace: its PID 1 is "tini", started 1s after boot, and here it is "tini", started 12s after boot`},
		"PID 1 hidden":        {base(), lookedAt(20, look(leaky)), "it is unknown whether it is of the same PID namespace"},
		"of one tick":         {of(look(tini, leaky), 5, 0), of(look(tini, leaky), 6, 0), "another PID namespace: pid:[5], here pid:[6]"},
		"the same by both":    {of(look(tini, leaky), 5, 0), of(look(tini, leaky), 5, 0), ""},
		"known of one only":   {of(look(tini, leaky), 5, 0), of(look(tini, leaky), 0, 0), ""},
		"told by who looked":  {of(look(tini, leaky), 5, 0), of(look(tini, leaky), 0, 6), "another PID namespace: pid:[5], here pid:[6]"},
		"by namespace":        {inside(5), inside(5), ""},
		"another namespace":   {inside(5), inside(6), "another PID namespace: pid:[5], here pid:[6]"},
		"the wrong way round": {lookedAt(100, look(tini)), base(), "it was taken 1m30s after"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Compare(c.then, c.now)
			switch {
			case c.want == "":
				if err != nil || got == nil {
					t.Error(err)
				}
			case err == nil || got != nil || !strings.Contains(err.Error(), c.want):
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestNewFindings: limits are distinguished by their files, and a finding that
// has become graver is new.
func TestNewFindings(t *testing.T) {
	limit := func(file string, s Severity) Finding {
		return Finding{Rule: "Z401", Severity: s, Evidence: []Evidence{{File: file}}}
	}
	then, now := lookedAt(10, look(tini)), lookedAt(100, look(tini))
	then.Findings = []Finding{limit("/a", Warning), limit("/b", Warning), limit("/c", Critical)}
	now.Findings = []Finding{limit("/a", Warning), limit("/b", Critical), limit("/c", Warning), limit("/d", Info)}
	c, err := Compare(then, now)
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, f := range c.Findings {
		files = append(files, f.Evidence[0].File)
	}
	if want := []string{"/b", "/d"}; !slices.Equal(files, want) {
		t.Errorf("new: %v, want %v", files, want)
	}
}

// TestCompareUnattributed: where every process was seen, and only the container
// of some zombies is unknown, a missing zombie is gone.
func TestCompareUnattributed(t *testing.T) {
	web := observe.Filter{Container: "web"}
	leaky := proc{PID: 7, PPID: 1, Comm: "leaky"}
	then, now := lookedAt(10, look(tini, leaky, zombie(8, 7))), look(tini, leaky, zombie(9, 7))
	for name, c := range map[string]struct {
		now  *facts.Snapshot
		want string
	}{
		"seen":                {now, "reaped[8]"},
		"hidden, the control": {hidden(look(tini, leaky, zombie(9, 7))), "lost[8]"},
	} {
		d := Diagnose(looktest.At(100, c.now), Options{Filter: web})
		if got, err := Compare(then, d); err != nil || !d.Blind || d.Unattributed != 1 || !strings.HasPrefix(changed(got), c.want) {
			t.Errorf("%s: %v, %v, blind %v, %d of unknown containers, want %s", name, changed(got), err, d.Blind, d.Unattributed, c.want)
		}
	}
}
