package diagnose

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/zombiectl/zombiectl/scan"
)

// Advice is for what was found, where it was found: something to paste, in the
// words of the setting and of the language. A line that begins with spaces goes
// on with the one before: a name, and what to do there.

// What the ways to an init cost, and on which versions they are had.
const (
	sharedCost = "all containers of the pod then see each other's processes, and as the same user their environment and files"
	sharedGate = "stable since Kubernetes 1.17; on clusters as old as 1.10 (OKD 3.11) behind the feature gate PodShareProcessNamespace"
	// hostPIDCost comes with hostPID wherever that is named.
	hostPIDCost = "hostPID: true shows every process of the node, with its arguments, and lets root in the container signal and enter them. The Pod Security levels baseline and restricted forbid it, so its namespace needs the label pod-security.kubernetes.io/enforce: privileged (PodSecurityPolicy, which older guides use, is gone since Kubernetes 1.25)."
)

// initAdvice is what to do about a PID 1 that keeps zombies.
func (x *exam) initAdvice(p *Parent) []string {
	restart := x.restartAdvice(p.Process)
	switch p.InitWouldHelp {
	case Yes:
		return append(append([]string{"Give the container an init as PID 1; it reaps what is orphaned:"}, x.waysToInit(p.Process)...), restart)
	case No:
		return []string{"PID 1 is an init and does not reap: look at what it is doing (state, wchan) before anything else.", restart}
	default:
		how := map[setting]string{
			inKubernetes: "shareProcessNamespace: true", inDocker: "docker run --init", inPodman: "podman run --init",
		}[x.settingOf(p.Process)]
		return []string{
			"Run the same container once with an init (" + cmp.Or(how, "docker run --init, shareProcessNamespace: true") +
				"): if zombies still come, the program leaves its own children and must wait for them; if they do not, keep the init.",
			restart,
		}
	}
}

// waysToInit are the ways to an init in the setting of a PID 1; where that
// cannot be told, all of them.
func (x *exam) waysToInit(pid1 *scan.Process) []string {
	kubernetes := []string{
		"  Kubernetes  shareProcessNamespace: true    in the pod's spec (of a Deployment: spec.template.spec)",
		"  its price   " + sharedCost,
		"  versions    " + sharedGate,
	}
	docker := []string{"  Docker      docker run --init ...    (Compose: init: true; for all: \"init\": true in /etc/docker/daemon.json)"}
	podman := []string{"  Podman      podman run --init ...    (Quadlet: RunInit=true below [Container])"}
	image := []string{"  image       ENTRYPOINT " + entrypoint(pid1) + "    (or \"tini\", \"--\"; command: in a pod, --entrypoint and a shell form undo it)"}
	switch x.settingOf(pid1) {
	case inKubernetes:
		return append(kubernetes, image...)
	case inDocker:
		return append(docker, image...)
	case inPodman:
		return append(podman, image...)
	default:
		return append(append(append(kubernetes, docker...), podman...), image...)
	}
}

// leftOut stands in a recording where the value of an argument was.
const leftOut = "***"

// entrypoint is the line for the image: what runs as PID 1 now, below an init.
func entrypoint(pid1 *scan.Process) string {
	words := []string{"zombiectl", "init", "--"}
	own := len(words)
	const most, longest = 4, 64
	args := argsOf(pid1)
	for i, a := range args {
		if i == most || len(a) > longest || strings.Contains(a, leftOut) {
			break
		}
		words = append(words, a)
	}
	rest := ""
	if len(words)-own < len(args) || len(args) == 0 {
		rest = ", ..."
	}
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = fmt.Sprintf("%q", w)
	}
	return "[" + strings.Join(quoted, ", ") + rest + "]"
}

// initLine is the same in one line, for what is no more than a risk.
func (x *exam) initLine(pid1 *scan.Process, when string) string {
	how := map[setting]string{
		inKubernetes: "shareProcessNamespace: true in the pod's spec, or ENTRYPOINT " + entrypoint(pid1),
		inDocker:     "docker run --init, or ENTRYPOINT " + entrypoint(pid1),
		inPodman:     "podman run --init, or ENTRYPOINT " + entrypoint(pid1),
	}[x.settingOf(pid1)]
	return "Give the container an init " + when + ": " + cmp.Or(how, "zombiectl explain init")
}

// restartAdvice is how to clear what PID 1 keeps: nothing outside of it can
// reap for it.
func (x *exam) restartAdvice(pid1 *scan.Process) string {
	const why = "nothing outside of it can reap for PID 1"
	c := x.containerOf(pid1)
	name := ""
	if c != nil {
		name = cmp.Or(c.Name, c.ID[:min(len(c.ID), shownID)])
	}
	switch s := x.settingOf(pid1); {
	case s == inKubernetes && c != nil && plainWord(c.Pod) && plainWord(c.Namespace):
		return fmt.Sprintf("To clear them now, have the pod made anew: kubectl -n %s delete pod %s (where a controller owns it); %s.", c.Namespace, c.Pod, why)
	case s == inKubernetes:
		return "To clear them now, have the pod made anew: kubectl delete pod POD (where a controller owns it); " + why + "."
	case s == inDocker && plainWord(name):
		return fmt.Sprintf("To clear them now: docker restart %s; %s.", name, why)
	case s == inPodman && plainWord(name):
		return fmt.Sprintf("To clear them now: podman restart %s; %s.", name, why)
	default:
		return "To clear them now, restart the container: " + why + "."
	}
}

// plainWord reports whether a name can be pasted into a shell as it is: it comes
// from a file, or from somebody's cgroup.
func plainWord(s string) bool {
	return s != "" && s[0] != '-' && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._@:-", r)
	})
}

// waitAdvice is what to change in a program that does not wait for its
// children, in its language where that can be told.
func (x *exam) waitAdvice(p *scan.Process) string {
	if isShim(p) {
		return "It is a part of the container runtime, and ought to have waited: look at what it is doing (state, wchan), at the runtime's log, and for a newer version of the runtime."
	}
	if e := knownProgram(p); e != nil && e.kind == "idle" {
		return e.name + " starts no process itself: these were started by what it was executed over."
	}
	switch x.languageOf(p) {
	case "Go":
		return "In Go: cmd.Wait() after every cmd.Start(), in a goroutine of its own where nobody wants the result; cmd.Run() does both. Not wait4(-1): that takes the results away from os/exec."
	case "Python":
		return "In Python: wait() for every Popen, or subprocess.run(), which does; join() for multiprocessing, await process.wait() in asyncio."
	case "Node":
		return "Node itself waits for what child_process starts. What stays was started by an addon, or by a script that then executed node: start it from node, or not before exec."
	case "Java":
		return "Java itself waits for what ProcessBuilder starts. What stays was forked by native code (JNI), or by a script that then executed java: start it from java, or not before exec."
	case "Perl":
		return "In Perl: waitpid($pid, 0) for every fork, or $SIG{CHLD} = 'IGNORE' where nobody wants the result; system() and backquotes wait by themselves."
	case "Ruby":
		return "In Ruby: Process.wait(pid) for every fork or spawn, or Process.detach(pid) where nobody wants the result."
	case "PHP":
		return "In PHP: pcntl_waitpid() for every pcntl_fork(), proc_close() for every proc_open()."
	case "shell":
		return "In the script: wait for what it starts in the background (job & pid=$!; ...; wait \"$pid\"), and start nothing in the background before exec."
	default:
		return "The program has to wait for its children: in C waitpid() in a loop on SIGCHLD (or sigaction with SA_NOCLDWAIT, where nobody wants the result), in Go cmd.Wait(), in Python Popen.wait() or subprocess.run(), in a shell wait."
	}
}

// clearAdvice is how to clear the zombies of a living parent that is not PID 1.
func (x *exam) clearAdvice(p *scan.Process) string {
	switch unit := unitOf(p); {
	case isShim(p):
		return fmt.Sprintf("It is the shim of a container (PID %d): do not end it by hand, its container would go with it. Restart the container, or the runtime.", p.PID)
	case plainWord(unit) && x.settingOf(p) == inSystemd:
		return fmt.Sprintf("To clear them now: systemctl restart %s; its zombies then pass to PID 1.", unit)
	default:
		return fmt.Sprintf("To clear them now, restart that program (PID %d); its zombies then pass to PID 1.", p.PID)
	}
}
