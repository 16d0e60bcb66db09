package rule

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// What the ways to an init cost, and on which versions they are had.
const (
	sharedCost = "all containers of the pod then see each other's processes, and as the same user their environment and files"
	sharedGate = "stable since Kubernetes 1.17; on clusters as old as 1.10 (OKD 3.11) behind the feature gate PodShareProcessNamespace"
	// hostPIDCost comes with hostPID wherever that is named.
	hostPIDCost = "hostPID: true shows every process of the node, with its arguments, and lets root in the container signal and enter them. The Pod Security levels baseline and restricted forbid it, so its namespace needs the label pod-security.kubernetes.io/enforce: privileged (PodSecurityPolicy, which older guides use, is gone since Kubernetes 1.25)."
)

// place is where advice about a PID 1 is to be followed.
type place struct {
	platform  observe.Platform
	container *observe.Container // the one that PID 1 is in; nil: unknown
	args      []string           // of PID 1
}

func placeOf(x *observe.Observation, pid1 *facts.Process) place {
	return place{x.Containers.Platform(pid1), x.Containers.Of(pid1), observe.ArgsOf(pid1)}
}

// initAdvice is what to do about a PID 1 that keeps zombies.
func (p place) initAdvice(wouldHelp observe.Answer) []Advice {
	switch wouldHelp {
	case observe.Yes:
		return []Advice{advise(Developer, Cure, "Give the container an init as PID 1; it reaps what is orphaned:").by(p.waysToInit()...).ofPID1(), p.restartAdvice()}
	case observe.No:
		return []Advice{advise(Operator, Confirm, "PID 1 is an init and does not reap: look at what it is doing (state, wchan) before anything else.").ofPID1(), p.restartAdvice()}
	default:
		how := map[observe.Platform]string{
			observe.InKubernetes: "shareProcessNamespace: true", observe.InDocker: "docker run --init", observe.InPodman: "podman run --init",
		}[p.platform]
		try := advise(Operator, Confirm, "Run the same container once with an init (%s): if zombies still come, the program leaves its own children and must wait for them; if they do not, keep the init.",
			cmp.Or(how, "docker run --init, shareProcessNamespace: true"))
		return []Advice{try, p.restartAdvice()}
	}
}

// waysToInit are the ways to an init on the platform of a PID 1; where that is unknown, all of them.
func (p place) waysToInit() []Step {
	kubernetes := []Step{
		{Label: "Kubernetes", Command: "shareProcessNamespace: true", Text: "in the pod's spec (of a Deployment: spec.template.spec)"},
		{Label: "its price", Text: sharedCost},
		{Label: "versions", Text: sharedGate},
	}
	docker := []Step{{Label: "Docker", Command: "docker run --init ...", Text: "(Compose: init: true; for all: \"init\": true in /etc/docker/daemon.json)"}}
	podman := []Step{{Label: "Podman", Command: "podman run --init ...", Text: "(Quadlet: RunInit=true below [Container])"}}
	image := []Step{{Label: "image", Command: "ENTRYPOINT " + p.entrypoint(), Text: "(or \"tini\", \"--\"; command: in a pod, --entrypoint and a shell form undo it)"}}
	switch p.platform {
	case observe.InKubernetes:
		return append(kubernetes, image...)
	case observe.InDocker:
		return append(docker, image...)
	case observe.InPodman:
		return append(podman, image...)
	default:
		return append(append(append(kubernetes, docker...), podman...), image...)
	}
}

// leftOut stands in a recording where the value of an argument was.
const leftOut = "***"

// entrypoint is the line for the image: what runs as PID 1 now, below an init.
func (p place) entrypoint() string {
	words := []string{`"zombiectl"`, `"init"`, `"--"`}
	own := len(words)
	const most, longest = 4, 64
	for i, a := range p.args {
		if i == most || len(a) > longest || strings.Contains(a, leftOut) {
			break
		}
		words = append(words, strconv.Quote(a))
	}
	if len(words)-own < len(p.args) || len(p.args) == 0 {
		words = append(words, "...")
	}
	return "[" + strings.Join(words, ", ") + "]"
}

// initLine is the same in one line, for what is no more than a risk.
func (p place) initLine(when string) Advice {
	how := map[observe.Platform]string{
		observe.InKubernetes: "shareProcessNamespace: true in the pod's spec, or ENTRYPOINT " + p.entrypoint(),
		observe.InDocker:     "docker run --init, or ENTRYPOINT " + p.entrypoint(),
		observe.InPodman:     "podman run --init, or ENTRYPOINT " + p.entrypoint(),
	}[p.platform]
	return advise(Developer, Cure, "Give the container an init "+when+": %s", cmp.Or(how, "zombiectl explain init"))
}

// restartAdvice is how to clear what PID 1 keeps: nothing outside of it can reap for it.
func (p place) restartAdvice() Advice {
	how, what, name := ", restart the container:", "the container", ""
	c := p.container
	if c != nil {
		name = cmp.Or(c.Name, c.ShortID())
	}
	switch {
	case p.platform == observe.InKubernetes && c != nil && observe.PlainWord(c.Pod) && observe.PlainWord(c.Namespace):
		how, what = fmt.Sprintf(", have the pod made anew: kubectl -n %s delete pod %s (where a controller owns it);", c.Namespace, c.Pod), "the pod"
	case p.platform == observe.InKubernetes:
		how, what = ", have the pod made anew: kubectl delete pod POD (where a controller owns it);", "the pod"
	case p.platform == observe.InDocker && observe.PlainWord(name):
		how = ": docker restart " + name + ";"
	case p.platform == observe.InPodman && observe.PlainWord(name):
		how = ": podman restart " + name + ";"
	}
	return advise(Operator, Now, "To clear them now%s nothing outside of it can reap for PID 1.", how).ofPID1().ending(what)
}
