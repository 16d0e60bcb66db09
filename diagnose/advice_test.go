package diagnose

import (
	"slices"
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/scan"
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
		[]string{"shareProcessNamespace: true", "1.17", "PodShareProcessNamespace", "ENTRYPOINT"}, []string{"docker run", "podman run"}, "kubectl delete pod", ""},
	{"docker", "/system.slice/docker-" + someID + ".scope", "",
		[]string{"docker run --init", "init: true", "ENTRYPOINT"}, []string{"shareProcessNamespace", "podman run"}, "docker restart 4a6a1ee8f2c0", ""},
	{"podman", "/machine.slice/libpod-" + someID + ".scope/container", "",
		[]string{"podman run --init", "RunInit=true", "ENTRYPOINT"}, []string{"shareProcessNamespace", "docker run"}, "podman restart 4a6a1ee8f2c0", ""},
	{"from inside, by a mount", "/", "/var/lib/kubelet/pods/0d5f3c1e-2f4b-4c6e-9a1b-7d8e9f0a1b2c/etc-hosts",
		[]string{"shareProcessNamespace: true"}, []string{"docker run", "podman run"}, "kubectl delete pod", ""},
	{"unknown", "/", "",
		[]string{"shareProcessNamespace: true", "docker run --init", "podman run --init", "ENTRYPOINT"}, nil, "restart the container", ""},
}

func TestInitAdviceFitsItsSetting(t *testing.T) {
	for _, c := range settings {
		// On a node the container's PID 1 is another process; from inside, ours.
		app := proc{pid: 5, ppid: 1, comm: "app", ns: 8, nspid: []int{5, 1}, args: []string{"./app", "--port", "80"}}
		orphan := proc{pid: 9, ppid: 5, comm: "orphan", state: scan.Zombie, sid: 8, pgrp: 8, nspid: []int{9, 4}, ns: 8}
		s := look(proc{pid: 1, comm: "systemd", ns: initNS, reaped: true}, app, orphan)
		if c.observer != "" {
			s = look(proc{pid: 1, comm: "app", ns: 8, args: []string{"./app", "--port", "80"}}, proc{pid: 9, ppid: 1, comm: "orphan", state: scan.Zombie, sid: 8, pgrp: 8})
			s.Self = scan.Some(scan.Self{PID: 20, PIDNS: scan.Some(uint64(8)), Container: scan.Some(scan.Witness{File: "/proc/self/mountinfo", Field: "/etc/hosts", Value: c.observer})})
		}
		for i := range s.Procs {
			if s.Procs[i].Comm == "app" {
				s.Procs[i].Deep.Cgroups = scan.Some([]scan.CgroupPath{{Path: c.cgroup}})
			}
		}
		if c.name == "unknown" {
			for i := range s.Procs {
				if s.Procs[i].Comm == "app" {
					s.Procs[i].Deep.Cgroups = scan.Opt[[]scan.CgroupPath]{}
				}
			}
		}
		d := Diagnose(s, Options{})
		i := slices.IndexFunc(d.Findings, func(f Finding) bool { return f.Rule == "Z301" })
		if i < 0 {
			t.Fatalf("%s: no Z301 in %+v", c.name, d.Findings)
		}
		advice := strings.Join(d.Findings[i].Advice, "\n")
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

// TestWaitAdviceFitsItsLanguage: a program is told how to wait in its language.
func TestWaitAdviceFitsItsLanguage(t *testing.T) {
	for _, c := range []struct {
		p    proc
		want string
	}{
		{proc{comm: "app", caught: 0xfffffffd7fc1fefd}, "cmd.Wait()"},
		{proc{comm: "app.py", exe: "/usr/bin/python3.11"}, "In Python:"},
		{proc{comm: "python3"}, "In Python:"},
		{proc{comm: "node", exe: "/usr/local/bin/node"}, "Node itself waits"},
		{proc{comm: "MainThread", exe: "/usr/local/bin/node (deleted)"}, "Node itself waits"},
		{proc{comm: "java"}, "Java itself waits"},
		{proc{comm: "perl"}, "In Perl:"},
		{proc{comm: "ruby3.1"}, "In Ruby:"},
		{proc{comm: "php-fpm8.2"}, "In PHP:"},
		{proc{comm: "entrypoint.sh", exe: "/usr/bin/bash"}, "In the script:"},
		{proc{comm: "server", exe: "/usr/sbin/server"}, "in C waitpid()"},
		{proc{comm: "containerd-shim"}, "shim of a container"},
	} {
		c.p.pid, c.p.ppid = 5, 1
		d := Diagnose(look(tini, c.p, zombie(9, 5)), Options{})
		i := slices.IndexFunc(d.Findings, func(f Finding) bool { return f.Rule == "Z201" })
		if i < 0 {
			t.Fatalf("%+v: %+v", c.p, d.Findings)
		}
		if advice := strings.Join(d.Findings[i].Advice, "\n"); !strings.Contains(advice, c.want) {
			t.Errorf("%s (%s): no %q in\n%s", c.p.comm, c.p.exe, c.want, advice)
		}
	}
}

// TestServiceAdvice: a service is restarted as one.
func TestServiceAdvice(t *testing.T) {
	s := look(proc{pid: 1, comm: "systemd", ns: initNS, reaped: true}, proc{pid: 5, ppid: 1, comm: "app", ns: initNS}, zombie(9, 5))
	s.Procs[1].Deep.Cgroups = scan.Some([]scan.CgroupPath{{Path: "/system.slice/app.service"}})
	d := Diagnose(s, Options{})
	i := slices.IndexFunc(d.Findings, func(f Finding) bool { return f.Rule == "Z201" })
	if i < 0 || !slices.ContainsFunc(d.Findings[i].Advice, func(a string) bool { return strings.Contains(a, "systemctl restart app.service") }) {
		t.Errorf("%+v", d.Findings)
	}
}

// TestHostPIDComesWithItsWarning: wherever hostPID is named, so is what it costs.
func TestHostPIDComesWithItsWarning(t *testing.T) {
	s := look(proc{pid: 1, comm: "systemd", ns: initNS, reaped: true}, proc{pid: 2, comm: "kthreadd", kernel: true})
	s.Self = scan.Some(scan.Self{PID: 20, PIDNS: scan.Some(uint64(initNS)), Container: scan.Some(scan.Witness{File: "/proc/self/cgroup", Value: "/kubepods/pod1/x"})})
	d := Diagnose(s, Options{})
	advised := false
	for _, f := range d.Findings {
		for _, a := range f.Advice {
			advised = advised || strings.Contains(a, "pod-security.kubernetes.io/enforce: privileged") && strings.Contains(a, "PodSecurityPolicy") && strings.Contains(a, "1.25")
		}
	}
	if !advised {
		t.Errorf("%+v", d.Findings)
	}
	for _, text := range []string{FindTopic("host-pid-namespace").Text, FindRule("Z307").Fix} {
		for _, want := range []string{"PodSecurityPolicy", "1.25", "baseline"} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in %q", want, text)
			}
		}
	}
}

// TestEntrypoint: what a process calls itself becomes words in quotes, and not
// many.
func TestEntrypoint(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, `["zombiectl", "init", "--", ...]`},
		{[]string{"./app"}, `["zombiectl", "init", "--", "./app"]`},
		{[]string{"sh", "-c", `echo "x"; sleep 1`}, `["zombiectl", "init", "--", "sh", "-c", "echo \"x\"; sleep 1"]`},
		{[]string{"a", "b", "c", "d", "e"}, `["zombiectl", "init", "--", "a", "b", "c", "d", ...]`},
		{[]string{"a", strings.Repeat("x", 100)}, `["zombiectl", "init", "--", "a", ...]`},
		{[]string{"./app", "***", "--key=***"}, `["zombiectl", "init", "--", "./app", ...]`}, // of a redacted recording
		{[]string{"./app", "-x", "--key=***", "x"}, `["zombiectl", "init", "--", "./app", "-x", ...]`},
		{[]string{"a\x1b[2J"}, `["zombiectl", "init", "--", "a\x1b[2J"]`},
	} {
		p := scan.Process{Deep: &scan.Detail{Cmdline: scan.Some(c.args)}}
		if got := entrypoint(&p); got != c.want {
			t.Errorf("%q: %s, want %s", c.args, got, c.want)
		}
	}
}

func TestPlainWord(t *testing.T) {
	for s, want := range map[string]bool{
		"app-7d9f.x_y@1:2": true, "": false, "-x": false, "a b": false, "a;b": false, "$(id)": false, "a\n": false, "é": false, "a/b": false,
	} {
		if plainWord(s) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
}

// TestOneIsNoPlural: what is said of one zombie is said in the singular.
func TestOneIsNoPlural(t *testing.T) {
	orphan := func(pid int) proc {
		return with(zombie(pid, 1), func(p *proc) { p.sid, p.pgrp = 5, 5 })
	}
	for want, s := range map[string]*scan.Snapshot{
		"adopted an orphan, does not wait for it": look(with(app, func(p *proc) { p.reaped = true }), orphan(8)),
		"adopted orphans, does not wait for them": look(with(app, func(p *proc) { p.reaped = true }), orphan(8), orphan(9)),
	} {
		if d := Diagnose(s, Options{}); len(d.Parents) != 1 || d.Parents[0].Why != want {
			t.Errorf("%+v, want %q", d.Parents, want)
		}
	}
}
