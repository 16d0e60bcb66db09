package diagnose

// pid1Rules: PID 1: does it reap what it adopts, does SIGTERM get through, would an init help.
var pid1Rules = []*Rule{
	{
		ID: "Z301", Name: "pid1-not-reaping", Severity: Warning, parent: pid1NotReaping,
		Title: "PID 1 keeps zombies that it adopted, or may have adopted",
		Means: `When a process ends, its children are given to PID 1 of their PID namespace. An init waits for them. This PID 1
does not: it was written as an application, and is PID 1 only because it is the first process of a container.
Each orphan that ends stays as a zombie for as long as the container runs.`,
		Confirm: `    ps -o pid,ppid,stat,sid,comm --ppid 1     # Z, with a session leader that is gone: adopted
    # or let one orphan end, and look whether it is still there:
    sh -c '(sleep 1 &)'; sleep 2; ps -o pid,ppid,stat,comm --ppid 1
    zombiectl probe                           # does that, and looks until it is really gone`,
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
		ID: "Z304", Name: "init-not-first", Severity: Warning, whole: initNotFirst,
		Title: "An init runs, but it is not PID 1",
		Means: `An init runs in this PID namespace, below a PID 1 that keeps zombies. Orphans go to PID 1, past the init, unless that
is a subreaper: the init in the image does nothing. A shell form of ENTRYPOINT does this (the shell is PID 1), so does
an entrypoint script that does not exec, a runtime's own init before the image's, and a deployment that overrides the
entrypoint and calls the init from a script.`,
		Confirm: `    cat /proc/1/comm                            # is no init
    ps -eo pid,ppid,args | grep -E 'tini|dumb-init|catatonit|docker-init'   # and here is one, with another PID`,
		Fix: `Make the init the first program: the exec form, ENTRYPOINT ["tini", "--", "program"], and in a script exec as the last
line. With one init from the runtime (docker run --init) take that of the image away, or let it be a subreaper:
tini -s, zombiectl init -s, TINI_SUBREAPER= in the environment.`,
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
		Fix: `Nothing, where it is meant (a node agent). Elsewhere take hostPID away. The Pod Security levels baseline and restricted
forbid it; PodSecurityPolicy is gone since Kubernetes 1.25. See also the topic host-pid-namespace.`,
	},
	{
		ID: "Z308", Name: "namespace-teardown", Severity: Critical, whole: namespaceTeardown,
		Title: "A PID namespace does not end: its PID 1 waits for the rest",
		Means: `PID 1 of a PID namespace has ended. The kernel has sent SIGKILL to all others in it, and makes PID 1 wait until the
last of them is gone (zap_pid_ns_processes), for more than ten seconds now. What keeps it is a process that no
signal ends (state D), one that is traced, or a zombie whose parent is outside of the namespace and does not reap it.
Until then the container cannot be removed, and its PID 1 shows as alive.`,
		Confirm: `    cat /proc/PID/wchan                       # zap_pid_ns_processes; or do_wait, while a child of it is left
    ls -l /proc/[0-9]*/ns/pid | grep -F "$(readlink /proc/PID/ns/pid)"   # who else is in there`,
		Fix: `Look at the process that the report names. In state D: repair the device or file system. Traced: end the tracer. A
zombie: its parent, from outside, has to reap it; that is what entered the namespace (kubectl exec, docker exec,
nsenter) or the runtime's shim. Killing PID 1 again does nothing.`,
	},
	{
		ID: "Z309", Name: "hazardous-reaper", Severity: Info, whole: hazardousReaper,
		Title: "PID 1 is a server that reaps orphans, with side effects",
		Means: `PID 1 is a server that waits for any child, so there are no zombies. But it takes an orphan for a child of its own:
postgres may take one that ended badly for a crashed backend, and restarts the whole cluster; redis, php-fpm and nginx
log a process that they do not know. The orphans are those of exec probes, of docker exec, or of helpers.`,
		Confirm: `    cat /proc/1/comm
    kubectl logs POD | grep -iE 'unknown (child|process)|untracked child|server process .* exited'`,
		Fix: "With an init as PID 1 the server never sees an orphan: shareProcessNamespace: true, docker run --init, or an init in the image.",
	},
	{
		ID: "Z310", Name: "subreaper-not-reaping", Severity: Warning, parent: subreaperNotReaping,
		Title: "A subreaper below PID 1 keeps what it adopted",
		Means: `A process that called prctl(PR_SET_CHILD_SUBREAPER) adopts the orphans below it, in place of PID 1, and has to reap
them. This one does not. Such are containerd-shim, conmon, systemd --user and tini -s, and programs of your own. An
init as PID 1 does not help: it sits higher, and never gets to see them. The kernel does not show who is a
subreaper; what shows it is that it has adopted.`,
		Confirm: `    ps -o pid,ppid,sid,stat,comm --ppid PARENT   # Z, with a session leader that is gone
    cat /proc/PARENT/task/*/children             # in the order in which they came: an older one after a younger one was adopted`,
		Fix: "The subreaper has to wait for children that it never started: waitpid(-1, ..., WNOHANG) until nothing is left. Or it should not be one.",
	},
	{
		ID: "Z311", Name: "container-main-dead", Severity: Critical, parent: containerMainDead,
		Title: "A container's main process is a zombie under its shim",
		Means: `The process is PID 1 of a PID namespace, has ended, and its parent is a container runtime's shim (containerd-shim,
conmon), which has not reaped it. To the runtime the container still runs: probes time out, exec fails, and a pod that
is deleted stays Terminating. Either the runtime lost the exit event, or the process has threads that live (Z102).`,
		Confirm: `    grep -E 'State|NSpid|Threads|PPid' /proc/PID/status     # Z, and the last number of NSpid is 1
    crictl ps; crictl inspect CONTAINER                     # running, with this PID`,
		Fix: `With live threads: find out what they wait for, often a device or NFS. Else make the runtime stop and remove the
container; restart the runtime (containerd, docker, crio) when it does not react. Ending the shim by hand is the last
resort. Look for a newer version of the runtime: lost exit events have been bugs of it.`,
	},
	{
		ID: "Z312", Name: "live-orphans", Severity: Info, whole: liveOrphans,
		Title: "Orphans live under a PID 1 that does not reap: the next zombies",
		Means: `PID 1 has adopted processes that live still: their parents have ended. It does not reap, so each will be a zombie when
it ends. Such are shells that a broken kubectl exec left behind, and daemons that an entrypoint script started.`,
		Confirm: "    ps -eo pid,ppid,sid,stat,comm | awk '$2 == 1'      # children of PID 1, with a session leader that is gone",
		Fix:     "Give the container an init, before they end: it has to be PID 1 from the start, so the container has to be made anew.",
	},
}
