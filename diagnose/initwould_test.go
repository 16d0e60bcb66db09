package diagnose

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/scan"
)

// space is a PID namespace with a parent that keeps so many zombies: PID 1
// itself, or below tini a program that does not wait. They are PID 1's own, are
// adopted, or may be either.
func space(pid, zombies int, below bool, sid int) []proc {
	ns := uint64(pid)
	procs := []proc{{pid: pid, ppid: 1, comm: "app", nspid: []int{pid, 1}, ns: ns, reaped: true, sid: pid}}
	parent := pid
	if below {
		procs[0] = proc{pid: pid, ppid: 1, comm: "tini", nspid: []int{pid, 1}, ns: ns, reaped: true, wchan: "do_sigtimedwait", syscall: 128}
		parent = pid + 1
		procs = append(procs, proc{pid: parent, ppid: pid, comm: "perl", nspid: []int{parent, 2}, ns: ns, sid: pid})
	}
	for i := range zombies {
		z := pid + 10 + i
		procs = append(procs, proc{pid: z, ppid: parent, comm: "child", state: scan.Zombie, nspid: []int{z, 10 + i}, ns: ns, sid: sid, pgrp: sid})
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
			"with 9: PID 1 does not wait for them. Whether an init as PID 1 would help cannot be told. Of the other 6 zombies: it would help with 3, it would not help with 3.",
			"of 9 of 15 zombies: an init helps if PID 1 adopted these, and does not if it started them itself; it would help with 3; it would not help with 3",
		},
		"no and unknown": {
			[][]proc{space(100, 3, false, 0), space(300, 29, true, 0)}, No,
			"with 29: has never waited for a child. PID 1 (tini) is an init already, and cannot help: their parent lives. Of the other 3 zombies: of 3 that cannot be told.",
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
			procs := []proc{{pid: 1, comm: "systemd", ns: 1, reaped: true}}
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

// TestInitOfUnreapable: where no parent in view is to blame it is said who alone
// can reap, and when. It is not said that nobody can: somebody always could.
func TestInitOfUnreapable(t *testing.T) {
	above := []proc{{pid: 1, comm: "tini", reaped: true, wchan: "do_sigtimedwait", syscall: 128}, {pid: 7, ppid: 1, comm: "perl"}}
	threads := proc{pid: 20, ppid: 7, comm: "a", state: scan.Zombie, threads: 2}
	cloned := proc{pid: 21, ppid: 7, comm: "b", state: scan.Zombie, exitSignal: 10}
	outside, another := proc{pid: 22, comm: "c", state: scan.Zombie}, proc{pid: 23, comm: "d", state: scan.Zombie}
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
			if v := Inspect(s, c.zombies[0].pid, Options{}); v.InitWouldHelp != No || v.InitWhy != c.want {
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

// TestInitAnswers: parents of which the same holds are told together.
func TestInitAnswers(t *testing.T) {
	got := InitAnswers([]Parent{
		{PID: 3, Zombies: 9, InitWouldHelp: Unknown, InitWhy: "a"},
		{PID: 4, Zombies: 3, InitWouldHelp: No, InitWhy: "b"},
		{PID: 5, Zombies: 2, InitWouldHelp: Unknown, InitWhy: "a"},
		{PID: 6, Held: 2, InitWouldHelp: Yes, InitWhy: "c"},
	})
	if want := "[{unknown a [3 5] 11} {no b [4] 3}]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}
