package diagnose

import (
	"slices"
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// space is a PID namespace with a parent that keeps so many zombies: PID 1
// itself, or below tini a program that does not wait. They are PID 1's own, are
// adopted, or may be either.
func space(pid, zombies int, below bool, sid int) []proc {
	ns := uint64(pid)
	procs := []proc{{PID: pid, PPID: 1, Comm: "app", NSpid: []int{pid, 1}, NS: ns, Reaped: true, SID: pid}}
	parent := pid
	if below {
		procs[0] = proc{PID: pid, PPID: 1, Comm: "tini", NSpid: []int{pid, 1}, NS: ns, Reaped: true, Wchan: "do_sigtimedwait", Syscall: 128}
		parent = pid + 1
		procs = append(procs, proc{PID: parent, PPID: pid, Comm: "perl", NSpid: []int{parent, 2}, NS: ns, SID: pid})
	}
	for i := range zombies {
		z := pid + 10 + i
		procs = append(procs, proc{PID: z, PPID: parent, Comm: "child", State: facts.Zombie, NSpid: []int{z, 10 + i}, NS: ns, SID: sid, PGRP: sid})
	}
	return procs
}

// TestInitOfSeveral: the words after the worst parent are about that one, and
// the summary answers as they do. For the others the report says where another
// answer holds.
func TestInitOfSeveral(t *testing.T) {
	const gone = 5 // a leader of a session that is gone: adopted
	for name, c := range map[string]struct {
		spaces       [][]proc
		answer       Answer
		says, reason string
	}{
		"unknown, yes and no": {
			[][]proc{space(100, 9, false, 0), space(200, 3, false, gone), space(300, 3, true, 0)}, Unknown,
			"An init would clear 3 of the 15 and would not help with 3; for the other 9 it is unknown.",
			"An init would clear 3 of the 15 and would not help with 3; for the other 9 it is unknown.",
		},
		"no and unknown": {
			[][]proc{space(100, 3, false, 0), space(300, 29, true, 0)}, No,
			"has left 29 zombies: it has never waited for a child. An init would not help with 29; for the other 3 it is unknown.",
			"An init would not help with 29; for the other 3 it is unknown.",
		},
		"yes and no": {
			[][]proc{space(100, 4, false, gone), space(300, 3, true, 0)}, Yes,
			"An init would clear 4 of the 7.",
			"An init would clear 4 of the 7.",
		},
		"no for all": {
			[][]proc{space(100, 3, true, 0), space(300, 4, true, 0)}, No,
			"An init would not help with any of them.",
			"An init would not help with any of them.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			procs := []proc{{PID: 1, Comm: "systemd", NS: 1, Reaped: true}}
			for _, s := range c.spaces {
				procs = append(procs, s...)
			}
			d := Diagnose(look(procs...), Options{})
			if d.InitWouldHelp != c.answer || d.Parents[0].InitWouldHelp != c.answer {
				t.Errorf("%s, and %s of the worst, want %s", d.InitWouldHelp, d.Parents[0].InitWouldHelp, c.answer)
			}
			if !strings.HasSuffix(d.Sentence, c.says) {
				t.Errorf("says %q, want %q", d.Sentence, c.says)
			}
			if d.InitWhy != c.reason {
				t.Errorf("reason %q, want %q", d.InitWhy, c.reason)
			}
		})
	}
}

// TestInitCounted: for how many zombies of several parents an init would help.
func TestInitCounted(t *testing.T) {
	for want, c := range map[string]observe.InitCounts{
		"An init would clear all 5.":                                                               {Yes: 5},
		"An init would clear at least 2 of the 5.":                                                 {Yes: 2, Unknown: 3},
		"An init would not help with any of them.":                                                 {No: 5},
		"It is unknown whether an init would help.":                                                {Unknown: 5},
		"An init would clear 2 of the 5.":                                                          {Yes: 2, No: 3},
		"An init would clear 2 of the 9 and would not help with 3; for the other 4 it is unknown.": {Yes: 2, No: 3, Unknown: 4},
		"An init would not help with 3; for the other 4 it is unknown.":                            {No: 3, Unknown: 4},
	} {
		if got := initCounted(c); got != want {
			t.Errorf("%+v: %q, want %q", c, got, want)
		}
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
	if len(got) != 1 || got[0].Subject.PID != 1 || got[0].Zombies != 8 || !strings.Contains(message(got[0]), "3 parents below it are still running, and only they can reap their 8 zombies") {
		t.Errorf("%+v", got)
	}
	v := Inspect(crowd(), 20, Options{})
	if !slices.ContainsFunc(v.Findings, func(f Finding) bool { return f.Rule == "Z305" }) {
		t.Errorf("not told of PID 20: %+v", v.Findings)
	}

	// One below an init, and another elsewhere.
	procs := append(space(100, 3, true, 0), space(200, 3, false, 0)...)
	d := Diagnose(look(append(procs, proc{PID: 1, Comm: "systemd", NS: 1, Reaped: true})...), Options{})
	if f := findingOf(d, "Z305"); f.Subject.PID != 101 || strings.HasPrefix(message(f), "PID 1 ") {
		t.Errorf("whose zombies these are is not said: %+v", f)
	}
}

// TestInitOfUnreapable: where no visible parent is to blame, the report says who
// alone can reap, and when. It never says that nobody can: somebody always
// could.
func TestInitOfUnreapable(t *testing.T) {
	above := []proc{{PID: 1, Comm: "tini", Reaped: true, Wchan: "do_sigtimedwait", Syscall: 128}, {PID: 7, PPID: 1, Comm: "perl"}}
	threads := proc{PID: 20, PPID: 7, Comm: "a", State: facts.Zombie, Threads: 2}
	cloned := proc{PID: 21, PPID: 7, Comm: "b", State: facts.Zombie, ExitSignal: 10}
	outside, another := proc{PID: 22, Comm: "c", State: facts.Zombie}, proc{PID: 23, Comm: "d", State: facts.Zombie}
	for name, c := range map[string]struct {
		zombies []proc
		want    string
	}{
		"Z102": {[]proc{threads}, "other threads of it are still running, and its parent can reap it only when the last of these has exited"},
		"Z104": {[]proc{cloned}, "its exit signal is not SIGCHLD, and its parent can reap it only by a wait with __WALL or __WCLONE"},
		"Z105": {[]proc{outside}, "the parent is outside this PID namespace, and nobody else can reap it"},
		"two":  {[]proc{outside, another}, "their parent is outside this PID namespace, and nobody else can reap them"},
		"several": {[]proc{threads, outside, another}, "for 2 of the 3, their parent is outside this PID namespace, and nobody else can reap them; " +
			"for 1 of the 3, other threads of it are still running, and its parent can reap it only when the last of these has exited"},
	} {
		t.Run(name, func(t *testing.T) {
			s := look(append(slices.Clone(above), c.zombies...)...)
			d := Diagnose(s, Options{})
			if d.InitWouldHelp != No || d.InitWhy != "An init would not help: "+c.want+"." {
				t.Errorf("%s: %q, want %q", d.InitWouldHelp, d.InitWhy, c.want)
			}
			if len(c.zombies) > 1 {
				return
			}
			if v := Inspect(s, c.zombies[0].PID, Options{}); v.InitWouldHelp != No || v.InitWhy != "An init would not help: "+c.want+"." {
				t.Errorf("of the process: %s: %q, want %q", v.InitWouldHelp, v.InitWhy, c.want)
			}
		})
	}
	for _, u := range unreapable {
		if u.one == "" || u.many == "" || initForUnreapable(map[string]int{u.rule: 2}) != "An init would not help: "+u.many+"." {
			t.Errorf("%s says nothing of an init", u.rule)
		}
	}
}
