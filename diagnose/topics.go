package diagnose

// Topic is something to explain that is no rule.
type Topic struct {
	Name  string
	Title string
	Text  string // Markdown
}

// Topics returns the topics, in reading order.
func Topics() []Topic { return topics }

// FindTopic returns the topic with that name, or nil.
func FindTopic(name string) *Topic {
	for i := range topics {
		if topics[i].Name == name {
			return &topics[i]
		}
	}
	return nil
}

var topics = []Topic{
	{
		Name: "zombie", Title: "What a zombie is, and why kill -9 does nothing",
		Text: `A zombie (defunct) is a process that has ended. Its memory, files and threads are gone. What is left is an entry in the
process table: its PID, its name and how it ended, kept for its parent to collect with wait(2). It has no code left
to run, so no signal does anything to it: kill -9 ends processes, and this one has ended.

A zombie goes when its parent waits for it, or when its parent ends and whoever adopts it (PID 1 of its PID
namespace, or a subreaper) waits for it.

One zombie does no harm. It keeps its PID, though, and counts against every limit on processes: pids.max of the
cgroup, RLIMIT_NPROC of the user, kernel.pid_max. A parent that never waits fills them, and then fork fails with
"Resource temporarily unavailable", for everybody under that limit.

    ps -eo pid,ppid,stat,comm | awk '$3 ~ /^Z/'      # the zombies
    zombiectl scan                                   # and whose fault they are`,
	},
	{
		Name: "reaping", Title: "Who reaps, and how",
		Text: `To reap is to wait: a parent calls wait(2), waitpid(2) or waitid(2), is told how its child ended, and the kernel
removes the child's entry. Only the parent can do it. There is no call with which another process could.

The kernel tells a parent of a death by SIGCHLD. Signals do not queue: three deaths may give one SIGCHLD, so a
handler has to call waitpid(-1, ..., WNOHANG) until nothing is left. A parent that ignores SIGCHLD (SIG_IGN, or
SA_NOCLDWAIT) has its children reaped by the kernel.

When the parent ends first, the child is an orphan. The nearest ancestor that is a subreaper (prctl(2),
PR_SET_CHILD_SUBREAPER) adopts it, else PID 1 of its PID namespace. The adopter is now the parent, and has to wait.

/proc shows whether a process has ever reaped: the page faults of a child are added to field 11 (cminflt) of its
parent's /proc/PID/stat when it is waited for. 0 means: never, in its whole life.`,
	},
	{
		Name: "pid1", Title: "What PID 1 has to do in a container",
		Text: `The first process of a PID namespace is PID 1 in it, whatever program that is. Two duties come with the number:

1. Reap. Every orphan of the namespace becomes its child, and it has to wait for children it never started.
2. Pass on signals. The kernel drops any signal to PID 1 for which it has no handler, SIGTERM among them, so that a
   program which relies on the default action cannot be stopped but by SIGKILL from outside.

On a host an init does both. In a container an application usually gets the number. zombiectl answers the two
questions apart: a shell reaps while it waits, and never passes SIGTERM on; postgres reaps, and may restart all of
itself when an orphan ended badly; a Go program ends on SIGTERM, and reaps nothing.`,
	},
	{
		Name: "init", Title: "How to get an init as PID 1, and when it helps",
		Text: `An init as PID 1 helps with orphans: processes whose own parent has ended. It does not help with the children of a
living parent that never waits: those are its own, and the init never sees them. zombiectl says for each parent
whether an init would help.

- Kubernetes: shareProcessNamespace: true in the pod's spec; PID 1 is then the pod's pause process. See also the
  topic shared-pid-namespace.
- Docker: docker run --init, in Compose init: true, for every container "init": true in /etc/docker/daemon.json.
- Podman: podman run --init, in a Quadlet RunInit=true.
- In the image: ENTRYPOINT ["tini", "--", "your-program"], or zombiectl init, dumb-init, catatonit, s6. A deployment that
  overrides the entrypoint (command: in a pod) takes the init away, silently; so does the shell form of ENTRYPOINT.

An init that is not PID 1 (below a shell, for one) adopts nothing, unless it makes itself a subreaper: tini -s.`,
	},
	{
		Name: "left-behind", Title: "check -- COMMAND: what counts as left behind",
		Text: `zombiectl check -- COMMAND runs the command as its child subreaper: whatever the command started, directly or not, and
did not wait for comes to zombiectl when its parent ends.

- A zombie had ended, and nobody among them waited for it. Below a PID 1 that does not reap it would be there for ever.
  It is counted with the name that the kernel kept, and reaped: nobody else could.
- A living orphan outlives the command. It gets the time of --settle to end. Then it is named and left alone: it goes on
  as a child of the next subreaper above, or of PID 1. It may hold the output of the command open.

A command passes when it waits for all that it starts, and what it starts does so too. These do not:

    sh -c 'server & ./tests'                  # the server lives on; add: t=$?; kill $!; wait; exit $t
    sh -c '(job &)'                           # the subshell ends first: job is an orphan
    sh -c 'job & exec ./tests'                # tests does not know job
    bash -c 'diff <(a) <(b)'                  # bash does not wait for process substitutions
    subprocess.Popen(...)                     # Python, without wait()
    exec.Command(...).Start()                 # Go, without Wait()

The exit code is that of the command where it fails. When it succeeds it is 0 for nothing left, 1 for more than
allowed (--max-zombies, --max-orphans, both 0), 2 for more than --critical, and 3 when the command could not be run.`,
	},
	{
		Name: "shared-pid-namespace", Title: "shareProcessNamespace: what it gives and what it costs",
		Text: `With shareProcessNamespace: true all containers of a pod are in one PID namespace. Its PID 1 is the pod's sandbox
process, pause, which reaps every orphan of the pod. No image has to be changed for that.

It is stable since Kubernetes 1.17. From 1.12 on it is there by default, and on clusters as old as 1.10 (OKD 3.11 among
them) behind the feature gate PodShareProcessNamespace. It is a field of the pod's spec; of a Deployment:

    spec:
      template:
        spec:
          shareProcessNamespace: true

The cost is isolation inside the pod. Every container sees all processes of the pod and their arguments; with the same
user, or as root, also their environment and, by /proc/PID/root, their files: secrets that are mounted into one
container among them. Signals may be sent across. Programs that expect to be PID 1 (systemd) do not work.`,
	},
	{
		Name: "host-pid-namespace", Title: "hostPID: what it shows, what it costs, and who may have it",
		Text: `With hostPID: true (docker run --pid=host) a container is in the machine's own PID namespace. PID 1 is the node's init,
which reaps every orphan; but that is no reason to want it: shareProcessNamespace does the same inside the pod.

Every process of the node is in view, with its arguments. Root in the container can signal them all, and read their
files by /proc/PID/root. It is for node agents, and for a look at what a container cannot see: the parent of a zombie
whose PPid is 0, the shims, the limits above.

The Pod Security levels baseline and restricted forbid it. A namespace in which it is wanted needs the level privileged:

    kubectl label namespace NAMESPACE pod-security.kubernetes.io/enforce=privileged

PodSecurityPolicy, which older guides use for this, is gone since Kubernetes 1.25. For one look, without a pod of one's
own:

    kubectl debug node/NODE -it --image=IMAGE     # in the node's PID namespace, its root at /host`,
	},
}
