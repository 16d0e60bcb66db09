package diagnose

import (
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/scan"
)

// TestStand: from what is known of the observer and of PID 1 it is told where
// the observer stands.
func TestStand(t *testing.T) {
	const ours, theirs = 5, 6
	app := proc{pid: 1, comm: "app", ns: ours}
	machine := []proc{{pid: 1, comm: "systemd", ns: initNS, exe: "/sbin/init"}, {pid: 2, comm: "kthreadd", kernel: true}, {pid: 7, ppid: 1, comm: "sshd", ns: initNS}, {pid: 30, ppid: 1, comm: "zombiectl", ns: initNS}}
	contained := scan.Some(scan.Witness{File: "/proc/self/cgroup", Field: "pids", Value: "/docker/" + webID})
	web := scan.Some(scan.Container{Engine: scan.Docker, ID: webID})
	for name, c := range map[string]struct {
		procs   []proc
		self    scan.Opt[scan.Self]
		cgroup  string // of PID 1
		place   Place
		foreign int
		rule    string // of those that are about this
	}{
		"nothing is known": {[]proc{app}, scan.Opt[scan.Self]{}, "", Nowhere, 0, ""},
		"host":             {machine, scan.Some(scan.Self{PID: 30, PIDNS: scan.Some(uint64(initNS))}), "/", OnHost, 0, ""},
		"hostPID":          {machine, scan.Some(scan.Self{PID: 30, PIDNS: scan.Some(uint64(initNS)), Container: contained, In: web}), "/", OnHostPID, 1, "Z307"},
		"the node's root":  {machine, scan.Some(scan.Self{PID: 30, Container: contained, In: web}), "/", OnHostRoot, 0, ""},
		"a container":      {[]proc{app}, scan.Some(scan.Self{PID: 30, PIDNS: scan.Some(uint64(ours)), Container: contained, In: web}), "/docker/" + webID, InContainer, 0, ""},
		"a namespace":      {[]proc{app}, scan.Some(scan.Self{PID: 30, PIDNS: scan.Some(uint64(ours))}), "/", InNamespace, 0, ""},
		"a pod": {[]proc{{pid: 1, comm: "pause", exe: "/pause", ns: ours}, {pid: 7, comm: "app", ns: ours}, {pid: 8, ppid: 7, comm: "worker", ns: ours}, {pid: 30, comm: "zombiectl", ns: ours}},
			scan.Some(scan.Self{PID: 30, PIDNS: scan.Some(uint64(ours)), Container: contained}), "/", InSharedPID, 3, "Z306"},
		"another's PID 1":        {[]proc{app, {pid: 30, comm: "zombiectl", ns: ours}}, scan.Some(scan.Self{PID: 30, PIDNS: scan.Some(uint64(ours)), Container: contained, In: web}), "/docker/" + dbID, InSharedPID, 1, "Z306"},
		"another's, by its path": {[]proc{app}, scan.Some(scan.Self{PID: 30, PIDNS: scan.Some(uint64(ours)), Container: contained, In: web}), "/../docker-" + dbID + ".scope", InSharedPID, 1, "Z306"},
	} {
		s := look(c.procs...)
		s.Self = c.self
		if c.cgroup != "" {
			inCgroup(s, c.cgroup, 1)
		}
		d := Diagnose(s, Options{})
		if d.Stand.Place != c.place || d.Stand.Foreign != c.foreign {
			t.Errorf("%s: got %s, %d foreign", name, d.Stand.Place, d.Stand.Foreign)
		}
		rule := ""
		for _, f := range d.Findings {
			if f.Rule == "Z306" || f.Rule == "Z307" {
				rule += f.Rule
				open := strings.Contains(f.Message, "are open by /proc/PID/root, as those of PID 1 are to us")
				if exe := s.Find(1).Deep.Exe.Known(); open != exe {
					t.Errorf("%s: PID 1 open %v: %s", name, exe, f.Message)
				}
				if len(f.Evidence) == 0 {
					t.Errorf("%s: no evidence", name)
				}
			}
		}
		if rule != c.rule {
			t.Errorf("%s: found %q, want %q", name, rule, c.rule)
		}
	}
}

// TestStandBetter: what a better place would show depends on what is missing.
func TestStandBetter(t *testing.T) {
	const tracer = 1 << 19
	for name, c := range map[string]struct {
		self scan.Self
		want string // the first words of each sentence
	}{
		"all of it": {scan.Self{PID: 1, PIDNS: scan.Some(uint64(initNS)), CapEff: scan.Some(uint64(tracer))}, ""},
		"no ptrace": {scan.Self{PID: 1, PIDNS: scan.Some(uint64(initNS)), CapEff: scan.Some(uint64(0)), UID: 65534}, "CAP_SYS_PTRACE"},
		"inside":    {scan.Self{PID: 1, PIDNS: scan.Some(uint64(5)), CapEff: scan.Some(uint64(tracer))}, "The"},
		"neither":   {scan.Self{PID: 1, PIDNS: scan.Some(uint64(5)), CapEff: scan.Some(uint64(0))}, "The CAP_SYS_PTRACE"},
		"not known": {scan.Self{PID: 1, PIDNS: scan.Some(uint64(initNS))}, ""},
	} {
		ns, _ := c.self.PIDNS.Get()
		s := look(proc{pid: 1, comm: "x", ns: ns})
		s.Self = scan.Some(c.self)
		var got []string
		d := Diagnose(s, Options{})
		for _, b := range d.Stand.Better {
			first, _, _ := strings.Cut(b, " ")
			got = append(got, first)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: got %q", name, d.Stand.Better)
		}
		if no := strings.Contains(d.Stand.Text(), "without CAP_SYS_PTRACE"); no != strings.Contains(c.want, "CAP") {
			t.Errorf("%s: %s", name, d.Stand.Text())
		}
	}
}
