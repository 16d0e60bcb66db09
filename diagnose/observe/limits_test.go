package observe_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/diagnose/looktest"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// TestTightestFor: the tightest limit decides, and none that is known means
// that nothing is known.
func TestTightestFor(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*facts.Snapshot)
		left   uint64
		by     string
		ok     bool
	}{
		{"nothing is known", func(*facts.Snapshot) {}, 0, "", false},
		{"the machine's", func(s *facts.Snapshot) { s.Host.PidMax = facts.Some(uint64(1000)) }, 998, "pid_max", true},
		{"the cgroup's", func(s *facts.Snapshot) {
			s.Host.PidMax = facts.Some(uint64(1000))
			s.Procs[1].Deep.PidsCgroup = facts.Some("sys/fs/cgroup/a/b")
			s.Cgroups = map[string]facts.Cgroup{
				"sys/fs/cgroup/a/b": {Parent: "sys/fs/cgroup/a", PidsMax: facts.Some(uint64(facts.Unlimited))},
				"sys/fs/cgroup/a":   {PidsMax: facts.Some(uint64(60)), PidsCurrent: facts.Some(uint64(50))},
			}
		}, 10, "pids.max (50 of 60 used)", true},
		{"used up", func(s *facts.Snapshot) {
			s.Procs[1].Deep.PidsCgroup = facts.Some("sys/fs/cgroup/a")
			s.Cgroups = map[string]facts.Cgroup{"sys/fs/cgroup/a": {PidsMax: facts.Some(uint64(60)), PidsCurrent: facts.Some(uint64(70))}}
		}, 0, "pids.max", true},
		{"another cgroup's", func(s *facts.Snapshot) {
			s.Host.PidMax = facts.Some(uint64(1000))
			s.Procs[0].Deep.PidsCgroup = facts.Some("sys/fs/cgroup/a")
			s.Cgroups = map[string]facts.Cgroup{"sys/fs/cgroup/a": {PidsMax: facts.Some(uint64(60)), PidsCurrent: facts.Some(uint64(50))}}
		}, 998, "pid_max", true},
	} {
		s := looktest.Look(looktest.Proc{PID: 1, Comm: "tini"}, looktest.Proc{PID: 5, PPID: 1, Comm: "zombiectl"})
		c.change(s)
		l, left, ok := observe.TightestFor(s, 5)
		used, _ := l.Used.Get()
		by := fmt.Sprintf("%s (%d of %d used)", l.Name, used, l.Max)
		if left != c.left || ok != c.ok || !strings.HasPrefix(by, c.by) {
			t.Errorf("%s: %d by %q, %v; want %d by %q, %v", c.name, left, by, ok, c.left, c.by, c.ok)
		}
	}
}

func TestSetBy(t *testing.T) {
	id := strings.Repeat("8f", 32)
	for _, c := range []struct{ path, witness, want string }{
		{"/docker/" + id, "", "docker --pids-limit"},
		{"/system.slice/docker-" + id + ".scope", "", "docker --pids-limit"},
		{"/machine.slice/libpod-" + id + ".scope", "", "podman --pids-limit"},
		{"/kubepods/burstable/pod1234/" + id, "", "the pod limit (kubelet --pod-max-pids)"},
		{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1234.slice", "", "the pod limit (kubelet --pod-max-pids)"},
		{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1234.slice/crio-" + id + ".scope", "", "CRI-O pids_limit"},
		{"/kubepods.slice", "", "the limit of all pods (kubelet --kube-reserved, --system-reserved pid=)"},
		{"/kubepods/burstable", "", "the limit of all pods (kubelet --kube-reserved, --system-reserved pid=)"},
		{"/system.slice/nginx.service", "", "systemd TasksMax= of nginx.service"},
		{"/user.slice/user-1000.slice/session-2.scope", "", "systemd TasksMax= of session-2.scope"},
		{"/lxc.payload.web", "", "lxc.cgroup.pids.max"},
		{"/mine", "", "its cgroup"},
		{"", "", "its cgroup"},
		{"/", "", "the container engine"},
		{"/", "/var/lib/kubelet/pods/x/etc-hosts", "the pod limit (kubelet --pod-max-pids)"},
		{"/", "/var/lib/containers/storage/overlay-containers/x/hosts", "podman --pids-limit"},
	} {
		l := observe.NewLooks(&facts.Snapshot{Self: facts.Some(facts.Self{Container: facts.Some(facts.Witness{Value: c.witness})})})
		if got := phrase.Setter(observe.SetterOf(l, c.path)); got != c.want {
			t.Errorf("%s %s: got %q, want %q", c.path, c.witness, got, c.want)
		}
	}
}
