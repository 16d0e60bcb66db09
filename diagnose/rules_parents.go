package diagnose

// parentRules: a living parent that does not reap.
var parentRules = []*Rule{
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
		ID: "Z202", Name: "waits-for-one", Severity: Warning, parent: waitsForOne,
		Title: "The parent waits, for another child",
		Means: `Every thread of the parent that waits at all waits for one certain child (waitpid with its PID, waitid with a pidfd, or
a program inside system(3)), or is suspended by a child that it started with vfork and that has not called exec. The
zombies are others: this wait does not see them. They stay until the program gets to them, which may be never.`,
		Confirm: `    cat /proc/PARENT/task/*/syscall           # x86-64: 61 is wait4, its first argument the PID; 247 is waitid
    grep Pid: /proc/PARENT/fdinfo/FD          # for which process a pidfd stands`,
		Fix: `Wait for all children: waitpid(-1, ..., WNOHANG) in a loop on SIGCHLD, or one wait for each child that is started. A
SIGCHLD from outside changes nothing. An init as PID 1 does not help: the parent lives.`,
	},
	{
		ID: "Z203", Name: "missed-sigchld", Severity: Warning, parent: missedSigchld,
		Title: "The parent handles SIGCHLD, and has missed some",
		Means: `The parent has a handler for SIGCHLD, or reads it from a signalfd, and has reaped children before. Now it sleeps, no
SIGCHLD is pending, and there are zombies left. Signals do not queue: several deaths may give one SIGCHLD, and a
handler that calls wait once for each signal leaves the rest.`,
		Confirm: `    grep -E 'SigCgt|ShdPnd' /proc/PARENT/status   # 10000: a handler for SIGCHLD; none pending
    kill -CHLD PARENT; ps --ppid PARENT           # fewer zombies than before: that was it`,
		Fix: `In the handler call waitpid(-1, ..., WNOHANG) until it returns 0 or ECHILD. To clear those that are there, a SIGCHLD
may do: it clears one, or all. "zombiectl reap --parent PARENT" sends it again while it helps.`,
	},
	{
		ID: "Z204", Name: "sigchld-blocked", Severity: Warning, parent: sigchldBlocked,
		Title: "SIGCHLD is blocked in every thread, and pending",
		Means: `In two looks SIGCHLD was pending for the parent and blocked in every thread of it; no signalfd reads it and no thread
waits. The program does not learn that its children have ended. A signal mask survives fork and exec: what started
the program may have left SIGCHLD blocked. One look would not be enough: a shell shows the same while it runs a job
in the foreground.`,
		Confirm: `    grep -E 'SigBlk|ShdPnd' /proc/PARENT/status /proc/PARENT/task/*/status   # 10000 in both, again and again
    cat /proc/PARENT/task/*/wchan                                            # nobody in do_wait or do_sigtimedwait`,
		Fix: "Unblock SIGCHLD in the program (sigprocmask), or in what starts it before exec. Sending SIGCHLD is useless: it stays pending too.",
	},
	{
		ID: "Z205", Name: "parent-stopped", Severity: Warning, parent: haltedAs("Z205"),
		Title:   "The parent is stopped (T)",
		Means:   "The parent was stopped by SIGSTOP, SIGTSTP, SIGTTIN or SIGTTOU. It does nothing at all until it gets SIGCONT, reaping included. Nothing can be said about the program: it may reap well.",
		Confirm: "    ps -o pid,stat,comm -p PARENT             # T",
		Fix:     "    kill -CONT PARENT\n\nOr \"zombiectl reap --parent PARENT --signal CONT\", which asks and looks again (without a terminal: --yes). If it is stopped at once by SIGTTIN or SIGTTOU, it reads from, or writes to, a terminal that is not its own.",
	},
	{
		ID: "Z206", Name: "parent-traced", Severity: Warning, parent: haltedAs("Z206"),
		Title: "A debugger holds the parent (t)",
		Means: "The parent is stopped by its tracer (gdb, strace, a profiler), in both looks. It does nothing until that lets it go on, reaping included.",
		Confirm: `    ps -o pid,stat,comm -p PARENT             # t
    grep TracerPid /proc/PARENT/status        # who holds it`,
		Fix: "Continue or detach in the debugger, or end it. Then look again.",
	},
	{
		ID: "Z207", Name: "parent-frozen", Severity: Warning, parent: haltedAs("Z207"),
		Title: "The parent's cgroup is frozen",
		Means: `The parent is in a cgroup that is frozen, or that is below one: docker pause, systemctl freeze, a checkpoint, a node
agent. A frozen process does nothing, reaping included. By cgroup v1 it looks like D, by v2 like S.`,
		Confirm: `    cat /proc/PARENT/cgroup
    cat /sys/fs/cgroup/freezer/CGROUP/freezer.state      # v1: FROZEN
    grep frozen /sys/fs/cgroup/CGROUP/cgroup.events      # v2: frozen 1`,
		Fix: `Thaw it by the tool that froze it: docker unpause, podman unpause, systemctl thaw. By hand:

    echo THAWED > /sys/fs/cgroup/freezer/CGROUP/freezer.state
    echo 0 > /sys/fs/cgroup/CGROUP/cgroup.freeze`,
	},
	{
		ID: "Z208", Name: "parent-uninterruptible", Severity: Warning, parent: haltedAs("Z208"),
		Title: "The parent is in uninterruptible sleep (D)",
		Means: `In two looks the parent was in state D: it waits in the kernel for a device, a network file system or a driver, and no
signal interrupts that. It is not suspended by vfork, which looks the same: that is Z202. Its zombies stay until
what it waits for comes.`,
		Confirm: `    ps -o pid,stat,wchan:32,comm -p PARENT    # D, and the kernel function
    cat /proc/PARENT/stack                    # as root: how it got there`,
		Fix: "Repair what it waits for: the NFS server, the disk, the driver. Killing it, or sending it signals, has no effect before that.",
	},
	{
		ID: "Z209", Name: "inherited-by-exec", Severity: Info, parent: inheritedByExec,
		Title: "The zombies are children of what ran before, in the same process",
		Means: `A script started something in the background and then called exec. The program that it executed is the same process,
so the children are its own now; but it did not start them, and does not know that it should wait for them. What
shows it: children that have not called execve themselves run, or ran, another program than their parent does now.`,
		Confirm: `    ps -o pid,ppid,lstart,comm --ppid PARENT  # children named after a shell, older than anything else
    readlink /proc/PARENT/exe /proc/CHILD/exe # of a living child that has not called execve`,
		Fix: "Start nothing in the background before exec. Start it from the program, as a service of its own, or keep the shell: a shell waits for all.",
	},
	{
		ID: "Z210", Name: "reaper-too-slow", Severity: Warning, parent: reaperTooSlow,
		Title: "The parent reaps, and cannot keep up",
		Means: `Between two looks the parent reaped children that had been dead for more than a second, and there were more. It does
its work, later than they die: too many children, or a loop that takes one of them each time round.`,
		Confirm: `    awk '{sub(/.*\) /, ""); print $9}' /proc/PARENT/stat   # cminflt: it grows from one time to the next: it reaps
    ps --ppid PARENT | grep -c defunct                      # this does not go down`,
		Fix: "Start fewer processes, or reap all that have ended each time: waitpid(-1, ..., WNOHANG) until nothing is left. If it does that already, profile it.",
	},
}
