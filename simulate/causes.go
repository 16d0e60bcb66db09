package simulate

import "syscall"

// One scene a cause, and what comes close to it.

// belowInit is a scene with one program below a PID 1 that reaps.
func belowInit(name, title, role string, s script) Scene {
	return Scene{
		Name: name, Title: title, role: role,
		pid1:  []string{"./reaping-init"},
		roles: map[string]script{"reaping-init": steps(fork(execute("./"+role, []string{"./" + role})), reapingInit), role: s},
		want:  census{{"", "reaping-init"}: {live: 1}, {"reaping-init", role}: {live: 1}},
	}
}

// belowTini is the same, with the real tini as PID 1.
func belowTini(name, title, role string, s script) Scene {
	return Scene{
		Name: name, Title: title, role: role, Needs: "tini",
		pid1:  []string{"tini", "--", "./" + role},
		roles: map[string]script{role: s},
		want:  census{{"", "tini"}: {live: 1}, {"tini", role}: {live: 1}},
	}
}

// atPID1 is a scene with one program, which is PID 1.
func atPID1(name, title, role string, s script) Scene {
	return Scene{
		Name: name, Title: title, role: role,
		pid1:  []string{"./" + role},
		roles: map[string]script{role: s},
		want:  census{{"", role}: {live: 1}},
	}
}

// entering is a scene with one program that comes from outside into the namespace of a PID 1 that reaps.
func entering(name, title, role string, s script) Scene {
	set := atPID1(name, title, "reaping-init", reapingInit)
	set.role, set.roles[role], set.entered = role, s, []string{role}
	set.want[bond{"", role}] = count{live: 1}
	return set
}

// keeping adds zombies of a name below the program.
func (s Scene) keeping(comm string, n int) Scene {
	s.want[bond{s.role, comm}] = count{zombies: n}
	s.parent = s.role
	s.Zombies += n
	return s
}

// with adds a running child.
func (s Scene) with(comm string) Scene {
	s.want[bond{s.role, comm}] = count{live: 1}
	return s
}

// passing: the program forks children that come and go, and is the parent to look at.
func (s Scene) passing(comm string) Scene {
	s.want[bond{s.role, comm}] = count{any: true}
	s.want[bond{s.role, s.role}] = count{any: true} // until it has its name
	s.parent = s.role
	return s
}

// moving: the program is in another state than asleep.
func (s Scene) moving() Scene {
	s.want[bond{"reaping-init", s.role}] = count{moving: 1}
	return s
}

// dying is n children that end at once.
func dying(name string, n int) script { return each(n, fork(comm(name), exit(0))) }

// dead is the same, and goes on when they are dead.
func dead(name string, n int) script { return each(n, steps(fork(comm(name), exit(0)), await)) }

// reapedOne shows in cminflt that a process has waited for a child.
var reapedOne = steps(fork(exit(0)), wait)

// Options of wait4(2).
const (
	noHang   = 1          // WNOHANG: does not block
	untraced = 2          // WUNTRACED: a child that has stopped counts too
	allKinds = 0x40000000 // __WALL: whatever its exit signal
)

func traced(name, title string, traces bool) Scene {
	var seize script
	if traces {
		seize = one(opSeizeKept)
	}
	s := belowInit(name, title, "good-parent", steps(
		fork(comm("traced-child"), die(syscall.SIGSTOP), pause), keep, withN(opWaitKept, untraced),
		fork(named("tracer", "tracer"), seize, withN(opKillKept, uintptr(syscall.SIGKILL)), pause),
		ready, waitAll, pause)).with("tracer")
	if !traces {
		return s
	}
	return s.keeping("traced-child", 1)
}

func cloneChild(name, title string, all bool) Scene {
	child := forkWith(0, comm("clone-child"), exit(0))
	how := waitAll
	if all {
		how = withN(opWaitAll, allKinds)
	}
	s := belowInit(name, title, "clone-parent", steps(each(2, child), ready, how, pause))
	if all {
		return s
	}
	return s.keeping("clone-child", 2)
}

func waitsForOne(name, title string, how script) Scene {
	s := belowInit(name, title, "job-server", steps(dying("left-behind", 2), fork(named("long-job", "long-job"), pause), ready, how, pause)).with("long-job")
	if how[0].op == opWaitAll {
		return s
	}
	return s.keeping("left-behind", 2)
}

func missedSigchld(name, title string, handler script) Scene {
	s := belowInit(name, title, "handler", steps(
		handler.with(sigchld), block, dead("worker", 4), one(opUnblock), ready, pause))
	left := 3
	if handler[0].op == opCatch {
		left = 4
	}
	return s.keeping("worker", left)
}

func sigchldBlocked(name, title string, then script) Scene {
	s := belowInit(name, title, "blocker", steps(reapedOne, block, dead("worker", 2), ready, then, pause)).keeping("worker", 2)
	if then[0].op == opFork {
		s = s.with("long-job")
	}
	return s
}

func parentStopped() Scene {
	return belowInit("parent-stopped", "the parent is stopped (SIGSTOP)", "suspended", steps(dead("worker", 2), ready, die(syscall.SIGSTOP), waitAll, pause)).
		keeping("worker", 2).moving()
}

func parentTraced(name, title string, held bool) Scene {
	interrupt := one(opInterruptKept)
	if !held {
		interrupt = nil
	}
	// Ready first: the debugger may stop it right behind the fork.
	s := belowInit(name, title, "debugged", steps(
		dead("worker", 2), ready, fork(named("debugger", "debugger"), one(opKeepParent), one(opSeizeKept), interrupt, pause), pause)).
		keeping("worker", 2).with("debugger")
	if held {
		s = s.moving()
	}
	return s
}

func parentFrozen(name, title string, frozen bool) Scene {
	state := "0"
	if frozen {
		state = "1"
	}
	const dir = "/sys/fs/cgroup/paused"
	s := belowInit(name, title, "frozen-app", steps(
		dead("worker", 2), withText(opMkdir, dir), writeTo(dir+"/cgroup.procs", "0"), ready,
		writeTo(dir+"/cgroup.freeze", state), pause)).keeping("worker", 2)
	s.cgroup = true
	return s
}

func parentUninterruptible(name, title string, stuck script) Scene {
	s := belowInit(name, title, "stuck-app", steps(reapedOne, dead("worker", 2), ready, stuck, pause)).keeping("worker", 2).moving()
	if stuck[0].op == opFork {
		s = s.with("not-yet-exec")
	}
	return s
}

func inheritedByExec(name, title string) Scene {
	s := belowInit(name, title, "sh", steps(fork(exit(0)), await, fork(exit(1)), await, ready, execute("./server", []string{"./server"})))
	s.roles["server"] = steps(ready, pause)
	s.role = "server"
	s.want = census{{"", "reaping-init"}: {live: 1}, {"reaping-init", "server"}: {live: 1}}
	return s.keeping("sh", 2)
}

// reaperTooSlow reaps one child in the time in which one dies, and has a backlog: each waits its turn for 1.4 s.
func reaperTooSlow() Scene {
	const backlog, every = 24, 60
	s := belowInit("reaper-too-slow", "a parent with a backlog of zombies reaps one each time that another child exits", "slow-reaper",
		steps(dying("short-lived", backlog), ready, forever(fork(comm("short-lived"), exit(0)), sleep(every), withN(opWaitAny, noHang))))
	return s.passing("short-lived")
}

func namespaceTeardown(name, title string) Scene {
	return belowInit(name, title, "shim", steps(
		// A PID 1 may be killed before it has given itself a name, so it inherits one.
		withN(opUnshare, newPIDNS), comm("container"), fork(pause), keep, comm("shim"), fork(comm("exec-probe"), exit(1)), await,
		withN(opKillKept, uintptr(syscall.SIGKILL)), ready, pause)).with("container").keeping("exec-probe", 1)
}

// Flags of clone(2).
const (
	newPIDNS = 0x20000000 // CLONE_NEWPID
	// suspends is CLONE_VFORK: until the child executes another program. Without CLONE_VM, which vfork(2) has, so that
	// the child may go on on its own stack.
	suspends = 0x4000
)

// subreaper adopts an orphan that is older than a child of its own, which the kernel lists first.
func subreaper(name, title string) Scene {
	return belowInit(name, title, "supervisor", steps(
		one(opSubreaper),
		fork(setsid, fork(comm("orphan"), sleep(betweenMillis), exit(0)), die(syscall.SIGSTOP)), keep, withN(opWaitKept, untraced),
		sleep(30), // a few ticks, in which start times are counted
		fork(named("helper", "helper"), pause),
		withN(opKillKept, uintptr(syscall.SIGKILL)), withN(opWaitKept, 0), ready, pause)).with("helper").keeping("orphan", 1)
}

// foregroundJob is what bash shows: SIGCHLD blocked and pending, while it waits for any child.
func foregroundJob() Scene {
	return belowInit("foreground-job", "a shell that runs a foreground job has SIGCHLD blocked and pending while it waits for any child; no zombie", "bash",
		steps(block, dead("background-job", 1), fork(named("foreground-job", "foreground-job"), pause), ready, waitAll, pause)).with("foreground-job")
}

// goLike catches the signals that the Go runtime catches, of which 56 say nothing about the program.
func goLike() Scene {
	const caught = 0xfffffffd7fc1fefd
	var handlers script
	for sig := uintptr(1); sig <= 64; sig++ {
		if uint64(caught)>>(sig-1)&1 != 0 && sig != uintptr(syscall.SIGKILL) && sig != uintptr(syscall.SIGSTOP) {
			handlers = append(handlers, withN(opCatch, sig)...)
		}
	}
	return belowInit("idle-go-program", "a Go program has started commands and not called Wait: it catches SIGCHLD, as every Go program does", "go-server",
		steps(handlers, dead("git", 2), ready, pause)).keeping("git", 2)
}

func popenLike() Scene {
	return belowInit("uncollected-popen", "a program has waited for one child and not for another, as Python does until the next poll()", "app.py",
		steps(reapedOne, dead("helper", 1), ready, pause)).keeping("helper", 1)
}

// busyReaper is a PID 1 to which orphans come all the time.
func busyReaper(name, title string, how script) Scene {
	const role = "busy-reaper"
	s := atPID1(name, title, role, steps(reapedOne, ready, how))
	s.roles["orphaner"] = steps(ready, forever(fork(setsid, fork(comm("orphan"), sleep(1), exit(0))), wait, counted, sleep(5)))
	s.entered = []string{"orphaner"}
	s.want = census{{"", role}: {live: 1, any: true}, {"", "orphaner"}: {live: 1, any: true},
		{role, "orphan"}: {any: true}, {role, "orphaner"}: {any: true}, {"orphaner", "orphaner"}: {any: true}, {"orphaner", "orphan"}: {any: true}}
	return s
}
