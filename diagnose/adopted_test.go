package diagnose

import (
	"slices"
	"testing"

	"github.com/zombiectl/zombiectl/scan"
)

// accuses tells whether a rule found something about a process.
func accuses(d *Diagnosis, rule string, pid int) bool {
	return slices.ContainsFunc(d.Findings, func(f Finding) bool { return f.Rule == rule && f.Subject.PID == pid })
}

// TestInitNotFirst: an init counts that is in the namespace of a PID 1 that
// keeps zombies, and adopts nothing itself.
func TestInitNotFirst(t *testing.T) {
	app := proc{pid: 1, comm: "app", ns: 7}
	orphan := proc{pid: 9, ppid: 1, comm: "orphan", state: scan.Zombie, sid: 8, pgrp: 8}
	tini := proc{pid: 2, ppid: 1, comm: "tini", ns: 7, args: []string{"tini", "--", "app"}}
	for _, c := range []struct {
		name  string
		procs []proc
		want  bool
	}{
		{"below", []proc{app, tini, orphan}, true},
		{"further below", []proc{app, {pid: 2, ppid: 1, comm: "sh", ns: 7}, {pid: 3, ppid: 2, comm: "dumb-init", ns: 7}, orphan}, true},
		{"no zombie", []proc{app, tini}, false},
		{"a subreaper", []proc{app, {pid: 2, ppid: 1, comm: "tini", ns: 7, args: []string{"tini", "-s", "--", "app"}}, orphan}, false},
		{"of a container below", []proc{app, {pid: 2, ppid: 1, comm: "tini", ns: 8, nspid: []int{2, 1}}, orphan}, false},
		{"called as something else", []proc{app, {pid: 2, ppid: 1, comm: "zombiectl", ns: 7, args: []string{"zombiectl", "scan"}}, orphan}, false},
		{"an init of ours", []proc{app, {pid: 2, ppid: 1, comm: "zombiectl", ns: 7, args: []string{"zombiectl", "init", "--", "app"}}, orphan}, true},
		{"dead itself", []proc{app, {pid: 2, ppid: 1, comm: "tini", ns: 7, state: scan.Zombie}, orphan}, false},
		{"not looked at closely", []proc{app, {pid: 2, ppid: 1, comm: "tini", shallow: true}, orphan}, false},
		{"PID 1 is the init", []proc{{pid: 1, comm: "tini", ns: 7}, {pid: 2, ppid: 1, comm: "app", ns: 7}, {pid: 9, ppid: 2, comm: "child", state: scan.Zombie}}, false},
	} {
		d := Diagnose(look(c.procs...), Options{})
		got := slices.ContainsFunc(d.Findings, func(f Finding) bool { return f.Rule == "Z304" })
		if got != c.want {
			t.Errorf("%s: Z304 %v, want %v: %+v", c.name, got, c.want, d.Findings)
		}
	}
}

func TestHazardousReaper(t *testing.T) {
	for _, c := range []struct {
		name  string
		procs []proc
		want  bool
	}{
		{"postgres", []proc{{pid: 1, comm: "postgres", reaped: true}}, true},
		{"an init", []proc{{pid: 1, comm: "tini", reaped: true}, {pid: 2, ppid: 1, comm: "postgres", reaped: true}}, false},
		{"it keeps orphans", []proc{{pid: 1, comm: "postgres", reaped: true}, {pid: 9, ppid: 1, comm: "orphan", state: scan.Zombie, sid: 8, pgrp: 8}}, false},
		{"another server", []proc{{pid: 1, comm: "gunicorn", reaped: true}}, false},
	} {
		d := Diagnose(look(c.procs...), Options{})
		if got := accuses(d, "Z309", 1); got != c.want {
			t.Errorf("%s: Z309 %v, want %v: %+v", c.name, got, c.want, d.Findings)
		}
	}
}

func TestContainerMainDead(t *testing.T) {
	pid1 := proc{pid: 1, comm: "systemd", ns: 7, reaped: true}
	shim := proc{pid: 2, ppid: 1, comm: "containerd-shim", ns: 7, reaped: true}
	main := proc{pid: 3, ppid: 2, comm: "app", state: scan.Zombie, nspid: []int{3, 1}, ns: 8}
	with := func(p proc, change func(*proc)) proc { change(&p); return p }
	for _, c := range []struct {
		name  string
		procs []proc
		want  bool
	}{
		{"under its shim", []proc{pid1, shim, main}, true},
		{"under conmon", []proc{pid1, with(shim, func(p *proc) { p.comm = "conmon" }), main}, true},
		{"with live threads", []proc{pid1, shim, with(main, func(p *proc) { p.threads = 3 })}, true},
		{"under something else", []proc{pid1, with(shim, func(p *proc) { p.comm = "unshare" }), main}, false},
		{"what was executed in it", []proc{pid1, shim, with(main, func(p *proc) { p.nspid = []int{3, 12} })}, false},
		{"in the namespace of the shim", []proc{pid1, shim, with(main, func(p *proc) { p.nspid = []int{1} })}, false},
		{"alive", []proc{pid1, shim, with(main, func(p *proc) { p.state = scan.Sleeping })}, false},
	} {
		d := Diagnose(look(c.procs...), Options{})
		if got := accuses(d, "Z311", 3); got != c.want {
			t.Errorf("%s: Z311 %v, want %v: %+v", c.name, got, c.want, d.Findings)
		}
	}
	if d := Diagnose(lookOnce(pid1, shim, main), Options{}); accuses(d, "Z311", 3) {
		t.Error("accused after one look at a zombie of unknown age")
	}
}

func TestLiveOrphans(t *testing.T) {
	app := proc{pid: 1, comm: "app", start: 100}
	for _, c := range []struct {
		name  string
		procs []proc
		want  bool
	}{
		{"its session leader is gone", []proc{app, {pid: 9, ppid: 1, comm: "daemon", sid: 8, pgrp: 8}}, true},
		{"older than PID 1", []proc{app, {pid: 9, ppid: 1, comm: "daemon", sid: 9, start: 50}}, true},
		{"leads its own session", []proc{app, {pid: 9, ppid: 1, comm: "worker", sid: 9, pgrp: 9}}, false},
		{"in the session of PID 1", []proc{app, {pid: 9, ppid: 1, comm: "worker", sid: 1, pgrp: 1}}, false},
		{"dead", []proc{app, {pid: 9, ppid: 1, comm: "orphan", sid: 8, pgrp: 8, state: scan.Zombie}}, false},
		{"below an init", []proc{{pid: 1, comm: "tini", start: 100}, {pid: 9, ppid: 1, comm: "daemon", sid: 8, pgrp: 8}}, false},
		{"below a PID 1 of which nothing is known", []proc{{pid: 1, comm: "app", start: 100, noThreads: true}, {pid: 9, ppid: 1, comm: "daemon", sid: 8, pgrp: 8}}, false},
		{"below somebody else", []proc{app, {pid: 2, ppid: 1, comm: "sh", sid: 1, pgrp: 1}, {pid: 9, ppid: 2, comm: "daemon", sid: 8, pgrp: 8}}, false},
	} {
		d := Diagnose(look(c.procs...), Options{})
		if got := accuses(d, "Z312", 1); got != c.want {
			t.Errorf("%s: Z312 %v, want %v: %+v", c.name, got, c.want, d.Findings)
		}
	}
}
