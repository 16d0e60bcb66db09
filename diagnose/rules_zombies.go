package diagnose

// zombieRules: the zombie itself: it is gone a moment later, or its parent is not to blame.
var zombieRules = []*Rule{
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
		ID: "Z103", Name: "traced", Severity: Warning, zombie: traced,
		Title: "A tracer holds the zombie",
		Means: `Another process traces this one (ptrace: a debugger, strace, a profiler). When a traced process ends, the kernel tells
its tracer first. Until the tracer has waited for it, or ends, the parent's wait does not see it: the parent is not to
blame, and an init cannot help.`,
		Confirm: `    grep TracerPid /proc/PID/status           # not 0: the thread that traces it
    ps -o pid,stat,comm -p TRACER             # T or t: it is stopped itself`,
		Fix: "Let the tracer go on, detach, or end it: the zombie is then its parent's again, and is reaped as usual. A tracer that is stopped (T) has to be continued first.",
	},
	{
		ID: "Z104", Name: "clone-child", Severity: Warning, zombie: cloneChild,
		Title: "A child whose exit signal is not SIGCHLD",
		Means: `The parent made this child with clone(2) and another exit signal than SIGCHLD, or none. Such a child is passed over by
a wait that does not say __WALL or __WCLONE: waitpid(-1, ...) returns ECHILD as if there was none. It is the parent's
own child for sure, because adoption sets the signal to SIGCHLD, as execve does.`,
		Confirm: `    awk '{sub(/.*\) /, ""); print $36}' /proc/PID/stat      # exit_signal: 17 is SIGCHLD`,
		Fix:     "Wait with __WALL (or __WCLONE), or give clone SIGCHLD as the exit signal. Ending the parent clears it too: whoever adopts it gets SIGCHLD.",
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
}
