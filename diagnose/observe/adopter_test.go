package observe_test

import (
	"slices"
	"testing"

	"github.com/zombiectl/zombiectl/diagnose/looktest"
	"github.com/zombiectl/zombiectl/diagnose/observe"
)

// TestHeirs: every ancestor may be a subreaper, up to the PID 1 of the namespace
// and no further.
func TestHeirs(t *testing.T) {
	inside := func(pid, ppid, inner int, comm string) looktest.Proc {
		return looktest.Proc{PID: pid, PPID: ppid, Comm: comm, NSpid: []int{pid, inner}, NS: 7}
	}
	for _, c := range []struct {
		name  string
		procs []looktest.Proc
		of    int
		want  []int
		whole bool
	}{
		{"a child of PID 1", []looktest.Proc{looktest.Tini, {PID: 5, PPID: 1, Comm: "app"}}, 5, []int{1}, true},
		{"ancestors between, the nearest first", []looktest.Proc{looktest.Tini, {PID: 5, PPID: 1, Comm: "a"}, {PID: 6, PPID: 5, Comm: "b"}, {PID: 7, PPID: 6, Comm: "app"}}, 7, []int{6, 5, 1}, true},
		{"came in from outside", []looktest.Proc{looktest.Tini, {PID: 9, PPID: 0, Comm: "sh"}, {PID: 10, PPID: 9, Comm: "app"}}, 10, []int{9, 1}, true},
		{"an ancestor is not in view", []looktest.Proc{looktest.Tini, {PID: 7, PPID: 6, Comm: "app"}}, 7, nil, false},
		{"no PID 1 in view", []looktest.Proc{{PID: 7, PPID: 6, Comm: "app", NSpid: []int{7, 3}, NS: 7}}, 7, nil, false},
		{"a namespace below", []looktest.Proc{looktest.Tini, inside(20, 1, 1, "pause"), inside(21, 20, 2, "a"), inside(22, 21, 3, "app")}, 22, []int{21, 20}, true},
		{"its parent is in the namespace above", []looktest.Proc{looktest.Tini, {PID: 8, PPID: 1, Comm: "nsenter"}, inside(20, 1, 1, "pause"), inside(21, 8, 2, "app")}, 21, []int{20}, true},
		{"parents that form a loop", []looktest.Proc{looktest.Tini, {PID: 5, PPID: 6, Comm: "a"}, {PID: 6, PPID: 5, Comm: "b"}}, 5, nil, false},
	} {
		x := observe.New(looktest.Look(c.procs...), observe.Options{})
		heirs, whole := x.Heirs.Of(x.Find(c.of))
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
