package diagnose

import (
	"slices"
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/diagnose/rule"
	"github.com/zombiectl/zombiectl/scan/facts"
)

const someID = "4a6a1ee8f2c0a5f6d8f5ffd9b3a8c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f60718"

// settings are paths of cgroups, and what advice has to name there and what not.
var settings = []struct {
	name, cgroup     string
	observer         string // what shows that the observer is in a container; "": nothing
	want, not        []string
	restart, service string
}{
	{"kubernetes", "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0d5f3c1e_2f4b_4c6e_9a1b_7d8e9f0a1b2c.slice/cri-containerd-" + someID + ".scope", "",
		[]string{"shareProcessNamespace: true", "1.17", "PodShareProcessNamespace", "ENTRYPOINT"}, []string{"docker run", "podman run"}, "crictl stop 4a6a1ee8f2c0", ""},
	{"docker", "/system.slice/docker-" + someID + ".scope", "",
		[]string{"docker run --init", "init: true", "ENTRYPOINT"}, []string{"shareProcessNamespace", "podman run"}, "docker restart 4a6a1ee8f2c0", ""},
	{"podman", "/machine.slice/libpod-" + someID + ".scope/container", "",
		[]string{"podman run --init", "RunInit=true", "ENTRYPOINT"}, []string{"shareProcessNamespace", "docker run"}, "podman restart 4a6a1ee8f2c0", ""},
	{"from inside, by a mount", "/", "/var/lib/kubelet/pods/0d5f3c1e-2f4b-4c6e-9a1b-7d8e9f0a1b2c/etc-hosts",
		[]string{"shareProcessNamespace: true"}, []string{"docker run", "podman run"}, "kubectl -n NAMESPACE delete pod POD", ""},
	{"unknown", "/", "",
		[]string{"shareProcessNamespace: true", "docker run --init", "podman run --init", "ENTRYPOINT"}, nil, "kill -KILL 5", ""},
}

func TestInitAdviceFitsItsSetting(t *testing.T) {
	for _, c := range settings {
		// On a node the container's PID 1 is another process; from inside, ours.
		app := proc{PID: 5, PPID: 1, Comm: "app", NS: 8, NSpid: []int{5, 1}, Args: []string{"./app", "--port", "80"}}
		orphan := proc{PID: 9, PPID: 5, Comm: "orphan", State: facts.Zombie, SID: 8, PGRP: 8, NSpid: []int{9, 4}, NS: 8}
		s := look(proc{PID: 1, Comm: "systemd", NS: initNS, Reaped: true}, app, orphan)
		if c.observer != "" {
			s = look(proc{PID: 1, Comm: "app", NS: 8, Args: []string{"./app", "--port", "80"}}, proc{PID: 9, PPID: 1, Comm: "orphan", State: facts.Zombie, SID: 8, PGRP: 8})
			s.Self = facts.Some(facts.Self{PID: 20, PIDNS: facts.Some(uint64(8)), Container: facts.Some(facts.Witness{File: "/proc/self/mountinfo", Field: "/etc/hosts", Value: c.observer})})
		}
		for i := range s.Procs {
			if s.Procs[i].Comm == "app" {
				s.Procs[i].Deep.Cgroups = facts.Some([]facts.CgroupPath{{Path: c.cgroup}})
			}
		}
		if c.name == "unknown" {
			for i := range s.Procs {
				if s.Procs[i].Comm == "app" {
					s.Procs[i].Deep.Cgroups = facts.Opt[[]facts.CgroupPath]{}
				}
			}
		}
		d := Diagnose(s, Options{})
		i := slices.IndexFunc(d.Findings, func(f Finding) bool { return f.Rule == "Z301" })
		if i < 0 {
			t.Fatalf("%s: no Z301 in %+v", c.name, d.Findings)
		}
		advice := strings.Join(advice(d.Findings[i]), "\n")
		for _, want := range append(c.want, c.restart) {
			if !strings.Contains(advice, want) {
				t.Errorf("%s: no %q in\n%s", c.name, want, advice)
			}
		}
		for _, not := range c.not {
			if strings.Contains(advice, not) {
				t.Errorf("%s: %q in\n%s", c.name, not, advice)
			}
		}
		if !strings.Contains(advice, `["zombiectl", "init", "--", "./app", "--port", "80"]`) {
			t.Errorf("%s: no line for the image in\n%s", c.name, advice)
		}
	}
}

// TestWaitAdviceFitsItsLanguage: the advice says how to wait in the language of
// the program.
func TestWaitAdviceFitsItsLanguage(t *testing.T) {
	for _, c := range []struct {
		p    proc
		want string
	}{
		{proc{Comm: "app", Caught: 0xfffffffd7fc1fefd}, "cmd.Wait()"},
		{proc{Comm: "app.py", Exe: "/usr/bin/python3.11"}, "(Python: Popen.wait, subprocess.run)"},
		{proc{Comm: "python3"}, "(Python: Popen.wait, subprocess.run)"},
		{proc{Comm: "node", Exe: "/usr/local/bin/node"}, "Node itself waits"},
		{proc{Comm: "MainThread", Exe: "/usr/local/bin/node (deleted)"}, "Node itself waits"},
		{proc{Comm: "java"}, "Java itself waits"},
		{proc{Comm: "perl"}, "(Perl: waitpid after every fork)"},
		{proc{Comm: "ruby3.1"}, "(Ruby: Process.wait, Process.detach)"},
		{proc{Comm: "php-fpm8.2"}, "(PHP: pcntl_waitpid, proc_close)"},
		{proc{Comm: "entrypoint.sh", Exe: "/usr/bin/bash"}, `(shell: wait "$pid")`},
		{proc{Comm: "server", Exe: "/usr/sbin/server"}, "In C: waitpid()"},
		{proc{Comm: "containerd-shim"}, "a part of the container runtime"},
	} {
		c.p.PID, c.p.PPID = 5, 1
		d := Diagnose(look(tini, c.p, zombie(9, 5)), Options{})
		i := slices.IndexFunc(d.Findings, func(f Finding) bool { return f.Rule == "Z201" })
		if i < 0 {
			t.Fatalf("%+v: %+v", c.p, d.Findings)
		}
		if advice := strings.Join(advice(d.Findings[i]), "\n"); !strings.Contains(advice, c.want) {
			t.Errorf("%s (%s): no %q in\n%s", c.p.Comm, c.p.Exe, c.want, advice)
		}
	}
}

// TestServiceAdvice: a service is restarted as one.
func TestServiceAdvice(t *testing.T) {
	s := look(proc{PID: 1, Comm: "systemd", NS: initNS, Reaped: true}, proc{PID: 5, PPID: 1, Comm: "app", NS: initNS}, zombie(9, 5))
	s.Procs[1].Deep.Cgroups = facts.Some([]facts.CgroupPath{{Path: "/system.slice/app.service"}})
	d := Diagnose(s, Options{})
	i := slices.IndexFunc(d.Findings, func(f Finding) bool { return f.Rule == "Z201" })
	if i < 0 || !slices.ContainsFunc(advice(d.Findings[i]), func(a string) bool { return strings.Contains(a, "systemctl restart app.service") }) {
		t.Errorf("%+v", d.Findings)
	}
}

// TestHostPIDComesWithItsWarning: wherever hostPID is named, its cost is named
// too.
func TestHostPIDComesWithItsWarning(t *testing.T) {
	s := look(proc{PID: 1, Comm: "systemd", NS: initNS, Reaped: true}, proc{PID: 2, Comm: "kthreadd", Kernel: true})
	s.Self = facts.Some(facts.Self{PID: 20, PIDNS: facts.Some(uint64(initNS)), Container: facts.Some(facts.Witness{File: "/proc/self/cgroup", Value: "/kubepods/pod1/x"})})
	d := Diagnose(s, Options{})
	advised := false
	for _, f := range d.Findings {
		for _, a := range advice(f) {
			advised = advised || strings.Contains(a, "pod-security.kubernetes.io/enforce: privileged") && strings.Contains(a, "PodSecurityPolicy") && strings.Contains(a, "1.25")
		}
	}
	if !advised {
		t.Errorf("%+v", d.Findings)
	}
	for _, text := range []string{FindTopic("host-pid-namespace").Text, rule.Find("Z307").Page()} {
		for _, want := range []string{"PodSecurityPolicy", "1.25", "baseline"} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in %q", want, text)
			}
		}
	}
}

// TestOneIsNoPlural: one zombie takes the singular.
func TestOneIsNoPlural(t *testing.T) {
	orphan := func(pid int) proc {
		return with(zombie(pid, 1), func(p *proc) { p.SID, p.PGRP = 5, 5 })
	}
	for want, s := range map[string]*facts.Snapshot{
		"it adopted the zombie when its parent exited, and does not wait": look(with(app, func(p *proc) { p.Reaped = true }), orphan(8)),
		"it adopted them when their parents exited, and does not wait":    look(with(app, func(p *proc) { p.Reaped = true }), orphan(8), orphan(9)),
	} {
		if d := Diagnose(s, Options{}); len(d.Parents) != 1 || d.Parents[0].Why != want {
			t.Errorf("%+v, want %q", d.Parents, want)
		}
	}
}
