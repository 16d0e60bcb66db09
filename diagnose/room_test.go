package diagnose

import (
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/scan"
)

// TestProcessesLeft: the tightest limit decides, and none that is known means
// that nothing is known.
func TestProcessesLeft(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*scan.Snapshot)
		left   uint64
		by     string
		ok     bool
	}{
		{"nothing is known", func(*scan.Snapshot) {}, 0, "", false},
		{"the machine's", func(s *scan.Snapshot) { s.Host.PidMax = scan.Some(uint64(1000)) }, 998, "pid_max", true},
		{"the cgroup's", func(s *scan.Snapshot) {
			s.Host.PidMax = scan.Some(uint64(1000))
			s.Procs[1].Deep.PidsCgroup = scan.Some("sys/fs/cgroup/a/b")
			s.Cgroups = map[string]scan.Cgroup{
				"sys/fs/cgroup/a/b": {Parent: "sys/fs/cgroup/a", PidsMax: scan.Some(uint64(scan.Unlimited))},
				"sys/fs/cgroup/a":   {PidsMax: scan.Some(uint64(60)), PidsCurrent: scan.Some(uint64(50))},
			}
		}, 10, "pids.max (50 of 60 used)", true},
		{"used up", func(s *scan.Snapshot) {
			s.Procs[1].Deep.PidsCgroup = scan.Some("sys/fs/cgroup/a")
			s.Cgroups = map[string]scan.Cgroup{"sys/fs/cgroup/a": {PidsMax: scan.Some(uint64(60)), PidsCurrent: scan.Some(uint64(70))}}
		}, 0, "pids.max", true},
		{"another cgroup's", func(s *scan.Snapshot) {
			s.Host.PidMax = scan.Some(uint64(1000))
			s.Procs[0].Deep.PidsCgroup = scan.Some("sys/fs/cgroup/a")
			s.Cgroups = map[string]scan.Cgroup{"sys/fs/cgroup/a": {PidsMax: scan.Some(uint64(60)), PidsCurrent: scan.Some(uint64(50))}}
		}, 998, "pid_max", true},
	} {
		s := look(proc{pid: 1, comm: "tini"}, proc{pid: 5, ppid: 1, comm: "zombiectl"})
		c.change(s)
		left, by, ok := ProcessesLeft(s, 5)
		if left != c.left || ok != c.ok || !strings.HasPrefix(by, c.by) {
			t.Errorf("%s: %d by %q, %v; want %d by %q, %v", c.name, left, by, ok, c.left, c.by, c.ok)
		}
	}
}
