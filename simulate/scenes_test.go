//go:build linux

package simulate

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/zombiectl/zombiectl/pid1/entry"
)

// The negative controls: the same scripts, but the parent waits.
func init() {
	all := table
	table = func() []Scene {
		teardown := namespaceTeardown("namespace-teardown/control", "").cured()
		delete(teardown.want, bond{"shim", "container"}) // is reaped too
		return append(all(),
			pid1NotReaping("pid1-not-reaping/control", "").cured(),
			initNotFirst("init-not-first/control", "").cured(),
			containerMainDead("container-main-dead/control", "").cured(),
			ufBackend{how: asPID1}.scene("uf-backend/control", "").cured(),
			ufBackend{how: asPID1, sameSession: true}.scene("uf-backend-same-session/control", "").cured(),
			neverWaitsUnderInit("never-waits-under-init/control", "").cured(),
			execShell("exec-shell/control", "").cured(),
			zombiePPid0("zombie-ppid0/control", "").cured(),
			leavingThree("leaving-three/control", "").cured(),
			traced("traced/control", "", false),
			cloneChild("clone-child/control", "", true),
			waitsForOne("waits-for-one/control", "", waitAll),
			teardown,
			subreaper("subreaper-not-reaping/control", "").cured(),
			Scene{Name: "broken/failing", pid1: []string{"./broken"}, roles: map[string]script{"broken": execute("./no-such-program", []string{"x"})}},
		)
	}
}

// cured turns a scene into its negative control: the same, but the parent waits.
func (s Scene) cured() Scene {
	played := s.roles[s.role]
	if end := len(played) - 1; played[end].op == opPause {
		played = steps(played[:end], waitAll, pause)
	}
	s.roles[s.role] = played
	s.Zombies, s.parent = 0, ""
	for b, c := range s.want {
		c.zombies = 0
		s.want[b] = c
	}
	return s
}

// TestNames: no role goes by a name under which this program is an init, before a scene can begin.
func TestNames(t *testing.T) {
	for _, s := range table() {
		for role := range s.roles {
			if entry.DropIn(role) {
				t.Errorf("%s has a role called %s", s.Name, role)
			}
		}
	}
}

// isMoving: children of the scene come and go.
func isMoving(s Scene) bool {
	for _, c := range s.want {
		if c.any {
			return true
		}
	}
	return false
}

func isControl(s Scene) bool { return strings.HasSuffix(s.Name, "/control") }
func isBroken(s Scene) bool  { return s.Name == "broken/failing" }

const noSignals = "0000000000000000"

// plainC fails unless the process looks like a single-threaded C program that sets no signal handler.
func plainC(t *testing.T, p seen) {
	t.Helper()
	if p.Threads != 1 || p.SigCgt != noSignals || p.SigIgn != noSignals || p.SigBlk != noSignals || p.State != "S" {
		t.Errorf("not a plain sleeping single-threaded process: %+v", p)
	}
}

func only(t *testing.T, all []seen, comm string) seen {
	t.Helper()
	found := withComm(all, comm)
	if len(found) != 1 {
		t.Fatalf("%d processes named %s, want 1", len(found), comm)
	}
	return found[0]
}

// statuses are the wait statuses of zombies: field 52 of /proc/PID/stat.
func statuses(of []seen) []uint64 {
	var out []uint64
	for _, z := range of {
		out = append(out, z.WaitStatus)
	}
	slices.Sort(out)
	return out
}

func parentIs(t *testing.T, ppid int, of []seen) {
	t.Helper()
	for _, p := range of {
		if p.PPID != ppid {
			t.Errorf("PPid %d, want %d: %+v", p.PPID, ppid, p)
		}
	}
}

var ufComms = []string{"uf_fafid_daily_", "uf_fnode_daily_", "uf_fstat_daily_", "uf_ftask_daily_", "uf_fsync_daily_", "uf_fuptest_dail", "uf_fdltest_dail"}

func aliveTasksOf(t *testing.T, all []seen) {
	t.Helper()
	for _, c := range ufComms[:3] {
		live := slices.DeleteFunc(withComm(all, c), func(p seen) bool { return p.State == "Z" })
		if len(live) != 1 {
			t.Fatalf("%d live %s, want 1", len(live), c)
		}
		plainC(t, live[0])
		parentIs(t, 1, live)
		if want := "./" + c + "test"; live[0].Cmdline != want {
			t.Errorf("cmdline %q, want %q", live[0].Cmdline, want)
		}
	}
}

func checkUFBackend(sameSession bool) func(*testing.T, *Stage, []seen) {
	return func(t *testing.T, s *Stage, all []seen) {
		manager := only(t, all, "uf_backend_test")
		plainC(t, manager)
		if manager.PID != 1 || manager.Cmdline != "./uf_backend_test" || manager.Exe != "/uf_backend_test" || manager.SID != 1 || manager.PGID != 1 {
			t.Errorf("manager: %+v", manager)
		}
		if fds, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.PID1())); err != nil || len(fds) != 4 {
			t.Errorf("open files of the manager, want 0 to 3: %v, %v", fds, err)
		}
		if manager.Cminflt == 0 {
			t.Error("the manager's cminflt is 0, though it waited for its intermediates")
		}
		if s.Parent() != s.PID1() {
			t.Errorf("Parent %d, PID1 %d", s.Parent(), s.PID1())
		}
		zs := zombies(all)
		parentIs(t, 1, zs)
		for _, c := range ufComms {
			if n := len(withComm(zs, c)); n != 3 {
				t.Errorf("%d zombies %s, want 3", n, c)
			}
		}
		for _, z := range zs {
			if own := z.SID == 1 && z.PGID == 1; own != sameSession {
				t.Errorf("session %d, group %d: %+v", z.SID, z.PGID, z)
			}
			if !sameSession && len(slices.DeleteFunc(slices.Clone(all), func(p seen) bool { return p.PID != z.SID })) != 0 {
				t.Errorf("the session leader of %+v is alive", z)
			}
		}
		if got, want := statuses(zs), []uint64{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 11, 15, 256, 256, 256, 7 << 8}; !slices.Equal(got, want) {
			t.Errorf("wait statuses %v, want %v", got, want)
		}
		aliveTasksOf(t, all)
		if len(all) != 1+21+3 {
			t.Errorf("%d processes, want 25", len(all))
		}
	}
}

func checkReaped(pid1, cmdline string) func(*testing.T, *Stage, []seen) {
	return func(t *testing.T, s *Stage, all []seen) {
		first, manager := only(t, all, pid1), only(t, all, "uf_backend_test")
		plainC(t, manager)
		parentIs(t, 1, []seen{manager})
		if first.PID != 1 || first.Cmdline != cmdline || first.Cminflt == 0 || first.Threads != 1 {
			t.Errorf("PID 1: %+v", first)
		}
		if manager.Cmdline != "./uf_backend_test" {
			t.Errorf("manager: %+v", manager)
		}
		aliveTasksOf(t, all)
		if len(all) != 2+3 {
			t.Errorf("%d processes, want 5: %+v", len(all), all)
		}
	}
}

func reaper(t *testing.T, all []seen, comm string) {
	t.Helper()
	p := only(t, all, comm)
	plainC(t, p)
	if p.PID != 1 || p.Cminflt == 0 {
		t.Errorf("no PID 1 that has reaped: %+v", p)
	}
}

const sigchldOnly = "0000000000010000"

// cause looks at the parent of a scene that has one, below an init that reaps.
func cause(check func(t *testing.T, p seen, all []seen)) func(*testing.T, *Stage, []seen) {
	return func(t *testing.T, s *Stage, all []seen) {
		t.Helper()
		name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", s.Parent()))
		if err != nil {
			t.Fatal(err)
		}
		p := only(t, all, strings.TrimSpace(string(name)))
		parentIs(t, 1, []seen{p})
		parentIs(t, p.PID, zombies(all))
		check(t, p, all)
	}
}

func blocksPending(t *testing.T, p seen, _ []seen) {
	t.Helper()
	if p.SigBlk != sigchldOnly || p.ShdPnd != sigchldOnly || p.SigCgt != noSignals || p.Cminflt == 0 {
		t.Errorf("%+v", p)
	}
}

func inState(state string) func(*testing.T, seen, []seen) {
	return func(t *testing.T, p seen, _ []seen) {
		t.Helper()
		if p.State != state {
			t.Errorf("state %s, want %s: %+v", p.State, state, p)
		}
	}
}

func inCgroupOf(event string) func(*testing.T, seen, []seen) {
	return func(t *testing.T, p seen, _ []seen) {
		t.Helper()
		if !strings.Contains(p.CgroupEvents, event) {
			t.Errorf("cgroup.events %q, want %s", p.CgroupEvents, event)
		}
	}
}

func waitsIn(t *testing.T, p seen, call string) {
	t.Helper()
	if !strings.HasPrefix(p.Syscall, call) {
		t.Errorf("in %q, want %q", p.Syscall, call)
	}
}

func busy(blocked string) func(*testing.T, *Stage, []seen) {
	return func(t *testing.T, s *Stage, all []seen) {
		p := only(t, all, "busy-reaper")
		if p.PID != 1 || p.SigCgt != noSignals {
			t.Errorf("%+v", p)
		}
		before := s.Count()
		eventually(t, "fifty more orphans", func() bool { return s.Count() >= before+50 })
		eventually(t, "it has adopted, and waits", func() bool {
			now := only(t, inside(t, s), "busy-reaper")
			return now.Cminflt > p.Cminflt && now.State == "S" && now.SigBlk == blocked
		})
		for _, z := range zombies(inside(t, s)) {
			eventually(t, "a zombie is reaped", func() bool {
				return !slices.ContainsFunc(zombies(inside(t, s)), func(q seen) bool { return q.PID == z.PID && q.Start == z.Start })
			})
		}
	}
}

var checks = map[string]func(*testing.T, *Stage, []seen){
	"init-not-first": func(t *testing.T, s *Stage, all []seen) {
		entry, below := only(t, all, "entrypoint"), only(t, all, "dumb-init")
		plainC(t, entry)
		parentIs(t, 1, []seen{below})
		parentIs(t, 1, withComm(all, "orphan"))
		if entry.PID != 1 || len(all) != 5 {
			t.Errorf("%+v", all)
		}
	},
	"hazardous-reaper": func(t *testing.T, s *Stage, all []seen) {
		reaper(t, all, "postgres")
		if only(t, all, "postgres").PID != 1 || len(all) != 1 {
			t.Errorf("%+v", all)
		}
	},
	"container-main-dead": cause(func(t *testing.T, p seen, all []seen) {
		if z := only(t, all, "container-app"); p.Comm != "containerd-shim" || z.State != "Z" || z.PPID != p.PID {
			t.Errorf("%+v %+v", p, z)
		}
	}),
	"live-orphans": func(t *testing.T, s *Stage, all []seen) {
		app, daemon := only(t, all, "app-server"), only(t, all, "daemon")
		plainC(t, app)
		plainC(t, daemon)
		parentIs(t, 1, []seen{daemon})
		if app.PID != 1 || len(all) != 2 {
			t.Errorf("%+v", all)
		}
	},
	"pid1-not-reaping": func(t *testing.T, s *Stage, all []seen) {
		app := only(t, all, "app-server")
		plainC(t, app)
		for _, z := range withComm(all, "orphan") {
			if z.State != "Z" || z.PPID != app.PID || app.PID != 1 {
				t.Errorf("%+v, PID 1 %+v", z, app)
			}
		}
	},
	"leak": func(t *testing.T, s *Stage, all []seen) {
		plainC(t, only(t, all, "leaky-daemon"))
		eventually(t, "a zombie more", func() bool { return len(withComm(zombies(inside(t, s)), "probe")) > len(withComm(all, "probe")) })
	},
	"uf-backend":              checkUFBackend(false),
	"uf-backend-same-session": checkUFBackend(true),
	"uf-backend-tini":         checkReaped("tini", "tini -- ./uf_backend_test"),
	"uf-backend-shell":        checkReaped("sh", "sh -c ./uf_backend_test; :"),
	"app-pid1": func(t *testing.T, s *Stage, all []seen) {
		app, worker := only(t, all, "app-server"), only(t, all, "app-worker")
		plainC(t, app)
		plainC(t, worker)
		parentIs(t, 1, []seen{worker})
		if app.PID != 1 || app.Cminflt != 0 || len(all) != 2 {
			t.Errorf("%+v", all)
		}
	},
	"never-waits-under-init": func(t *testing.T, s *Stage, all []seen) {
		parent := only(t, all, "leaky-parent")
		plainC(t, parent)
		parentIs(t, 1, []seen{parent})
		if only(t, all, "tini").PID != 1 || parent.Cminflt != 0 || len(all) != 5 {
			t.Errorf("%+v", all)
		}
		zs := zombies(all)
		parentIs(t, parent.PID, zs)
		if got, want := statuses(zs), []uint64{0, 9, 3 << 8}; !slices.Equal(got, want) {
			t.Errorf("wait statuses %v, want %v", got, want)
		}
	},
	"dead-leader": func(t *testing.T, s *Stage, all []seen) {
		parent, leader := only(t, all, "good-parent"), only(t, all, "dead-leader")
		plainC(t, parent)
		if leader.State != "Z" || leader.Threads < 2 || leader.PPID != parent.PID || len(all) != 3 {
			t.Errorf("%+v", all)
		}
	},
	"exec-shell": func(t *testing.T, s *Stage, all []seen) {
		reaper(t, all, "reaping-init")
		sh := only(t, all, "sh")
		plainC(t, sh)
		zs := zombies(all)
		parentIs(t, 0, []seen{sh})
		parentIs(t, sh.PID, zs)
		if got, want := statuses(zs), []uint64{0, 256}; !slices.Equal(got, want) || sh.Cminflt != 0 || sh.Cmdline != "sh" || len(all) != 4 {
			t.Errorf("%+v", all)
		}
	},
	"zombie-ppid0": func(t *testing.T, s *Stage, all []seen) {
		reaper(t, all, "reaping-init")
		zs := zombies(all)
		parentIs(t, 0, zs)
		if len(zs) != 1 || len(all) != 2 {
			t.Errorf("%+v", all)
		}
		outer := below(s.Parent())
		if len(outer) != 1 {
			t.Errorf("below the parent outside: %+v", outer)
		}
	},
	"pod-pause": func(t *testing.T, s *Stage, all []seen) {
		reaper(t, all, "pause")
		sh := only(t, all, "sh")
		nginx := withComm(all, "nginx")
		if len(nginx) != 2 || len(all) != 4 {
			t.Fatalf("%+v", all)
		}
		parentIs(t, 0, []seen{sh, nginx[0]})
		parentIs(t, nginx[0].PID, nginx[1:])
		for _, p := range all {
			plainC(t, p)
		}
		if got := all[0].Cmdline; got != "/pause" {
			t.Errorf("cmdline of pause: %q", got)
		}
		if nginx[0].Cmdline != "nginx: master process nginx -g daemon off;" || nginx[1].Cmdline != "nginx: worker process" {
			t.Errorf("%+v", nginx)
		}
	},
	"leaving-three": func(t *testing.T, s *Stage, all []seen) {
		i := slices.IndexFunc(all, func(p seen) bool { return p.PID == s.Parent() })
		if i < 0 {
			t.Fatalf("no process %d", s.Parent())
		}
		plainC(t, all[i])
		zs := slices.DeleteFunc(zombies(all), func(p seen) bool { return p.PPID != s.Parent() })
		if got, want := statuses(zs), []uint64{0, 9, 256}; !slices.Equal(got, want) || s.PID1() != 0 || all[i].Cminflt != 0 {
			t.Errorf("PID 1 %d; %+v %+v", s.PID1(), all[i], zs)
		}
	},
	"transient": func(t *testing.T, s *Stage, all []seen) {
		reaper(t, all, "reaping-init")
		passing := map[int]bool{}
		eventually(t, "a zombie that is gone at a later look", func() bool {
			now := map[int]bool{}
			for _, z := range zombies(inside(t, s)) {
				now[z.PID] = true
			}
			for pid := range passing {
				if !now[pid] {
					return true
				}
			}
			passing = now
			return false
		})
	},
	"orphans-under-tini": func(t *testing.T, s *Stage, all []seen) {
		p := only(t, all, "leaves-orphans")
		plainC(t, p)
		if first := only(t, all, "tini"); first.PID != 1 || first.Cminflt == 0 || len(all) != 2 {
			t.Errorf("%+v", all)
		}
	},
	"traced": cause(func(t *testing.T, p seen, all []seen) {
		tracer, z := only(t, all, "tracer"), only(t, all, "traced-child")
		if got := z.Tracer; got != fmt.Sprint(tracer.PID) || z.PPID != p.PID {
			t.Errorf("%s traces the zombie, want %d; %+v", got, tracer.PID, z)
		}
	}),
	"clone-child": cause(func(t *testing.T, p seen, all []seen) {
		for _, z := range zombies(all) {
			if z.ExitSignal != 0 {
				t.Errorf("exit signal %d", z.ExitSignal)
			}
		}
	}),
	"waits-for-one": cause(func(t *testing.T, p seen, all []seen) {
		waitsIn(t, p, fmt.Sprintf("%d %#x ", unix.SYS_WAIT4, only(t, all, "long-job").PID))
	}),
	"waits-for-one-pidfd": cause(func(t *testing.T, p seen, all []seen) { waitsIn(t, p, fmt.Sprintf("%d 0x3 ", unix.SYS_WAITID)) }),
	"missed-sigchld": cause(func(t *testing.T, p seen, all []seen) {
		if p.SigCgt != sigchldOnly || p.SigBlk != noSignals || p.Cminflt == 0 {
			t.Errorf("%+v", p)
		}
	}),
	"handler-never-waits": cause(func(t *testing.T, p seen, all []seen) {
		if p.SigCgt != sigchldOnly || p.SigBlk != noSignals || p.Cminflt != 0 {
			t.Errorf("%+v", p)
		}
	}),
	"sigchld-blocked": cause(blocksPending),
	"in-system": cause(func(t *testing.T, p seen, all []seen) {
		blocksPending(t, p, all)
		waitsIn(t, p, fmt.Sprintf("%d %#x ", unix.SYS_WAIT4, only(t, all, "long-job").PID))
	}),
	"foreground-job": func(t *testing.T, s *Stage, all []seen) {
		p := only(t, all, "bash")
		blocksPending(t, p, all)
		waitsIn(t, p, fmt.Sprintf("%d 0xffffffffffffffff ", unix.SYS_WAIT4))
	},
	"parent-stopped": cause(inState("T")),
	"parent-traced": cause(func(t *testing.T, p seen, all []seen) {
		inState("t")(t, p, all)
		if got := p.Tracer; got != fmt.Sprint(only(t, all, "debugger").PID) {
			t.Errorf("traced by %s", got)
		}
	}),
	"parent-seized": cause(func(t *testing.T, p seen, all []seen) {
		inState("S")(t, p, all)
		if got := p.Tracer; got != fmt.Sprint(only(t, all, "debugger").PID) {
			t.Errorf("traced by %s", got)
		}
	}),
	"parent-frozen":          cause(inCgroupOf("frozen 1")),
	"parent-thawed":          cause(inCgroupOf("frozen 0")),
	"parent-uninterruptible": cause(inState("D")),
	"vfork-parent": cause(func(t *testing.T, p seen, all []seen) {
		inState("D")(t, p, all)
		if c := only(t, all, "not-yet-exec"); c.PPID != p.PID {
			t.Errorf("%+v", c)
		}
	}),
	"inherited-by-exec": cause(func(t *testing.T, p seen, all []seen) {
		if p.Comm != "server" || len(withComm(zombies(all), "sh")) != 2 {
			t.Errorf("%+v", all)
		}
	}),
	"reaper-too-slow": func(t *testing.T, s *Stage, all []seen) {
		before := only(t, all, "slow-reaper")
		first := zombies(all)
		if len(first) < 24 {
			t.Errorf("%d zombies, want a backlog of 24", len(first))
		}
		eventually(t, "the oldest is reaped, and as many are left", func() bool {
			now := inside(t, s)
			left := zombies(now)
			return len(left) >= 24 && len(withComm(now, before.Comm)) > 0 &&
				!slices.ContainsFunc(left, func(p seen) bool { return p.PID == first[0].PID })
		})
	},
	"namespace-teardown": cause(func(t *testing.T, p seen, all []seen) {
		c, z := only(t, all, "container"), only(t, all, "exec-probe")
		if c.State != "S" || len(strings.Fields(c.PIDsNS)) != 2 || len(strings.Fields(z.PIDsNS)) != 2 || z.PPID != p.PID {
			t.Errorf("%+v", all)
		}
	}),
	"subreaper-not-reaping": cause(func(t *testing.T, p seen, all []seen) {
		z, helper := only(t, all, "orphan"), only(t, all, "helper")
		if z.PPID != p.PID || z.SID == p.SID || len(slices.DeleteFunc(slices.Clone(all), func(q seen) bool { return q.PID != z.SID })) != 0 || z.Start >= helper.Start {
			t.Errorf("%+v", all)
		}
	}),
	"idle-go-program": cause(func(t *testing.T, p seen, all []seen) {
		if p.SigCgt != "fffffffd7fc1fefd" || p.Cminflt != 0 {
			t.Errorf("%+v", p)
		}
	}),
	"uncollected-popen": cause(func(t *testing.T, p seen, all []seen) {
		if p.SigCgt != noSignals || p.Cminflt == 0 {
			t.Errorf("%+v", p)
		}
	}),
	"sigtimedwait-loop": busy(noSignals),
	"signalfd-loop":     busy(sigchldOnly),
	"churn": func(t *testing.T, s *Stage, all []seen) {
		reaper(t, all, "reaping-init")
		before := s.Count()
		eventually(t, "a thousand more children", func() bool { return s.Count() >= before+1000 })
		first, lasting := zombies(inside(t, s)), 0
		for _, z := range zombies(inside(t, s)) {
			if slices.ContainsFunc(first, func(p seen) bool { return p.PID == z.PID && p.Start == z.Start }) {
				lasting++
			}
		}
		if lasting != 0 {
			t.Errorf("%d lasting zombies", lasting)
		}
	},
}

func TestScenes(t *testing.T) {
	requireRoot(t)
	for _, s := range Scenes() {
		if isBroken(s) {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			if s.Needs != "" && os.Getenv("CI") != "true" {
				skipWithout(t, s.Needs)
			}
			stage, err := Start(t.Context(), s.Name)
			if err != nil {
				t.Fatal(err)
			}
			defer stage.Close()
			all := inside(t, stage)
			if isControl(s) {
				if zs := zombies(all); stage.PID1() != 0 && len(zs) != 0 || stage.Parent() != 0 || s.Zombies != 0 {
					t.Errorf("zombies in the negative control: %+v, parent %d", zs, stage.Parent())
				}
				if left := zombies(slices.Collect(valuesOf(below(stage.cmd.Process.Pid)))); len(left) != 0 {
					t.Errorf("zombies below the stage of the negative control: %+v", left)
				}
			} else if check := checks[s.Name]; check == nil {
				t.Error("this scene has no check")
			} else {
				check(t, stage, all)
				if n := len(zombies(all)); stage.PID1() != 0 && n != s.Zombies && !isMoving(s) {
					t.Errorf("%d zombies, Scene.Zombies says %d", n, s.Zombies)
				}
			}

			actors := below(os.Getpid())
			maps := below(stage.cmd.Process.Pid)
			if len(maps) == 0 || len(actors) == 0 {
				t.Fatal("nothing below the stage: the test does not see what it checks")
			}
			before := stage.Count()
			if err := stage.Close(); err != nil {
				t.Error(err)
			}
			if left := remaining(maps); len(left) != 0 {
				t.Errorf("left after Close: %+v", left)
			}
			if after := stage.Count(); after < before {
				t.Errorf("Count went from %d to %d", before, after)
			}
			if err := stage.Close(); err != nil {
				t.Errorf("second Close: %v", err)
			}
		})
	}
}

// TestSized: a scene with one kind of zombie is had with any number of them.
func TestSized(t *testing.T) {
	requireRoot(t)
	sized := 0
	for _, s := range Scenes() {
		if isControl(s) || isBroken(s) || s.Zombies == 0 {
			continue
		}
		name, err := s.Sized(s.Zombies + 4)
		if err != nil {
			if !strings.Contains(err.Error(), "cannot have") {
				t.Errorf("%s: %v", s.Name, err)
			}
			continue
		}
		sized++
		t.Run(name, func(t *testing.T) {
			stage, err := Start(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			defer stage.Close()
			n := 0
			for _, z := range zombies(inside(t, stage)) {
				if stage.PID1() != 0 || z.PPID == stage.Parent() {
					n++
				}
			}
			if n != s.Zombies+4 {
				t.Errorf("%d zombies, want %d", n, s.Zombies+4)
			}
			if err := stage.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	if sized < 10 {
		t.Errorf("%d scenes can be sized: too few", sized)
	}
	for _, name := range []string{"dead-leader*2", "uf-backend*3", "leaving-three*0", "leaving-three*-1", "leaving-three*x", "leaving-three*", "leaving-three*99999999999", "nothing*2"} {
		if _, err := Start(t.Context(), name); err == nil {
			t.Errorf("%s is no error", name)
		}
	}
}

func TestSceneTexts(t *testing.T) {
	names := map[string]bool{}
	for _, s := range Scenes() {
		if isControl(s) || isBroken(s) {
			continue
		}
		if names[s.Name] || s.Name == "" {
			t.Errorf("name %q is empty or there twice", s.Name)
		}
		names[s.Name] = true
		if s.Title == "" || strings.Contains(s.Title, "\n") {
			t.Errorf("%s: title %q", s.Name, s.Title)
		}
	}
	for name := range checks {
		if !names[name] {
			t.Errorf("no scene %s", name)
		}
	}
	if len(names) != len(checks) {
		t.Errorf("%d scenes, %d checks", len(names), len(checks))
	}
	// What an actor is called has to survive the kernel's cut, or the census never matches.
	for _, s := range Scenes() {
		for role := range s.roles {
			if cut(role) != role {
				t.Errorf("%s: role %s is longer than a comm", s.Name, role)
			}
		}
		for b := range s.want {
			if cut(b.comm) != b.comm || cut(b.parent) != b.parent {
				t.Errorf("%s: %v is longer than a comm", s.Name, fmt.Sprint(b))
			}
		}
	}
}
