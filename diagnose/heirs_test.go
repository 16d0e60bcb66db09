package diagnose

import (
	"slices"
	"testing"

	"github.com/zombiectl/zombiectl/scan"
)

// TestHeirs: every ancestor may be a subreaper, up to the PID 1 of the namespace
// and no further.
func TestHeirs(t *testing.T) {
	inside := func(pid, ppid, inner int, comm string) proc {
		return proc{pid: pid, ppid: ppid, comm: comm, nspid: []int{pid, inner}, ns: 7}
	}
	for _, c := range []struct {
		name  string
		procs []proc
		of    int
		want  []int
		whole bool
	}{
		{"a child of PID 1", []proc{tini, {pid: 5, ppid: 1, comm: "app"}}, 5, []int{1}, true},
		{"ancestors between, the nearest first", []proc{tini, {pid: 5, ppid: 1, comm: "a"}, {pid: 6, ppid: 5, comm: "b"}, {pid: 7, ppid: 6, comm: "app"}}, 7, []int{6, 5, 1}, true},
		{"came in from outside", []proc{tini, {pid: 9, ppid: 0, comm: "sh"}, {pid: 10, ppid: 9, comm: "app"}}, 10, []int{9, 1}, true},
		{"an ancestor is not in view", []proc{tini, {pid: 7, ppid: 6, comm: "app"}}, 7, nil, false},
		{"no PID 1 in view", []proc{{pid: 7, ppid: 6, comm: "app", nspid: []int{7, 3}, ns: 7}}, 7, nil, false},
		{"a namespace below", []proc{tini, inside(20, 1, 1, "pause"), inside(21, 20, 2, "a"), inside(22, 21, 3, "app")}, 22, []int{21, 20}, true},
		{"its parent is in the namespace above", []proc{tini, {pid: 8, ppid: 1, comm: "nsenter"}, inside(20, 1, 1, "pause"), inside(21, 8, 2, "app")}, 21, []int{20}, true},
		{"parents that form a loop", []proc{tini, {pid: 5, ppid: 6, comm: "a"}, {pid: 6, ppid: 5, comm: "b"}}, 5, nil, false},
	} {
		d := Diagnose(look(c.procs...), Options{})
		heirs, whole := d.Heirs(d.Snapshot.Find(c.of))
		var got []int
		for _, h := range heirs {
			got = append(got, h.Process.PID)
			if whole && h.PID1 != (h.Process.PID == c.want[len(c.want)-1]) {
				t.Errorf("%s: PID %d is PID 1: %v", c.name, h.Process.PID, h.PID1)
			}
		}
		if whole != c.whole || whole && !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, whole %v; want %v, %v", c.name, got, whole, c.want, c.whole)
		}
	}
}

func TestHearsSIGCHLD(t *testing.T) {
	const chld, goes = 1 << (scan.SIGCHLD - 1), 0xfffffffd7fc1fefd
	for name, c := range map[string]struct {
		p    proc
		want Answer
	}{
		"nothing":                    {proc{}, No},
		"a handler":                  {proc{caught: chld}, Yes},
		"ignores it":                 {proc{ignored: chld}, No},
		"Go, never waited":           {proc{caught: goes}, No},
		"Go, has waited":             {proc{caught: goes, reaped: true}, Unknown},
		"in sigtimedwait":            {proc{wchan: "do_sigtimedwait", syscall: 128}, Yes},
		"blocked":                    {proc{blocked: chld}, Unknown},
		"threads were not looked at": {proc{noThreads: true}, Unknown},
	} {
		c.p.pid, c.p.ppid, c.p.comm = 5, 1, "app"
		d := Diagnose(look(tini, c.p, zombie(6, 5)), Options{})
		if got, why := d.HearsSIGCHLD(d.Snapshot.Find(5)); got != c.want || why == "" {
			t.Errorf("%s: %s (%s), want %s", name, got, why, c.want)
		}
	}
}
