package rule

import (
	"slices"
	"strconv"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose/observe"
)

// What the ways to an init cost, and on which versions they are had.
const (
	sharedCost = "all containers of the pod then see each other's processes, and as the same user their environment and files"
	sharedGate = "stable since Kubernetes 1.17; on clusters as old as 1.10 (OKD 3.11) behind the feature gate PodShareProcessNamespace"
	// hostPIDCost comes with hostPID wherever that is named.
	hostPIDCost = "hostPID: true shows every process of the node, with its arguments, and lets root in the container signal and enter them. The Pod Security levels baseline and restricted forbid it, so its namespace needs the label pod-security.kubernetes.io/enforce: privileged (PodSecurityPolicy, which older guides use, is gone since Kubernetes 1.25)."
)

// initAdvice is what to do about a PID 1 that keeps zombies.
func (at place) initAdvice(wouldHelp observe.Answer) []Advice {
	var cure Advice
	switch wouldHelp {
	case observe.Yes:
		cure = advise(Developer, Cure, "Give the container an init as PID 1: it reaps the orphans that it adopts.").by(at.waysToInit()...)
	case observe.No:
		cure = advise(Operator, Confirm, "Look at what PID 1 waits for: an init reaps, and this one does not.").by(stack(at.pid))
	default:
		cure = advise(Developer, Cure, "Try an init as PID 1: if zombies still come, %s must wait for its own children too.", at.name).by(at.waysToInit()...)
	}
	return append([]Advice{cure.naming(at.pid)}, at.clear()...)
}

// waysToInit are the ways to an init, those of the platform of a PID 1 first; where
// that is unknown, of all of them.
func (at place) waysToInit() []Step {
	kubernetes := []Step{
		{Label: "Kubernetes", Command: "shareProcessNamespace: true", Text: "in the pod's spec (of a Deployment: spec.template.spec)"},
		{Label: "trade-off", Text: sharedCost},
		{Label: "versions", Text: sharedGate},
	}
	docker := []Step{{Label: "Docker", Command: "docker run --init ...", Text: "(Compose: init: true; for all: \"init\": true in /etc/docker/daemon.json)"}}
	podman := []Step{{Label: "Podman", Command: "podman run --init ...", Text: "(Quadlet: RunInit=true below [Container])"}}
	image := []Step{{Label: "image", Command: "ENTRYPOINT " + at.entrypoint(), Text: "(or \"tini\", \"--\"; command: in a pod, --entrypoint and a shell form undo it)"}}
	switch at.platform {
	case observe.InKubernetes:
		return append(kubernetes, image...)
	case observe.InDocker:
		return append(docker, image...)
	case observe.InPodman:
		return append(podman, image...)
	default:
		return slices.Concat(image, kubernetes, docker, podman)
	}
}

// leftOut stands in a recording where the value of an argument was.
const leftOut = "***"

// entrypoint is the line for the image: what runs as PID 1 now, below an init.
func (at place) entrypoint() string {
	words := []string{`"zombiectl"`, `"init"`, `"--"`}
	own := len(words)
	const most, longest = 4, 64
	for i, a := range at.args {
		if i == most || len(a) > longest || strings.Contains(a, leftOut) {
			break
		}
		words = append(words, strconv.Quote(a))
	}
	if len(words)-own < len(at.args) || len(at.args) == 0 {
		words = append(words, "...")
	}
	return "[" + strings.Join(words, ", ") + "]"
}

// initLine is the shortest way to an init, for a mere risk.
func (at place) initLine(when string) Advice {
	way := Step{Command: "zombiectl explain init"}
	if at.platform == observe.InKubernetes || at.platform == observe.InDocker || at.platform == observe.InPodman {
		way = at.waysToInit()[0]
	}
	return advise(Developer, Cure, "Give the container an init as PID 1 %s.", when).by(way).naming(at.pid)
}
