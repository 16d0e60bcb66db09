package diagnose

import (
	"slices"
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/scan"
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
	leaky := func() *Diagnosis {
		return Diagnose(look(tini, proc{pid: 7, ppid: 1, comm: "leaky"}, zombie(8, 7), zombie(9, 7), zombie(10, 7)), Options{})
	}
	clean := func() *Diagnosis { return Diagnose(look(app), Options{}) }
	blind := func() *Diagnosis { return Diagnose(look(tini, zombie(8, 5)), Options{}) }
	for name, c := range map[string]struct {
		d    *Diagnosis
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
				t.Errorf("exit code %d for the reasons %q", v.ExitCode, v.Reasons)
			}
			if !strings.HasPrefix(v.Perf, "zombies=") {
				t.Errorf("performance data %q", v.Perf)
			}
		})
	}
}

func TestParseRules(t *testing.T) {
	got, err := ParseRules([]string{"z201", "pid1-not-reaping"})
	if err != nil || len(got) != 2 || got[0] != "Z201" || got[1] != "Z301" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := ParseRules([]string{"Z999"}); err == nil || !strings.Contains(err.Error(), "Z999") {
		t.Errorf("got %v", err)
	}
}

// hushed is a parent that has reaped, of which a stranger is not told what it
// waits for.
func hushed() *scan.Snapshot {
	s := look(tini, proc{pid: 7, ppid: 1, comm: "quiet", reaped: true, noThreads: true}, zombie(8, 7), zombie(9, 7), zombie(10, 7))
	for _, file := range []string{"proc/7/exe", "proc/7/fdinfo", "proc/7/task/7/syscall"} {
		s.Unread = append(s.Unread, scan.Unread{PID: 7, File: file, Denied: true, Reason: "permission denied"})
	}
	return s
}

// TestUndetermined: where no cause can be told there is advice all the same, and
// a check names the parent.
func TestUndetermined(t *testing.T) {
	d := Diagnose(hushed(), Options{})
	i := slices.IndexFunc(d.Findings, func(f Finding) bool { return f.Rule == "Z902" && f.Subject.PID == 7 })
	if i < 0 || d.Parents[0].Rules != nil {
		t.Fatalf("%q; %+v", d.Parents[0].Rules, d.Findings)
	}
	f := d.Findings[i]
	if text := strings.Join(f.Advice, " "); !strings.Contains(text, "(uid 0): zombiectl scan 7") || !strings.Contains(text, "restart that program (PID 7)") {
		t.Errorf("advice %q", f.Advice)
	}
	if want := "keeps 3 zombies, and why cannot be told from what could be read: not /proc/7/task/7/syscall (permission denied), "; !strings.HasPrefix(f.Message, want) {
		t.Errorf("says %q, want %q", f.Message, want)
	}
	v := Policy{}.Judge(d)
	if v.ExitCode != 1 || len(v.Reasons) != 2 || !strings.HasPrefix(v.Reasons[1].Text, "Z902 quiet (PID 7): ") {
		t.Errorf("exit code %d, %+v", v.ExitCode, v.Reasons)
	}
	if v := (Policy{MaxZombies: 3}).Judge(d); v.ExitCode != 0 {
		t.Errorf("fails on zombies that are allowed: %+v", v.Reasons)
	}
	for _, f := range Diagnose(crowd(), Options{}).Findings {
		if f.Rule == "Z902" && f.Subject.PID != 0 {
			t.Errorf("a cause that is known is said not to be: %s", f.Message)
		}
	}
}

// crowd is three parents below tini, the last of which keeps most zombies.
func crowd() *scan.Snapshot {
	procs := []proc{tini}
	for i, n := range []int{1, 2, 5} {
		pid := 10 * (i + 1)
		procs = append(procs, proc{pid: pid, ppid: 1, comm: "leaky"})
		for j := range n {
			procs = append(procs, zombie(pid+1+j, pid))
		}
	}
	return look(procs...)
}

// TestMostFirst: who keeps most zombies is named first, and is not cut.
func TestMostFirst(t *testing.T) {
	var got []string
	for _, r := range (Policy{}).Judge(Diagnose(crowd(), Options{})).Reasons[1:] {
		head, _, _ := strings.Cut(r.Text, ":")
		got = append(got, head)
	}
	if want := []string{"Z201 leaky (PID 30)", "Z201 leaky (PID 20)", "Z201 leaky (PID 10)"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestInitCannotHelpOnce: what holds for all below one PID 1 is said once, and
// to whoever asks about one of them.
func TestInitCannotHelpOnce(t *testing.T) {
	var got []Finding
	for _, f := range Diagnose(crowd(), Options{}).Findings {
		if f.Rule == "Z305" {
			got = append(got, f)
		}
	}
	if len(got) != 1 || got[0].Subject.PID != 1 || got[0].Zombies != 8 || !strings.Contains(got[0].Message, "3 processes below it keep 8 zombies") {
		t.Errorf("%+v", got)
	}
	v := Inspect(crowd(), 20, Options{})
	if !slices.ContainsFunc(v.Findings, func(f Finding) bool { return f.Rule == "Z305" }) {
		t.Errorf("not told of PID 20: %+v", v.Findings)
	}

	// One below an init, and another elsewhere.
	procs := append(space(100, 3, true, 0), space(200, 3, false, 0)...)
	d := Diagnose(look(append(procs, proc{pid: 1, comm: "systemd", ns: 1, reaped: true})...), Options{})
	if f := findingOf(d, "Z305"); f.Subject.PID != 101 || strings.HasPrefix(f.Message, "PID 1 ") {
		t.Errorf("whose zombies these are is not said: %+v", f)
	}
}
