package verdict

import (
	"strings"
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/looktest"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// lookedAt is a diagnosis of these processes, that many seconds after boot.
func lookedAt(seconds int, s *facts.Snapshot) *diagnose.Diagnosis {
	return diagnose.Diagnose(looktest.At(seconds, s), diagnose.Options{})
}

// TestBaseline: a check against an earlier look fails on new findings only.
func TestBaseline(t *testing.T) {
	leaky := looktest.Proc{PID: 7, PPID: 1, Comm: "leaky"}
	other := looktest.Proc{PID: 6, PPID: 1, Comm: "other"}
	late := func(pid, ppid int) looktest.Proc {
		return looktest.With(looktest.Zombie(pid, ppid), func(p *looktest.Proc) { p.Start = 5000 })
	}
	old := func() *facts.Snapshot {
		return looktest.Look(looktest.Tini, leaky, other, looktest.Zombie(8, 7), looktest.Zombie(9, 7))
	}
	for name, c := range map[string]struct {
		then, now *facts.Snapshot
		p         Policy
		code      int
		says      string // in a reason, or in the summary
		silent    string // in no reason
	}{
		"nothing new":                 {old(), old(), Policy{}, 0, "0 new zombies were found since", ""},
		"without a baseline it fails": {nil, old(), Policy{}, 1, "2 zombies were found (allowed: 0).", ""},
		"one is new":                  {old(), looktest.Look(looktest.Tini, leaky, other, looktest.Zombie(8, 7), looktest.Zombie(9, 7), late(20, 7)), Policy{}, 1, "1 new zombie was found since 2027-01-15T08:00:10Z (1m30s) (allowed: 0).", ""},
		"and its parent is named":     {old(), looktest.Look(looktest.Tini, leaky, other, looktest.Zombie(8, 7), looktest.Zombie(9, 7), late(20, 7)), Policy{}, 1, "leaky (PID 7) has left 3 zombies, and has never waited for a child (Z201).", ""},
		"of another parent":           {old(), looktest.Look(looktest.Tini, leaky, other, looktest.Zombie(8, 7), looktest.Zombie(9, 7), late(20, 6)), Policy{}, 1, "other (PID 6) has left 1 zombie, and has never waited for a child (Z201).", "leaky"},
		"one is new, one allowed":     {old(), looktest.Look(looktest.Tini, leaky, other, looktest.Zombie(8, 7), looktest.Zombie(9, 7), late(20, 7)), Policy{MaxZombies: 1}, 0, "1 new zombie was found since 2027-01-15T08:00:10Z (1m30s), and 1 is allowed: 1 new, 2 still there, 0 reaped.", ""},
		"fewer than then":             {old(), looktest.Look(looktest.Tini, leaky, other, looktest.Zombie(8, 7)), Policy{}, 0, "1 still there, 1 reaped", ""},
		"old ones are old":            {old(), old(), Policy{MaxAge: time.Second}, 0, "", ""},
		"critical from two":           {old(), looktest.Look(looktest.Tini, leaky, other, late(20, 7), late(21, 7)), Policy{Critical: mustRange(t, "1")}, 2, "2 new zombies", ""},
		"named, and not new":          {looktest.Look(looktest.App), looktest.Look(looktest.App), Policy{FailOn: []string{"Z302"}}, 0, "", ""},
		"the same without a baseline": {nil, looktest.Look(looktest.App), Policy{FailOn: []string{"Z302"}}, 1, "Z302", ""},
		"named, and new":              {looktest.Look(looktest.With(looktest.App, func(p *looktest.Proc) { p.Reaped, p.Syscall, p.WaitsFor, p.Caught = true, 61, -1, 1<<14 })), looktest.Look(looktest.App), Policy{FailOn: []string{"Z302"}}, 1, "Z302", ""},
		"unseen then":                 {looktest.Hidden(looktest.Look(looktest.Tini, leaky, other)), old(), Policy{}, 3, "It is unknown whether 2 zombies are new", ""},
		"unseen then, allowed":        {looktest.Hidden(looktest.Look(looktest.Tini, leaky, other)), old(), Policy{AllowPartial: true}, 0, "", ""},
		"unseen then, and new":        {looktest.Hidden(looktest.Look(looktest.Tini, leaky, other)), looktest.Look(looktest.Tini, leaky, other, looktest.Zombie(8, 7), late(20, 7)), Policy{}, 1, "1 new zombie", ""},
		"blind now":                   {old(), looktest.Hidden(old()), Policy{}, 3, "Z901", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := lookedAt(100, c.now)
			if c.then != nil {
				var err error
				if d.Since, err = diagnose.Compare(lookedAt(10, c.then), d); err != nil {
					t.Fatal(err)
				}
			}
			v := c.p.Judge(d)
			var reasons string
			for _, r := range v.Reasons {
				reasons += r.Line() + "\n"
			}
			said := reasons + v.Summary
			if v.ExitCode != c.code || !strings.Contains(said, c.says) || c.silent != "" && strings.Contains(reasons, c.silent) {
				t.Errorf("exit code %d, want %d, saying %q:\n%s", v.ExitCode, c.code, c.says, said)
			}
			if label, _, _ := strings.Cut(v.Perf, "="); label == "new" != (c.then != nil) {
				t.Errorf("performance data %s", v.Perf)
			}
		})
	}
}

func mustRange(t *testing.T, s string) *Range {
	t.Helper()
	r, err := ParseRange(s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
