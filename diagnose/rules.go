package diagnose

// Rule is one entry of the catalogue: what it is called, what it means, and
// how it is decided. explain, the runbooks and the tests all come from here.
type Rule struct {
	ID       string // stable for ever
	Name     string
	Severity Severity
	Title    string // one line
	Means    string // what it means; Markdown
	Confirm  string // how to confirm it by hand; Markdown
	Fix      string // what to do; Markdown

	// How it is decided: for one zombie, for one parent, or for the whole.
	zombie func(*exam, *Zombie) *Finding
	parent func(*exam, *Parent) *Finding
	whole  func(*exam) []*Finding
}

// Rules returns the catalogue, ordered by id.
func Rules() []*Rule { return rules }

// FindRule returns the rule with that id, or nil.
func FindRule(id string) *Rule {
	for _, r := range rules {
		if r.ID == id {
			return r
		}
	}
	return nil
}

var rules = []*Rule{
	{
		ID: "Z101", Name: "transient", Severity: Info, whole: transient,
		Title: "A zombie that was gone a moment later",
		Means: `Between its death and its parent's wait every process is a zombie for a moment. These were zombies in the
first look and gone in the second, so somebody reaps them. They do not count as zombies.`,
		Confirm: "    ps -o pid,ppid,stat,comm -p PID      # a moment later: no such process",
		Fix:     "Nothing. If they come in great numbers, look at what starts so many short-lived processes.",
	},
	{
		ID: "Z102", Name: "live-threads", Severity: Warning, zombie: liveThreads,
		Title: "The thread-group leader has ended, other threads have not",
		Means: `The main thread of the process has ended (pthread_exit, or a fatal error in a driver), while at least one other
thread lives. The process shows as a zombie, but the kernel reports its death to the parent only when the last
thread ends: until then nobody can reap it. The parent is not to blame, and an init cannot help.`,
		Confirm: `    ps -L -o pid,tid,stat,wchan,comm -p PID   # the leader is Z, another thread is not
    grep Threads /proc/PID/status             # more than 1`,
		Fix: `Look at the thread that lives. In state D it waits for a device or a network file system: repair that. In state S
it waits for something in the program: kill -9 PID reaches all of its threads, and ends it.`,
	},
	{
		ID: "Z105", Name: "parent-outside", Severity: Warning, zombie: parentOutside,
		Title: "The zombie's parent is outside of this PID namespace",
		Means: `Its PPid is 0: it was started from outside, by kubectl exec, docker exec or nsenter, and its parent lives on the
node. Nobody in this namespace can reap it, not even PID 1. As long as it stays, the namespace cannot end.`,
		Confirm: `    awk '/^PPid/' /proc/PID/status            # 0 in here
    ps -o pid,ppid,comm -p PID_ON_THE_NODE    # on the node it has a parent: a shim, or conmon`,
		Fix: "Look from the node. The parent is the container runtime's shim or conmon; when it is stopped or stuck, repair that. Do not kill it casually: the container goes with it.",
	},
	{
		ID: "Z201", Name: "never-waits", Severity: Warning, parent: neverWaits,
		Title: "A living parent that does not wait for its children",
		Means: `The parent is alive and is not seen waiting. Either it has never waited for any child in its life (its count of the
faults of children that it waited for is 0), or it shows no means to do so now. Its zombies stay until it waits
for them or ends. An init as PID 1 does not help: while the parent lives, its children are its own to reap.`,
		Confirm: `    awk '{sub(/.*\) /, ""); print $9}' /proc/PARENT/stat   # cminflt: 0 = has never waited for a child
    cat /proc/PARENT/task/*/syscall                        # 61 or 247 on x86-64: waits (wait4, waitid)`,
		Fix: `The program has to wait: waitpid() in a loop on SIGCHLD in C, cmd.Wait() in Go, Popen.wait() in Python, the
'exit' event in Node. To clear the zombies now, restart that one program: they pass to PID 1 (or the nearest
subreaper), which reaps them if it is any good.`,
	},
	{
		ID: "Z301", Name: "pid1-not-reaping", Severity: Warning, parent: pid1NotReaping,
		Title: "PID 1 keeps zombies that it adopted, or may have adopted",
		Means: `When a process ends, its children are given to PID 1 of their PID namespace. An init waits for them. This PID 1
does not: it was written as an application, and is PID 1 only because it is the first process of a container.
Each orphan that ends stays as a zombie for as long as the container runs.`,
		Confirm: `    ps -o pid,ppid,stat,sid,comm --ppid 1     # Z, with a session leader that is gone: adopted
    # or let one orphan end, and look whether it is still there:
    sh -c '(sleep 1 &)'; sleep 2; ps -o pid,ppid,stat,comm --ppid 1`,
		Fix: `Give the container an init as PID 1:

- Kubernetes: shareProcessNamespace: true in the pod's spec. The pod's pause process is then PID 1 for all its
  containers. They see each other's processes and, by /proc/PID/root, each other's files.
- Docker, Podman: docker run --init.
- In the image: ENTRYPOINT ["tini", "--", "your-program"].

To clear the zombies that are there, restart the container. If the zombies may be PID 1's own children (the
report says that their origin is unknown), an init may not help: run once with an init, and see whether they
still come.`,
	},
	{
		ID: "Z302", Name: "pid1-not-init", Severity: Info, whole: pid1NotInit,
		Title: "PID 1 is no init; there is no zombie yet",
		Means: `PID 1 of this namespace is not a program that is made for it. As long as no process is orphaned, nothing happens.
The first exec probe that times out, or the first helper that outlives its parent, may leave a zombie for good.
A shell as PID 1 reaps while it waits for a command, and is still no init: it never passes a signal on.`,
		Confirm: "    cat /proc/1/comm; tr '\\0' ' ' < /proc/1/cmdline\n    grep -E 'Sig(Blk|Ign|Cgt)' /proc/1/status   # 10000 in SigCgt: a handler for SIGCHLD",
		Fix:     "Give the container an init, as for Z301, before it hurts.",
	},
	{
		ID: "Z303", Name: "pid1-drops-sigterm", Severity: Warning, whole: pid1DropsSigterm,
		Title: "SIGTERM does not get through PID 1",
		Means: `The kernel drops every signal to PID 1 of a PID namespace for which it has no handler. This PID 1 has none for
SIGTERM, and does not read it from a signalfd or wait for it. A stop (kubectl delete pod, docker stop) therefore
waits out its whole grace period and ends in SIGKILL: no clean shutdown, and slow roll-outs. It counts in a
check only where it is named in --fail-on.`,
		Confirm: "    grep SigCgt /proc/1/status                  # bit 4000 is SIGTERM\n    docker inspect -f '{{.Config.StopSignal}}' IMAGE   # another signal may be meant",
		Fix:     "An init as PID 1 passes SIGTERM on. Or handle it in the program. In a shell script: exec the program as the last command.",
	},
	{
		ID: "Z305", Name: "init-cannot-help", Severity: Info, whole: initCannotHelp,
		Title: "There is a good init, and these zombies have a living parent",
		Means: `PID 1 is an init that reaps what it adopts. It cannot help here: it adopts a process only when its parent ends, and
the parent of these zombies lives. "The init does not reap" is the wrong ticket; the parent does not.`,
		Confirm: "    ps -o pid,ppid,stat,comm -p ZOMBIE          # its PPid is not 1",
		Fix:     "Fix the parent, as for Z201.",
	},
	{
		ID: "Z306", Name: "shared-pid-namespace", Severity: Info, whole: sharedPIDNamespace,
		Title: "The containers of this pod share a PID namespace",
		Means: `PID 1 is the pod's sandbox process (pause), and processes of other containers are in view: the pod runs with
shareProcessNamespace: true. Orphans of all containers are reaped by it. The price: each container sees the
processes, arguments and (by /proc/PID/root, with the same user or as root) the files of the others.`,
		Confirm: "    cat /proc/1/comm                            # pause\n    kubectl get pod POD -o jsonpath='{.spec.shareProcessNamespace}'",
		Fix:     "Nothing, where it is meant. Where the isolation is wanted, give each container its own init instead.",
	},
	{
		ID: "Z307", Name: "host-pid-namespace", Severity: Info, whole: hostPIDNamespace,
		Title: "We are in a container, and in the machine's PID namespace",
		Means: "The container runs with hostPID: true (docker run --pid=host): every process of the node is in view, with its arguments.",
		Confirm: `    readlink /proc/self/ns/pid                  # pid:[4026531836] is the machine's own
    ps -p 2 -o comm                             # kthreadd: kernel threads are in view`,
		Fix: "Nothing, where it is meant (a node agent). Elsewhere take hostPID away.",
	},
	{
		ID: "Z401", Name: "pid-pressure", Severity: Warning, whole: pidPressure,
		Title: "A limit on processes is nearly used up",
		Means: `Zombies count against every limit on processes: pids.max of their cgroup and of all above it (docker --pids-limit,
the pod limit, systemd TasksMax=), RLIMIT_NPROC of their user, kernel.threads-max, kernel.pid_max. The one that is
used up most is nearly full: fork then fails with "Resource temporarily unavailable", for everybody under it. A
warning from 75 % on, critical from 90 %. It also warns when forks have been refused already and zombies hold at least
a tenth of the limit. From inside a container other containers' processes, and limits further up, are out of sight.`,
		Confirm: `    cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids.current /sys/fs/cgroup/pids.events   # v2, in a container
    cat /sys/fs/cgroup/pids/pids.{max,current,events}                                    # v1, in a container
    grep processes /proc/PARENT/limits; cat /proc/sys/kernel/threads-max /proc/sys/kernel/pid_max /proc/loadavg`,
		Fix: `Where zombies hold much of it, repair or restart the parent that the report names: reaping frees PIDs at once. To
raise the limit buys time. Where zombies hold little, look for what else starts processes or threads.

At the limit nothing new starts in that cgroup, kubectl exec and docker exec included. zombiectl forks nothing, but
like every Go program needs some threads: it starts with four free PIDs (three or four with GOMAXPROCS=1 set, up to
six on many processors). With fewer, run it from outside of the cgroup: on the node.`,
	},
	{
		ID: "Z402", Name: "pid-exhaustion", Severity: Critical, whole: pidExhaustion,
		Title: "A limit on processes will be hit soon",
		Means: `At the rate at which zombies come, a limit on processes is used up within --horizon (24 h unless told). The rate has
to rest on at least five deaths. It is likely when even the slowest rate that fits what was seen gets there in time,
and possible otherwise.`,
		Confirm: `    watch -n 60 'cat /sys/fs/cgroup/pids.current; ps -eo stat | grep -c ^Z'     # both grow`,
		Fix:     "As for Z401, before it happens.",
	},
	{
		ID: "Z403", Name: "leak", Severity: Warning, parent: leak,
		Title: "Zombies keep coming",
		Means: `At least five zombies of this parent died one after the other over half a minute or more, not in one burst, and the
last not long ago: more will come. The rate rests on the times of death of the zombies that are there.`,
		Confirm: `    watch -n 10 'ps -eo stat,ppid | grep -c "^Z.* PARENT$"'     # it grows
    grep exec_start /proc/ZOMBIE/sched     # when it died, in ms, on the clock of its CPU`,
		Fix: "Fix the cause that the report names beside it. Until then, see how long the limits on processes last.",
	},
	{
		ID: "Z404", Name: "periodic", Severity: Info, whole: periodic,
		Title: "The same command, started at a regular interval",
		Means: `Zombies of one command were started at a regular interval: a probe, a health check or a cron job makes them. At least
five starts, nine in ten of them whole intervals apart.`,
		Confirm: `    ps -o lstart,comm --ppid PARENT | sort        # the same distance from line to line
    kubectl get pod POD -o jsonpath='{..periodSeconds}'`,
		Fix: `Find what runs at that interval: periodSeconds of an exec probe, HEALTHCHECK of the image, a cron line. A probe that is
killed by its time-out leaves its children behind: give the command a shorter time-out of its own, or use an
HTTP or TCP probe.`,
	},
	{
		ID: "Z405", Name: "leaky-tool", Severity: Info, whole: leakyTool,
		Title: "Zombies of a tool that leaves a process behind each time",
		Means: `busybox timeout executes the command in its own place and leaves a watchdog process, busybox wget leaves an
ssl_client for https. Below a PID 1 that does not reap, each use is a zombie.`,
		Confirm: "    readlink -f $(command -v timeout) $(command -v wget)     # busybox",
		Fix:     "Use coreutils' timeout, or curl. Or give the container an init, which reaps what is left.",
	},
	{
		ID: "Z901", Name: "blind", Severity: Warning, whole: blind,
		Title: "Not every process could be seen",
		Means: `Part of what there is was hidden or could not be made sense of: /proc is mounted with hidepid or subset=pid, a file
was malformed or not readable, or a parent is missing from view. The rest was judged; but "no zombies" cannot be
said. A check that would otherwise pass exits 3; --allow-partial waives that.`,
		Confirm: "    grep ' /proc ' /proc/self/mountinfo         # hidepid=, subset=\n    ls -ld /proc/[0-9]* | wc -l",
		Fix:     "Look as root with CAP_SYS_PTRACE, or as a member of the group in the gid= option of the mount. Record a broken recording anew.",
	},
	{
		ID: "Z902", Name: "unknown-facts", Severity: Info, whole: unknownFacts,
		Title: "Some facts about the processes in view are hidden",
		Means: `Every process is in view, but the kernel does not tell us everything about each: what a thread waits for, the
namespaces, the executable, are for the same user or CAP_SYS_PTRACE only. What rests on such a fact is shown as
unknown.`,
		Confirm: "    cat /proc/PID/syscall; readlink /proc/PID/ns/pid    # Permission denied",
		Fix:     "Look as root with CAP_SYS_PTRACE when the verdict matters.",
	},
}
