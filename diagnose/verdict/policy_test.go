package verdict

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/looktest"
	"github.com/zombiectl/zombiectl/diagnose/rule"
	"github.com/zombiectl/zombiectl/scan/facts"
)

func TestRange(t *testing.T) {
	for text, alerts := range map[string]map[int]bool{
		"10":    {0: false, 10: false, 11: true},
		"10:":   {9: true, 10: false, 1000: false},
		"~:10":  {0: false, 10: false, 11: true},
		"10:20": {9: true, 10: false, 20: false, 21: true},
		"@1:5":  {0: false, 1: true, 5: true, 6: false},
		"0":     {0: false, 1: true},
	} {
		r, err := ParseRange(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		for n, want := range alerts {
			if r.Alerts(n) != want {
				t.Errorf("%q at %d: alerts %v, want %v", text, n, !want, want)
			}
		}
	}
	for _, bad := range []string{"", "x", "5:1", "1:2:3", "@", "~", "1e999", "NaN"} {
		if r, err := ParseRange(bad); err == nil {
			t.Errorf("%q: got %+v, want an error", bad, r)
		}
	}
}

func TestPolicy(t *testing.T) {
	rangeOf := func(s string) *Range {
		r, err := ParseRange(s)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	leaky := func() *diagnose.Diagnosis {
		return diagnose.Diagnose(looktest.Look(looktest.Tini, looktest.Proc{PID: 7, PPID: 1, Comm: "leaky"}, looktest.Zombie(8, 7), looktest.Zombie(9, 7), looktest.Zombie(10, 7)), diagnose.Options{})
	}
	clean := func() *diagnose.Diagnosis { return diagnose.Diagnose(looktest.Look(looktest.App), diagnose.Options{}) }
	blind := func() *diagnose.Diagnosis {
		return diagnose.Diagnose(looktest.Look(looktest.Tini, looktest.Zombie(8, 5)), diagnose.Options{})
	}
	for name, c := range map[string]struct {
		d    *diagnose.Diagnosis
		p    Policy
		code int
	}{
		"zombies":                         {leaky(), Policy{}, 1},
		"as many as allowed":              {leaky(), Policy{MaxZombies: 3}, 0},
		"more than allowed":               {leaky(), Policy{MaxZombies: 2}, 1},
		"warning range":                   {leaky(), Policy{Warning: rangeOf("3")}, 0},
		"warning range left":              {leaky(), Policy{Warning: rangeOf("2")}, 1},
		"critical range":                  {leaky(), Policy{Critical: rangeOf("2")}, 2},
		"critical range not left":         {leaky(), Policy{Critical: rangeOf("3")}, 1},
		"rule ignored, zombies with it":   {leaky(), Policy{Ignore: []string{"Z201"}}, 0},
		"another rule ignored":            {leaky(), Policy{Ignore: []string{"Z301"}}, 1},
		"info rule named":                 {leaky(), Policy{MaxZombies: 3, FailOn: []string{"Z305"}}, 1},
		"PID 1 is no init: not counted":   {clean(), Policy{}, 0},
		"PID 1 is no init: named":         {clean(), Policy{FailOn: []string{"Z302"}}, 1},
		"drops SIGTERM: named":            {clean(), Policy{FailOn: []string{"Z303"}}, 1},
		"blind, and a zombie":             {blind(), Policy{}, 1},
		"blind, the zombie is allowed":    {blind(), Policy{MaxZombies: 1}, 3},
		"blind, allowed":                  {blind(), Policy{MaxZombies: 1, AllowPartial: true}, 0},
		"blind, ignored":                  {blind(), Policy{MaxZombies: 1, Ignore: []string{"Z901"}}, 0},
		"blind, named":                    {blind(), Policy{MaxZombies: 1, FailOn: []string{"Z901"}}, 1},
		"blindness does not hide trouble": {blind(), Policy{Critical: rangeOf("0")}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			v := c.p.Judge(c.d)
			if v.ExitCode != c.code {
				t.Errorf("got %+v, want exit code %d", v, c.code)
			}
			if (v.ExitCode == 0) != (len(v.Reasons) == 0) {
				t.Errorf("exit code %d for the reasons %+v", v.ExitCode, v.Reasons)
			}
			if !strings.HasPrefix(v.Perf, "zombies=") {
				t.Errorf("performance data %q", v.Perf)
			}
		})
	}
}

// hushed is a parent that has reaped, while the kernel hides from a stranger
// what it waits for.
func hushed() *facts.Snapshot {
	s := looktest.Look(looktest.Tini, looktest.Proc{PID: 7, PPID: 1, Comm: "quiet", Reaped: true, NoThreads: true}, looktest.Zombie(8, 7), looktest.Zombie(9, 7), looktest.Zombie(10, 7))
	for _, file := range []string{"proc/7/exe", "proc/7/fdinfo", "proc/7/task/7/syscall"} {
		s.Unread = append(s.Unread, facts.Unread{PID: 7, File: file, Denied: true, Reason: "permission denied"})
	}
	return s
}

// TestUndetermined: where the cause is unknown there is advice all the same, and
// a check names the parent.
func TestUndetermined(t *testing.T) {
	d := diagnose.Diagnose(hushed(), diagnose.Options{})
	i := slices.IndexFunc(d.Findings, func(f diagnose.Finding) bool { return f.Rule == "Z902" && f.Subject.PID == 7 })
	if i < 0 || d.Parents[0].Rules != nil {
		t.Fatalf("%q; %+v", d.Parents[0].Rules, d.Findings)
	}
	f := d.Findings[i]
	if text := strings.Join(rule.Lines(f.Advice()), " "); !strings.Contains(text, "(uid 0).   zombiectl scan 7") || !strings.Contains(text, "zombiectl reap --parent 7 --terminate-parent") {
		t.Errorf("advice %q", rule.Lines(f.Advice()))
	}
	if want := "quiet (PID 7) has left 3 zombies; the cause is unknown. Facts that may show it could not be read: /proc/7/task/7/syscall (permission denied), "; !strings.HasPrefix(f.Message(), want) {
		t.Errorf("says %q, want %q", f.Message(), want)
	}
	v := Policy{}.Judge(d)
	if v.ExitCode != 1 || len(v.Reasons) != 2 || !strings.HasPrefix(v.Reasons[1].Line(), "quiet (PID 7) has left 3 zombies") || !strings.HasSuffix(v.Reasons[1].Line(), " (Z902).") {
		t.Errorf("exit code %d, %+v", v.ExitCode, v.Reasons)
	}
	if v := (Policy{MaxZombies: 3}).Judge(d); v.ExitCode != 0 {
		t.Errorf("fails on zombies that are allowed: %+v", v.Reasons)
	}
	for _, f := range diagnose.Diagnose(looktest.Crowd(), diagnose.Options{}).Findings {
		if f.Rule == "Z902" && f.Subject.PID != 0 {
			t.Errorf("a cause that is known is said not to be: %s", f.Message())
		}
	}
}

// TestMostFirst: who has left most zombies is named first, and is not cut.
func TestMostFirst(t *testing.T) {
	var got []string
	for _, r := range (Policy{}).Judge(diagnose.Diagnose(looktest.Crowd(), diagnose.Options{})).Reasons[1:] {
		head, _, _ := strings.Cut(r.Line(), " has left")
		got = append(got, head)
	}
	if want := []string{"leaky (PID 30)", "leaky (PID 20)", "leaky (PID 10)"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A check fails on a limit that is nearly used up, however many zombies are
// allowed.
func TestPolicyOfLimits(t *testing.T) {
	warning := diagnose.Diagnose(looktest.Limited(3, func(s *facts.Snapshot, p *facts.Process) { looktest.Within(s, p, "a 100 80 0") }), diagnose.Options{})
	critical := diagnose.Diagnose(looktest.Limited(3, func(s *facts.Snapshot, p *facts.Process) { looktest.Within(s, p, "a 100 95 0") }), diagnose.Options{})
	for name, c := range map[string]struct {
		d    *diagnose.Diagnosis
		p    Policy
		code int
	}{
		"warning":  {warning, Policy{MaxZombies: 10}, 1},
		"critical": {critical, Policy{MaxZombies: 10}, 2},
		"ignored":  {critical, Policy{MaxZombies: 10, Ignore: []string{"Z401"}}, 0},
	} {
		if got := c.p.Judge(c.d).ExitCode; got != c.code {
			t.Errorf("%s: exit code %d, want %d", name, got, c.code)
		}
	}
}

func TestMaxAge(t *testing.T) {
	for _, c := range []struct {
		age, most time.Duration
		code      int
	}{{30 * time.Second, time.Minute, 0}, {90 * time.Second, time.Minute, 1}, {90 * time.Second, 0, 0}} {
		d := diagnose.Diagnose(looktest.Leaking("child", c.age), diagnose.Options{})
		if v := (Policy{MaxZombies: 5, MaxAge: c.most}).Judge(d); v.ExitCode != c.code {
			t.Errorf("dead for %v, allowed %v: %+v", c.age, c.most, v)
		}
	}
}

// TestPolicyOfFilter: where it is unknown whether a zombie belongs to the
// containers that are asked about, a check cannot pass.
func TestPolicyOfFilter(t *testing.T) {
	d := diagnose.Diagnose(looktest.Node(), diagnose.Options{Filter: diagnose.Filter{Container: "web"}})
	v := Policy{MaxZombies: 5, Ignore: []string{"Z303", "Z301"}}.Judge(d)
	if v.ExitCode != 3 {
		t.Errorf("blind, and %s", v.Status)
	}
}

// TestPassing: a zombie that was gone in the second look fails no check.
func TestPassing(t *testing.T) {
	for name, s := range looktest.Passing() {
		if v := (Policy{}).Judge(diagnose.Diagnose(s, diagnose.Options{})); v.ExitCode != 0 {
			t.Errorf("%s: check says %+v", name, v)
		}
	}
}
