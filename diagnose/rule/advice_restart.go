package rule

import (
	"fmt"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// These stand in a command for unknown names.
const (
	unknownName = "CONTAINER"
	unknownPod  = "POD"
)

// restart is how to start anew what a process runs in, best first; nil: it runs in
// nothing that can be started anew.
func (at place) restart() []Step {
	u := at.unit
	switch {
	case observe.PlainWord(u.Machine) && observe.PlainWord(u.Name):
		return []Step{{Command: "systemctl -M " + u.Machine + " restart " + u.Name, Ends: "the service " + u.Name + " in the machine " + u.Machine}}
	case observe.PlainWord(u.Machine):
		return []Step{{Command: "machinectl reboot " + u.Machine, Ends: "the machine " + u.Machine}}
	case at.platform == observe.InKubernetes:
		return at.restartPod()
	case at.platform == observe.InPodman && observe.PlainWord(u.Name) && at.machine:
		// systemd runs the engine, and would take what the engine does by itself for a failure.
		return []Step{at.systemctl("restart")}
	case at.container != nil && at.container.Engine != observe.NoContainer, at.platform != "" && at.platform != observe.InSystemd && at.platform != observe.OnMachine:
		return at.restartContainer()
	case observe.PlainWord(u.Name) && (at.machine || at.systemd):
		return []Step{at.systemctl("restart")}
	case !at.machine && (at.isPID1 || at.end == uselessEnd):
		return unknownEngine()
	}
	return nil
}

// systemctl is a command for the unit.
func (at place) systemctl(verb string) Step {
	user := ""
	switch uid := at.unit.UID; {
	case uid != "" && uid == at.observer:
		user = "--user "
	case isNumber(uid):
		user = "--user -M " + uid + "@ "
	}
	return Step{Command: "systemctl " + user + verb + " " + at.unit.Name, Ends: "the service " + at.unit.Name}
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// restartPod: Kubernetes starts a container again that was stopped, and a pod that
// was deleted where a controller owns it.
func (at place) restartPod() []Step {
	c := at.container
	if c == nil {
		c = &observe.Container{}
	}
	pod := Step{Command: "kubectl -n NAMESPACE delete pod POD", Ends: "the pod", Text: "its controller, where it has one, makes a new pod; kubectl get pods -A shows NAMESPACE and POD"}
	named := observe.PlainWord(c.Pod) && observe.PlainWord(c.Namespace)
	switch {
	case named:
		pod = Step{Command: "kubectl -n " + c.Namespace + " delete pod " + c.Pod, Ends: "the pod " + c.Namespace + "/" + c.Pod, Text: "its controller, where it has one, makes a new pod"}
	case observe.PlainWord(c.Pod):
		pod = Step{Command: "kubectl -n NAMESPACE delete pod " + c.Pod, Ends: "the pod " + c.Pod, Text: "its controller, where it has one, makes a new pod; kubectl get pods -A shows NAMESPACE"}
	}
	if !at.machine && c.Pod != "" {
		pod.Text += "; its name is taken from its hostname"
	}
	if !at.machine || c.ID == "" {
		return []Step{pod}
	}
	// On the node the engine is at hand.
	stop := Step{Command: "crictl stop " + c.ShortID(), Ends: at.title(), Text: "the kubelet starts it again"}
	switch {
	case at.shim || at.known != nil && at.known.Kind == observe.Infra:
		stop = Step{Command: "crictl stopp " + c.ShortID(), Ends: "all containers of the pod", Text: "the kubelet starts them again"}
	case c.Engine == facts.Docker:
		stop.Command = "docker stop " + c.ShortID()
	}
	// The pod of a file on the node is not deleted by deleting its image in the API.
	if static := !strings.Contains(c.PodUID, "-"); named && !(static && c.PodUID != "") {
		return []Step{pod, stop}
	}
	return []Step{stop}
}

// restartContainer is in the words of the engine.
func (at place) restartContainer() []Step {
	c := at.container
	name, ends, text := unknownName, at.title(), "CONTAINER is its name or ID"
	if c != nil && (observe.PlainWord(c.Name) || observe.PlainWord(c.ID)) {
		name, text = word(c), ""
	}
	step := func(command string) []Step { return []Step{{Command: command + name, Ends: ends, Text: text}} }
	uid := at.unit.UID
	if uid == at.observer {
		uid = "" // its engine is the one that answers
	}
	switch {
	case at.platform == observe.InDocker && isNumber(uid):
		return step("DOCKER_HOST=unix:///run/user/" + uid + "/docker.sock docker restart ")
	case at.platform == observe.InDocker:
		return step("docker restart ")
	case at.platform == observe.InPodman && isNumber(uid):
		return step("systemd-run --user -M " + uid + "@ --wait podman restart ")
	case at.platform == observe.InPodman:
		return step("podman restart ")
	case c == nil:
		return unknownEngine()
	case c.Engine == facts.LXC:
		return append(step("lxc restart "), Step{Label: "Incus", Command: "incus restart " + name}, Step{Label: "classic LXC", Command: "lxc-stop -r -n " + name})
	case c.Engine == facts.Containerd:
		return step("nerdctl restart ")
	default:
		return unknownEngine()
	}
}

// unknownEngine is how to restart a container of which is not known who made it.
func unknownEngine() []Step {
	const ends = "the container"
	return []Step{
		{Label: "Docker", Command: "docker restart " + unknownName, Ends: ends, Text: "CONTAINER is its name or ID"},
		{Label: "Podman", Command: "podman restart " + unknownName, Ends: ends},
		{Label: "Kubernetes", Command: "kubectl -n NAMESPACE delete pod " + unknownPod, Ends: "the pod", Text: "its controller, where it has one, makes a new pod"},
	}
}

// word is what a container is called in a command: its name, or else its ID, as
// far as a shell takes it for a word.
func word(c *observe.Container) string {
	switch {
	case observe.PlainWord(c.Name):
		return c.Name
	case c.Engine == facts.LXC:
		return c.ID
	default:
		return c.ShortID()
	}
}

// title names the container where we say what a command ends.
func (at place) title() string {
	c := at.container
	if c == nil || c.Name == "" && c.ID == "" {
		return "the container"
	}
	if c.Name == "" {
		return "the container " + word(c)
	}
	return c.Name
}

// remove is how to remove the container that a shim holds, whose main process is dead.
func (at place) remove() []Step {
	last := Step{Command: fmt.Sprintf("kill %d", at.pid), Ends: at.String(), Text: "the last resort: all that the shim holds goes with it"}
	c := at.container
	if c == nil || !observe.PlainWord(word(c)) {
		const text = "its writable layer is lost; CONTAINER is its name or ID"
		return []Step{
			{Label: "Docker", Command: "docker rm -f " + unknownName, Ends: "the container", Text: text},
			{Label: "Podman", Command: "podman rm -f " + unknownName, Ends: "the container", Text: text},
			{Label: "Kubernetes", Command: "crictl stop " + unknownName, Ends: "the container", Text: "the kubelet starts it again"},
			last,
		}
	}
	step := Step{Command: "nerdctl rm -f " + word(c), Ends: at.title(), Text: "its writable layer is lost"}
	switch c.Platform() {
	case observe.InDocker:
		step.Command = "docker rm -f " + word(c)
	case observe.InPodman:
		step.Command = "podman rm -f " + word(c)
	case observe.InKubernetes:
		step.Command, step.Text = "crictl stop "+c.ShortID(), "the kubelet starts it again"
	}
	return []Step{step, last}
}
