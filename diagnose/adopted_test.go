package diagnose

import (
	"slices"
	"testing"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// accuses reports whether a rule found something about a process.
func accuses(d *Diagnosis, rule string, pid int) bool {
	return slices.ContainsFunc(d.Findings, func(f Finding) bool { return f.Rule == rule && f.Subject.PID == pid })
}

// TestInitNotFirst: an init counts that is in the namespace of a PID 1 that
// keeps zombies, and adopts nothing itself.
func TestInitNotFirst(t *testing.T) {
	app := proc{PID: 1, Comm: "app", NS: 7}
	orphan := proc{PID: 9, PPID: 1, Comm: "orphan", State: facts.Zombie, SID: 8, PGRP: 8}
	tini := proc{PID: 2, PPID: 1, Comm: "tini", NS: 7, Args: []string{"tini", "--", "app"}}
	for _, c := range []struct {
		name  string
		procs []proc
		want  bool
	}{
		{"below", []proc{app, tini, orphan}, true},
		{"further below", []proc{app, {PID: 2, PPID: 1, Comm: "sh", NS: 7}, {PID: 3, PPID: 2, Comm: "dumb-init", NS: 7}, orphan}, true},
		{"no zombie", []proc{app, tini}, false},
		{"a subreaper", []proc{app, {PID: 2, PPID: 1, Comm: "tini", NS: 7, Args: []string{"tini", "-s", "--", "app"}}, orphan}, false},
		{"of a container below", []proc{app, {PID: 2, PPID: 1, Comm: "tini", NS: 8, NSpid: []int{2, 1}}, orphan}, false},
		{"called as something else", []proc{app, {PID: 2, PPID: 1, Comm: "zombiectl", NS: 7, Args: []string{"zombiectl", "scan"}}, orphan}, false},
		{"an init of ours", []proc{app, {PID: 2, PPID: 1, Comm: "zombiectl", NS: 7, Args: []string{"zombiectl", "init", "--", "app"}}, orphan}, true},
		{"dead itself", []proc{app, {PID: 2, PPID: 1, Comm: "tini", NS: 7, State: facts.Zombie}, orphan}, false},
		{"not looked at closely", []proc{app, {PID: 2, PPID: 1, Comm: "tini", Shallow: true}, orphan}, false},
		{"PID 1 is the init", []proc{{PID: 1, Comm: "tini", NS: 7}, {PID: 2, PPID: 1, Comm: "app", NS: 7}, {PID: 9, PPID: 2, Comm: "child", State: facts.Zombie}}, false},
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
		{"postgres", []proc{{PID: 1, Comm: "postgres", Reaped: true}}, true},
		{"an init", []proc{{PID: 1, Comm: "tini", Reaped: true}, {PID: 2, PPID: 1, Comm: "postgres", Reaped: true}}, false},
		{"it keeps orphans", []proc{{PID: 1, Comm: "postgres", Reaped: true}, {PID: 9, PPID: 1, Comm: "orphan", State: facts.Zombie, SID: 8, PGRP: 8}}, false},
		{"another server", []proc{{PID: 1, Comm: "gunicorn", Reaped: true}}, false},
	} {
		d := Diagnose(look(c.procs...), Options{})
		if got := accuses(d, "Z309", 1); got != c.want {
			t.Errorf("%s: Z309 %v, want %v: %+v", c.name, got, c.want, d.Findings)
		}
	}
}

func TestContainerMainDead(t *testing.T) {
	pid1 := proc{PID: 1, Comm: "systemd", NS: 7, Reaped: true}
	shim := proc{PID: 2, PPID: 1, Comm: "containerd-shim", NS: 7, Reaped: true}
	main := proc{PID: 3, PPID: 2, Comm: "app", State: facts.Zombie, NSpid: []int{3, 1}, NS: 8}
	with := func(p proc, change func(*proc)) proc { change(&p); return p }
	for _, c := range []struct {
		name  string
		procs []proc
		want  bool
	}{
		{"under its shim", []proc{pid1, shim, main}, true},
		{"under conmon", []proc{pid1, with(shim, func(p *proc) { p.Comm = "conmon" }), main}, true},
		{"with live threads", []proc{pid1, shim, with(main, func(p *proc) { p.Threads = 3 })}, true},
		{"under something else", []proc{pid1, with(shim, func(p *proc) { p.Comm = "unshare" }), main}, false},
		{"what was executed in it", []proc{pid1, shim, with(main, func(p *proc) { p.NSpid = []int{3, 12} })}, false},
		{"in the namespace of the shim", []proc{pid1, shim, with(main, func(p *proc) { p.NSpid = []int{1} })}, false},
		{"alive", []proc{pid1, shim, with(main, func(p *proc) { p.State = facts.Sleeping })}, false},
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
	app := proc{PID: 1, Comm: "app", Start: 100}
	for _, c := range []struct {
		name  string
		procs []proc
		want  bool
	}{
		{"its session leader is gone", []proc{app, {PID: 9, PPID: 1, Comm: "daemon", SID: 8, PGRP: 8}}, true},
		{"older than PID 1", []proc{app, {PID: 9, PPID: 1, Comm: "daemon", SID: 9, Start: 50}}, true},
		{"leads its own session", []proc{app, {PID: 9, PPID: 1, Comm: "worker", SID: 9, PGRP: 9}}, false},
		{"in the session of PID 1", []proc{app, {PID: 9, PPID: 1, Comm: "worker", SID: 1, PGRP: 1}}, false},
		{"dead", []proc{app, {PID: 9, PPID: 1, Comm: "orphan", SID: 8, PGRP: 8, State: facts.Zombie}}, false},
		{"below an init", []proc{{PID: 1, Comm: "tini", Start: 100}, {PID: 9, PPID: 1, Comm: "daemon", SID: 8, PGRP: 8}}, false},
		{"below a PID 1 of which nothing is known", []proc{{PID: 1, Comm: "app", Start: 100, NoThreads: true}, {PID: 9, PPID: 1, Comm: "daemon", SID: 8, PGRP: 8}}, false},
		{"below somebody else", []proc{app, {PID: 2, PPID: 1, Comm: "sh", SID: 1, PGRP: 1}, {PID: 9, PPID: 2, Comm: "daemon", SID: 8, PGRP: 8}}, false},
	} {
		d := Diagnose(look(c.procs...), Options{})
		if got := accuses(d, "Z312", 1); got != c.want {
			t.Errorf("%s: Z312 %v, want %v: %+v", c.name, got, c.want, d.Findings)
		}
	}
}
