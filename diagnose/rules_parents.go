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
}
