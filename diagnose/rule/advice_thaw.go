package rule

import (
	"fmt"
	"path"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// letGo is how to make a tracer let go of a child that it holds.
func letGo(t *observe.Tracer) Step {
	pid := t.TID
	if t.Process != nil {
		pid = t.Process.PID
		if t.Process.State == facts.Stopped {
			return Step{Command: fmt.Sprintf("kill -CONT %d", pid), Text: "the debugger is stopped itself"}
		}
	}
	return Step{Command: fmt.Sprintf("kill %d", pid), Ends: phrase.Tracer(t), Text: "what it attached to goes on; what it started itself may end with it"}
}

// thaw is how to thaw a process, best first: in the words of the engine that
// froze it, and by the file of the cgroup; nil: neither is known, or can be
// pasted.
func (at place) thaw() []Step {
	var steps []Step
	f := at.halt.Freezer
	if step := at.unpause(f); step.Command != "" {
		steps = append(steps, step)
	}
	switch {
	case f == nil || !observe.PlainPath(f.By):
		return steps
	case f.Field == "": // v1
		return append(steps, Step{Command: "echo THAWED > /" + strings.TrimSuffix(f.By, "self_freezing") + "state"})
	default:
		return append(steps, Step{Command: "echo 0 > /" + f.By})
	}
}

// unpause thaws in the words of what froze it, by whose cgroup that is.
func (at place) unpause(f *facts.Freezer) Step {
	c, dir := at.container, ""
	if f != nil {
		dir = "/" + path.Dir(f.By)
	}
	if c == nil || c.Engine == observe.NoContainer {
		if u := at.unit; at.machine && observe.PlainWord(u.Name) && path.Base(dir) == u.Name {
			step := at.systemctl("thaw")
			step.Ends = ""
			return step
		}
		return Step{}
	}
	if frozen, ok := facts.ParseContainer(strings.TrimPrefix(dir, "/sys/fs/cgroup")); f != nil && f.By != "" && (!ok || frozen.ID != c.ID) {
		return Step{} // it is a part of the container, or something around it
	}
	if !observe.PlainWord(word(c)) || at.unit.UID != "" {
		return Step{}
	}
	switch {
	case at.platform == observe.InDocker:
		return Step{Command: "docker unpause " + word(c)}
	case at.platform == observe.InPodman:
		return Step{Command: "podman unpause " + word(c)}
	case c.Engine == facts.Containerd && c.PodUID == "":
		return Step{Command: "nerdctl unpause " + word(c)}
	case c.Engine == facts.LXC:
		return Step{Command: "lxc start " + word(c), Text: "with classic LXC: lxc-unfreeze -n " + word(c)}
	default:
		return Step{}
	}
}
