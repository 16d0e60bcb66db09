package diagnose

// timeRules: over time: a leak, its pattern, and how long the limits on processes last.
var timeRules = []*Rule{
	{
		ID: "Z401", Name: "pid-pressure", Severity: Warning, whole: pidPressure,
		Title: "A limit on processes is nearly used up",
		Means: `Zombies count against every limit on processes: pids.max of their cgroup and of all above it (docker --pids-limit,
the pod limit, systemd TasksMax=), RLIMIT_NPROC of their user, kernel.threads-max, kernel.pid_max. The one that is
used up most is nearly full: fork then fails with "Resource temporarily unavailable", for everybody under it. A
warning from 75 % on, critical from 90 %. It also warns when forks have been refused already and zombies hold at least
a tenth of the limit. From inside a container other containers' processes, and limits further up, are out of sight.`,
		Confirm: `    cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids.current /sys/fs/cgroup/pids.events   # v2, in a container
    cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids/pids.current /sys/fs/cgroup/pids/pids.events   # v1
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
}
