package simulate

import (
	"fmt"
	"sync"
	"syscall"
)

// scenes are made when somebody asks for one: a program that sets none should not pay for them.
var scenes = sync.OnceValue(func() []Scene { return table() })

// table is a variable for the tests alone, which add their negative controls.
var table = func() []Scene {
	return []Scene{
		pid1NotReaping("pid1-not-reaping", "an application as PID 1 waits only for the children that it starts: the orphans that it adopts stay zombies").shows("Z301"),
		ufBackend{how: asPID1}.scene("uf-backend", "a service manager as PID 1 adopts the tasks of its intermediates and never waits for them: 21 zombies, an init would help"),
		ufBackend{how: asPID1, sameSession: true}.scene("uf-backend-same-session", "the same, but the intermediates do not call setsid: nothing tells an adopted child from one of its own"),
		ufBackend{how: underTini}.scene("uf-backend-tini", "the same manager below tini as PID 1: tini reaps the tasks, and no zombie stays"),
		ufBackend{how: underShell}.scene("uf-backend-shell", "the same manager below a shell as PID 1: the shell reaps while it waits for its foreground child, and no zombie stays"),
		appPID1().shows("Z302", "Z303"),
		neverWaitsUnderInit("never-waits-under-init", "a running parent below tini never waits: an init does not help").shows("Z201", "Z305"),
		deadLeader().shows("Z102"),
		execShell("exec-shell", "a shell that was started from outside the container (PPid 0) keeps zombies of its own"),
		zombiePPid0("zombie-ppid0", "a zombie has PPid 0: its parent runs outside the PID namespace and never waits").shows("Z105"),
		podPause().shows("Z306"),
		leavingThree("leaving-three", "a parent in the caller's own PID namespace leaves zombies").shows("Z201"),
		transient().shows("Z101"),
		orphansUnderTini(),
		churn(),
		traced("traced", "a tracer holds a zombie: its parent waits for any child, and gets none", true).shows("Z103"),
		cloneChild("clone-child", "children send no SIGCHLD when they exit: the parent's ordinary wait never sees them", false).shows("Z104"),
		waitsForOne("waits-for-one", "a parent waits for one child and keeps others", wait).shows("Z202"),
		waitsForOne("waits-for-one-pidfd", "the same, but it waits on a pidfd of the child", one(opWaitPidfd)),
		missedSigchld("missed-sigchld", "a handler reaps one child for each signal: all exited while SIGCHLD was blocked, and one was reaped", one(opCatchReaping)).shows("Z203"),
		sigchldBlocked("sigchld-blocked", "a parent has blocked SIGCHLD, which is pending, and waits for nothing", pause).shows("Z204"),
		parentStopped().shows("Z205"),
		parentTraced("parent-traced", "a debugger holds the parent", true).shows("Z206"),
		parentFrozen("parent-frozen", "the parent's cgroup (v2) is frozen", true).shows("Z207"),
		parentUninterruptible("parent-uninterruptible", "the parent is in uninterruptible sleep: it waits for a page that never comes", one(opFault)).shows("Z208"),
		inheritedByExec("inherited-by-exec", "a shell starts 2 children and then executes a server in its own place: the server does not know them").shows("Z209"),
		reaperTooSlow().shows("Z210"),
		namespaceTeardown("namespace-teardown", "PID 1 of a PID namespace has exited, and the kernel waits for a zombie whose parent is outside").shows("Z308"),
		subreaper("subreaper-not-reaping", "a subreaper below PID 1 adopts an orphan and does not reap it").shows("Z310"),

		initNotFirst("init-not-first", "an entrypoint as PID 1 starts dumb-init as its child: the entrypoint adopts the orphans, and dumb-init none").shows("Z304"),
		hazardousReaper().shows("Z309"),
		containerMainDead("container-main-dead", "the main process of a container has exited, and its shim has not reaped it").shows("Z311"),
		liveOrphans("live-orphans", "an application as PID 1 has adopted a running daemon, which will become a zombie when it exits", setsid).shows("Z312"),
		leak("leak", "a parent leaves one zombie every 2 seconds, as a probe does: for alerts on the rate; it begins with none").shows("Z403", "Z404"),

		// What comes close to these, and is something else.
		sigchldBlocked("in-system", "a program inside system(3) has SIGCHLD blocked and pending while it waits for one child", steps(fork(named("long-job", "long-job"), pause), wait)),
		missedSigchld("handler-never-waits", "a handler for SIGCHLD does not wait: no child was ever reaped", one(opCatch)),
		parentUninterruptible("vfork-parent", "a parent is suspended until the child that it started with vfork(2) calls execve(2)", forkWith(suspends|sigchld, named("not-yet-exec", "not-yet-exec"), pause)),
		parentTraced("parent-seized", "a debugger traces the parent and lets it run", false),
		parentFrozen("parent-thawed", "the parent is in a cgroup (v2) that is not frozen", false),
		foregroundJob(),
		goLike(),
		popenLike(),
		busyReaper("sigtimedwait-loop", "PID 1 waits for SIGCHLD in sigtimedwait(2), as tini does, while orphans come: it reaps them", reap),
		busyReaper("signalfd-loop", "PID 1 keeps SIGCHLD blocked and reads a signalfd, as catatonit does, while orphans come: it reaps them", one(opFlush)),
	}
}

// ufBackend is the incident this project was made for: a manager starts its tasks through intermediates that exit.
type ufBackend struct {
	how         func(manager string) (pid1 []string, adopts string)
	sameSession bool // the intermediates stay in the session and process group of the manager
}

func asPID1(manager string) ([]string, string) { return []string{"./" + manager}, manager }
func underTini(manager string) ([]string, string) {
	return []string{"tini", "--", "./" + manager}, "tini"
}

// The colon keeps the shell from executing its last command in its own place.
func underShell(manager string) ([]string, string) {
	return []string{"sh", "-c", "./" + manager + "; :"}, "sh"
}

const (
	generations   = 3
	taskMillis    = 20 // how long a task runs that exits
	betweenMillis = 60 // from one generation to the next: the start times (10 ms a tick) distinguish them
	aliveTasks    = 3
)

var ufTasks = []struct {
	name string
	ends [generations]script
}{
	{"uf_fafid_daily_test", [...]script{exit(0), exit(0), exit(0)}},
	{"uf_fnode_daily_test", [...]script{exit(0), exit(1), exit(0)}},
	{"uf_fstat_daily_test", [...]script{exit(0), exit(0), exit(1)}},
	{"uf_ftask_daily_test", [...]script{exit(1), exit(0), die(syscall.SIGKILL)}},
	{"uf_fsync_daily_test", [...]script{exit(0), die(syscall.SIGTERM), exit(0)}},
	{"uf_fuptest_daily_test", [...]script{exit(0), exit(0), exit(7)}},
	{"uf_fdltest_daily_test", [...]script{die(syscall.SIGSEGV), exit(0), exit(0)}},
}

func (u ufBackend) scene(name, title string) Scene {
	const manager = "uf_backend_test"
	pid1, adopts := u.how(manager)
	s := Scene{Name: name, Title: title, role: manager, pid1: pid1, roles: map[string]script{manager: u.manager()}}
	s.want = census{{"", manager}: {live: 1}}
	if adopts != manager {
		s.Needs = adopts
		s.want = census{{"", adopts}: {live: 1}, {adopts, manager}: {live: 1}}
	}
	left := 0
	if adopts == manager {
		left = generations
		s.parent = manager
	}
	s.Zombies = left * len(ufTasks)
	for i, t := range ufTasks {
		c := count{zombies: left}
		if i < aliveTasks {
			c.live = 1
		}
		s.want[bond{adopts, cut(t.name)}] = c
	}
	return s
}

func (u ufBackend) manager() script {
	var intermediate script
	if !u.sameSession {
		intermediate = setsid
	}
	// The manager waits for exactly the intermediate, as a program that calls waitpid with the PID it got from fork does:
	// its cminflt is above 0 and it is not a reaper all the same.
	start := func(name string, end script) script {
		return steps(fork(intermediate, fork(named(name, "./"+name), end)), wait)
	}
	var s script
	for g := range generations {
		for _, t := range ufTasks {
			s = append(s, start(t.name, steps(sleep(taskMillis), t.ends[g]))...)
		}
		s = append(s, sleep(betweenMillis)...)
	}
	for _, t := range ufTasks[:aliveTasks] {
		s = append(s, start(t.name, pause)...)
	}
	return steps(s, ready, pause)
}

// cut is what the kernel keeps of a name: TASK_COMM_LEN with its NUL.
func cut(name string) string { return name[:min(len(name), 15)] }

func appPID1() Scene {
	return atPID1("app-pid1", "an application as PID 1 has one worker: no zombie, but it does not reap and does not handle SIGTERM", "app-server",
		steps(fork(named("app-worker", "app-server: worker"), pause), ready, pause)).with("app-worker")
}

func neverWaitsUnderInit(name, title string) Scene {
	child := comm("leaky-child")
	return belowTini(name, title, "leaky-parent",
		steps(each(3, fork(child, exit(0)), fork(child, exit(3)), fork(child, die(syscall.SIGKILL))), ready, pause)).keeping("leaky-child", 3)
}

func deadLeader() Scene {
	s := belowTini("dead-leader", "the first thread of a process has exited while others run: even a parent in wait4(-1) cannot reap this zombie", "good-parent",
		steps(fork(execute("./dead-leader", []string{"./dead-leader"})), ready, waitAll, pause)).keeping("dead-leader", 1)
	s.roles["dead-leader"] = one(opDeadLeader)
	s.parent = "" // it would reap
	return s
}

// reapingInit is a PID 1 that reaps. It starts with a child of its own, so that its cminflt shows it.
var reapingInit = steps(fork(exit(0)), wait, ready, reap)

func execShell(name, title string) Scene {
	child := comm("sleep")
	return entering(name, title, "sh", steps(each(2, fork(child, exit(0)), fork(child, exit(1))), ready, pause)).keeping("sleep", 2)
}

func zombiePPid0(name, title string) Scene {
	s := entering(name, title, "outside-parent", steps(
		one(opSetnsUser).with(userNSFD), one(opDieWith), one(opSetns).with(pidNSFD), each(1, fork(comm("exec-probe"), setsid, exit(0))), ready, pause))
	s.entered, s.outside = nil, s.entered
	return s.keeping("exec-probe", 1)
}

func (s script) with(n uintptr) script { s[0].n = n; return s }

func podPause() Scene {
	return Scene{
		Name: "pod-pause", Title: "a pod with a shared PID namespace: pause as PID 1 reaps, and the first processes of the containers have PPid 0; no zombie",
		pid1: []string{"./pause"},
		roles: map[string]script{
			"pause": steps(title("/pause"), reapingInit),
			"nginx": steps(title("nginx: master process nginx -g daemon off;"), fork(title("nginx: worker process"), pause), ready, pause),
			"sh":    steps(ready, pause),
		},
		entered: []string{"nginx", "sh"},
		want:    census{{"", "pause"}: {live: 1}, {"", "nginx"}: {live: 1}, {"nginx", "nginx"}: {live: 1}, {"", "sh"}: {live: 1}},
	}
}

func leavingThree(name, title string) Scene {
	child := comm("leaves-child")
	return Scene{
		Name: name, Title: title, Zombies: 3, role: "leaves-three", parent: "leaves-three",
		roles:   map[string]script{"leaves-three": steps(each(3, fork(child, exit(0)), fork(child, exit(1)), fork(child, die(syscall.SIGKILL))), ready, pause)},
		outside: []string{"leaves-three"},
		want:    census{{"", "leaves-three"}: {live: 1}, {"leaves-three", "leaves-child"}: {zombies: 3}},
	}
}

func transient() Scene {
	s := entering("transient", "a parent reaps each child 20 ms after it exited: one look sees a zombie, and a second look finds it gone", "slow-reaper",
		steps(ready, forever(fork(comm("short-lived"), exit(0)), sleep(20), wait, counted))).passing("short-lived")
	s.parent = "" // it does reap
	return s
}

func orphansUnderTini() Scene {
	var leave script
	for i := range uintptr(5) {
		leave = append(leave, steps(fork(setsid, fork(comm(fmt.Sprintf("orphan-%d", i)), sleep(taskMillis), exit(i))), wait)...)
	}
	return belowTini("orphans-under-tini", "a process below tini leaves orphans: tini reaps them; no zombie", "leaves-orphans",
		steps(leave, sleep(betweenMillis), ready, pause))
}

func churn() Scene {
	s := entering("churn", "processes start and exit as fast as possible below a parent that reaps at once: no lasting zombie", "churning",
		steps(ready, forever(fork(comm("mayfly"), exit(0)), wait, counted))).passing("mayfly")
	s.want[bond{"", "churning"}] = count{live: 1, any: true}
	s.parent = "" // it does reap
	return s
}

// shows names the findings that a scene is a drill for.
func (s Scene) shows(rules ...string) Scene {
	s.Rules = rules
	return s
}

// pid1NotReaping is the plainest cause of all.
func pid1NotReaping(name, title string) Scene {
	return atPID1(name, title, "app-server", steps(each(5, steps(fork(setsid, fork(comm("orphan"), exit(0))), wait)), ready, pause)).keeping("orphan", 5)
}

// leak goes on for ever, so it takes some time until it differs from a burst.
func leak(name, title string) Scene {
	const every = 2000 // milliseconds
	return belowInit(name, title, "leaky-daemon", steps(ready, forever(sleep(every), fork(comm("probe"), exit(0))))).passing("probe")
}

// initNotFirst has an init below the program that should be one.
func initNotFirst(name, title string) Scene {
	s := atPID1(name, title, "entrypoint", steps(
		fork(execute("./dumb-init", []string{"dumb-init", "--", "./app"})), each(3, steps(fork(setsid, fork(comm("orphan"), exit(0))), wait)), ready, pause))
	// It reaps, as dumb-init does, had it anything to reap. Under the name of tini we are an init ourselves.
	s.roles["dumb-init"] = steps(ready, reap)
	return s.with("dumb-init").keeping("orphan", 3)
}

func hazardousReaper() Scene {
	return atPID1("hazardous-reaper", "PID 1 is called postgres: it reaps what it adopts, and takes it for a process of its own; no zombie", "postgres", reapingInit)
}

// containerMainDead has the PID 1 of a PID namespace for a zombie.
func containerMainDead(name, title string) Scene {
	return belowInit(name, title, "containerd-shim", steps(
		withN(opUnshare, newPIDNS), fork(comm("container-app"), exit(1)), await, ready, pause)).keeping("container-app", 1)
}

// liveOrphans: how is what the intermediate does; without setsid nothing shows that the daemon was adopted.
func liveOrphans(name, title string, how script) Scene {
	return atPID1(name, title, "app-server", steps(fork(how, fork(named("daemon", "daemon"), pause)), wait, ready, pause)).with("daemon")
}
