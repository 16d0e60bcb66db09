package diagnose

import (
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// TestViewpoint: the facts about the observer and about PID 1 show where the
// observer stands.
func TestViewpoint(t *testing.T) {
	const ours, theirs = 5, 6
	app := proc{PID: 1, Comm: "app", NS: ours}
	machine := []proc{{PID: 1, Comm: "systemd", NS: initNS, Exe: "/sbin/init"}, {PID: 2, Comm: "kthreadd", Kernel: true}, {PID: 7, PPID: 1, Comm: "sshd", NS: initNS}, {PID: 30, PPID: 1, Comm: "zombiectl", NS: initNS}}
	contained := facts.Some(facts.Witness{File: "/proc/self/cgroup", Field: "pids", Value: "/docker/" + webID})
	web := facts.Some(facts.Container{Engine: facts.Docker, ID: webID})
	for name, c := range map[string]struct {
		procs   []proc
		self    facts.Opt[facts.Self]
		cgroup  string // of PID 1
		place   observe.Place
		foreign int
		rule    string // of those that are about this
	}{
		"nothing is known": {[]proc{app}, facts.Opt[facts.Self]{}, "", observe.Nowhere, 0, ""},
		"host":             {machine, facts.Some(facts.Self{PID: 30, PIDNS: facts.Some(uint64(initNS))}), "/", observe.OnHost, 0, ""},
		"hostPID":          {machine, facts.Some(facts.Self{PID: 30, PIDNS: facts.Some(uint64(initNS)), Container: contained, In: web}), "/", observe.OnHostPID, 1, "Z307"},
		"the node's root":  {machine, facts.Some(facts.Self{PID: 30, Container: contained, In: web}), "/", observe.OnHostRoot, 0, ""},
		"a container":      {[]proc{app}, facts.Some(facts.Self{PID: 30, PIDNS: facts.Some(uint64(ours)), Container: contained, In: web}), "/docker/" + webID, observe.InContainer, 0, ""},
		"a namespace":      {[]proc{app}, facts.Some(facts.Self{PID: 30, PIDNS: facts.Some(uint64(ours))}), "/", observe.InNamespace, 0, ""},
		"a pod": {[]proc{{PID: 1, Comm: "pause", Exe: "/pause", NS: ours}, {PID: 7, Comm: "app", NS: ours}, {PID: 8, PPID: 7, Comm: "worker", NS: ours}, {PID: 30, Comm: "zombiectl", NS: ours}},
			facts.Some(facts.Self{PID: 30, PIDNS: facts.Some(uint64(ours)), Container: contained}), "/", observe.InSharedPID, 3, "Z306"},
		"another's PID 1":        {[]proc{app, {PID: 30, Comm: "zombiectl", NS: ours}}, facts.Some(facts.Self{PID: 30, PIDNS: facts.Some(uint64(ours)), Container: contained, In: web}), "/docker/" + dbID, observe.InSharedPID, 1, "Z306"},
		"another's, by its path": {[]proc{app}, facts.Some(facts.Self{PID: 30, PIDNS: facts.Some(uint64(ours)), Container: contained, In: web}), "/../docker-" + dbID + ".scope", observe.InSharedPID, 1, "Z306"},
	} {
		s := look(c.procs...)
		s.Self = c.self
		if c.cgroup != "" {
			inCgroup(s, c.cgroup, 1)
		}
		d := Diagnose(s, Options{})
		if d.Viewpoint.Place != c.place || d.Viewpoint.Foreign != c.foreign {
			t.Errorf("%s: got %s, %d foreign", name, d.Viewpoint.Place, d.Viewpoint.Foreign)
		}
		rule := ""
		for _, f := range d.Findings {
			if f.Rule == "Z306" || f.Rule == "Z307" {
				rule += f.Rule
				open := strings.Contains(message(f), "It can also read their files through /proc/PID/root")
				if exe := s.Find(1).Deep.Exe.Known(); open != exe {
					t.Errorf("%s: PID 1 open %v: %s", name, exe, message(f))
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

// TestBetterViewpoints: what a better place would show depends on the missing
// facts.
func TestBetterViewpoints(t *testing.T) {
	const tracer = 1 << 19
	for name, c := range map[string]struct {
		self facts.Self
		want string // the first words of each sentence
	}{
		"all of it": {facts.Self{PID: 1, PIDNS: facts.Some(uint64(initNS)), CapEff: facts.Some(uint64(tracer))}, ""},
		"no ptrace": {facts.Self{PID: 1, PIDNS: facts.Some(uint64(initNS)), CapEff: facts.Some(uint64(0)), UID: 65534}, "CAP_SYS_PTRACE"},
		"inside":    {facts.Self{PID: 1, PIDNS: facts.Some(uint64(5)), CapEff: facts.Some(uint64(tracer))}, "The"},
		"neither":   {facts.Self{PID: 1, PIDNS: facts.Some(uint64(5)), CapEff: facts.Some(uint64(0))}, "The CAP_SYS_PTRACE"},
		"not known": {facts.Self{PID: 1, PIDNS: facts.Some(uint64(initNS))}, ""},
	} {
		ns, _ := c.self.PIDNS.Get()
		s := look(proc{PID: 1, Comm: "x", NS: ns})
		s.Self = facts.Some(c.self)
		var got []string
		d := Diagnose(s, Options{})
		better := phrase.BetterViewpoints(&d.Viewpoint)
		for _, b := range better {
			first, _, _ := strings.Cut(b, " ")
			got = append(got, first)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: got %q", name, better)
		}
		if no := strings.Contains(phrase.Viewpoint(&d.Viewpoint), "without CAP_SYS_PTRACE"); no != strings.Contains(c.want, "CAP") {
			t.Errorf("%s: %s", name, phrase.Viewpoint(&d.Viewpoint))
		}
	}
}
