package diagnose

import (
	"fmt"
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

// TestInitOfSeveral: what is said after the worst parent is about that one, and
// the summary answers as it does; of the others it is said what else holds.
func TestInitOfSeveral(t *testing.T) {
	const gone = 5 // a leader of a session that is gone: adopted
	for name, c := range map[string]struct {
		spaces       [][]proc
		answer       Answer
		says, reason string
	}{
		"unknown, yes and no": {
			[][]proc{space(100, 9, false, 0), space(200, 3, false, gone), space(300, 3, true, 0)}, Unknown,
			"with 9: it does not wait for them. Whether an init as PID 1 would help cannot be told. Of the other 6 zombies: it would help with 3, it would not help with 3.",
			"of 9 of 15 zombies: an init helps if PID 1 adopted these, and does not if it started them itself; it would help with 3; it would not help with 3",
		},
		"no and unknown": {
			[][]proc{space(100, 3, false, 0), space(300, 29, true, 0)}, No,
			"with 29: it has never waited for a child. PID 1 (tini) is an init already, and cannot help: their parent lives. Of the other 3 zombies: of 3 that cannot be told.",
			"of 29 of 32 zombies: there is one already; their parent lives, and only it can reap them; of 3 that cannot be told",
		},
		"yes and no": {
			[][]proc{space(100, 4, false, gone), space(300, 3, true, 0)}, Yes,
			"An init as PID 1 would fix it. Of the other 3 zombies: it would not help with 3.",
			"of 4 of 7 zombies: these are orphans that PID 1 adopted: an init reaps what it adopts; it would not help with 3",
		},
		"no for all": {
			[][]proc{space(100, 3, true, 0), space(300, 4, true, 0)}, No,
			"PID 1 (tini) is an init already, and cannot help: their parent lives.",
			"there is one already; their parent lives, and only it can reap them",
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

// TestInitAnswers: parents of which the same holds are told together.
func TestInitAnswers(t *testing.T) {
	got := InitAnswers([]Parent{
		{Parent: &observe.Parent{PID: 3, Zombies: 9}, InitWouldHelp: Unknown, InitWhy: "a"},
		{Parent: &observe.Parent{PID: 4, Zombies: 3}, InitWouldHelp: No, InitWhy: "b"},
		{Parent: &observe.Parent{PID: 5, Zombies: 2}, InitWouldHelp: Unknown, InitWhy: "a"},
		{Parent: &observe.Parent{PID: 6, Held: 2}, InitWouldHelp: Yes, InitWhy: "c"},
	})
	if want := "[{unknown a [3 5] 11} {no b [4] 3}]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
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
	if len(got) != 1 || got[0].Subject.PID != 1 || got[0].Zombies != 8 || !strings.Contains(message(got[0]), "3 processes below it keep 8 zombies") {
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

// TestInitOfUnreapable: where no parent in view is to blame it is said who alone
// can reap, and when. It is not said that nobody can: somebody always could.
func TestInitOfUnreapable(t *testing.T) {
	above := []proc{{PID: 1, Comm: "tini", Reaped: true, Wchan: "do_sigtimedwait", Syscall: 128}, {PID: 7, PPID: 1, Comm: "perl"}}
	threads := proc{PID: 20, PPID: 7, Comm: "a", State: facts.Zombie, Threads: 2}
	cloned := proc{PID: 21, PPID: 7, Comm: "b", State: facts.Zombie, ExitSignal: 10}
	outside, another := proc{PID: 22, Comm: "c", State: facts.Zombie}, proc{PID: 23, Comm: "d", State: facts.Zombie}
	for name, c := range map[string]struct {
		zombies []proc
		want    string
	}{
		"Z102": {[]proc{threads}, "threads of it are still running, and its parent can reap it only when the last of these has exited"},
		"Z104": {[]proc{cloned}, "its exit signal is not SIGCHLD, and its parent can reap it only by a wait with __WALL or __WCLONE"},
		"Z105": {[]proc{outside}, "its parent is outside this PID namespace, and nobody else can reap it"},
		"two":  {[]proc{outside, another}, "their parent is outside this PID namespace, and nobody else can reap them"},
		"several": {[]proc{threads, outside, another}, "for 2 of 3, their parent is outside this PID namespace, and nobody else can reap them; " +
			"for 1 of 3, threads of it are still running, and its parent can reap it only when the last of these has exited"},
	} {
		t.Run(name, func(t *testing.T) {
			s := look(append(slices.Clone(above), c.zombies...)...)
			d := Diagnose(s, Options{})
			if d.InitWouldHelp != No || d.InitWhy != c.want {
				t.Errorf("%s: %q, want %q", d.InitWouldHelp, d.InitWhy, c.want)
			}
			if len(c.zombies) > 1 {
				return
			}
			if v := Inspect(s, c.zombies[0].PID, Options{}); v.InitWouldHelp != No || v.InitWhy != c.want {
				t.Errorf("of the process: %s: %q, want %q", v.InitWouldHelp, v.InitWhy, c.want)
			}
		})
	}
	for _, u := range unreapable {
		if u.initOne == "" || u.initMany == "" || initForUnreapable(map[string]int{u.rule: 2}) != u.initMany {
			t.Errorf("%s says nothing of an init", u.rule)
		}
	}
}
