package rule

import (
	"fmt"

	"github.com/zombiectl/zombiectl/diagnose/observe"
)

// clear is how to clear the zombies of a process now: its first step is the
// command that does it. It returns nil where nothing helps before the thing that
// the process waits for is repaired.
func (at place) clear() []Advice {
	if at.halt != nil && at.halt.Sure {
		return at.release()
	}
	restart, end := at.restart(), at.terminate()
	now := func(steps []Step, format string, fill ...any) []Advice {
		return []Advice{advise(Operator, Now, format, fill...).naming(at.pid).by(steps...)}
	}
	switch {
	case at.isPID1 && at.pid == 1 && at.machine:
		again := Step{Command: "zombiectl reap --parent 1", Text: "where that does not help, only a reboot does"}
		return now([]Step{again}, "Make PID 1 look again: only it can reap them.")
	case at.isPID1 && len(restart) == 0:
		kill := Step{Command: fmt.Sprintf("kill -KILL %d", at.pid), Ends: "all processes of its PID namespace", Text: "what made it may start it again"}
		return now([]Step{kill}, "End %s: only it could reap them, as PID 1 of its namespace, and it does not.", at)
	case at.isPID1 && at.machine:
		return now(restart, "Restart %s: only %s could reap them, and it does not.", at.whole(), at)
	case at.isPID1:
		return now(restart, "Restart %s from outside: only PID 1 could reap them, and it does not.", at.whole())
	case at.shim && len(restart) > 0:
		return now(restart, "Restart what %s holds: it is the shim of a container, and ends with it.", at)
	case len(restart) > 0 && (at.machine || at.end <= uselessEnd || at.unit.Name != ""):
		if at.end > uselessEnd && at.spared == "" {
			restart = append(restart, end)
		}
		return now(restart, "Restart %s: the zombies of %s go with it.", at.whole(), at)
	case at.spared != "":
		kill := Step{Command: fmt.Sprintf("kill %d", at.pid), Ends: at.String(), Text: at.spared}
		return now([]Step{kill}, "End %s only where nothing else helps: %s.", at, at.spared)
	case at.end == unknownHeir:
		kill := Step{Command: fmt.Sprintf("kill %d", at.pid), Ends: at.String(), Text: at.fate}
		return now([]Step{kill}, "End %s: its zombies then pass to %s, which may not reap them.", at, at.heir())
	default:
		return now(append([]Step{end}, restart...), "End %s: its zombies then pass to %s.", at, at.heir())
	}
}

// terminate is how to end a parent that is not PID 1.
func (at place) terminate() Step {
	command := fmt.Sprintf("zombiectl reap --parent %d --terminate-parent", at.pid)
	if at.force {
		command += " --force"
	}
	return Step{Command: command, Ends: at.String(), Text: at.fate}
}

// heir names who inherits its zombies.
func (at place) heir() string {
	heir := "PID 1"
	if at.pid1 != "" {
		heir += " (" + at.pid1 + ")"
	}
	if at.end == helps {
		heir += ", which reaps them"
	}
	return heir
}

// whole names what a process runs in.
func (at place) whole() string {
	switch c := at.container; {
	case observe.PlainWord(at.unit.Machine):
		return "the machine " + at.unit.Machine
	case at.platform == observe.InKubernetes && c != nil && c.Pod != "":
		return "the pod " + c.Pod
	case at.platform == observe.InSystemd, c == nil && at.systemd && at.unit.Name != "":
		return "the service " + at.unit.Name
	case c != nil && c.Engine != observe.NoContainer && (c.Name != "" || c.ID != ""):
		return "the container " + word(c)
	default:
		return "this container"
	}
}

// release is how to let a process go on that something keeps from doing anything.
func (at place) release() []Advice {
	now := func(steps []Step, format string, fill ...any) []Advice {
		return []Advice{advise(Operator, Now, format, fill...).naming(at.pid).by(steps...)}
	}
	switch at.halt.Kind {
	case observe.Stopped:
		cont := Step{Command: fmt.Sprintf("kill -CONT %d", at.pid), Text: "SIGSTOP, Ctrl-Z in a shell or a write to a terminal from the background stopped it"}
		return now([]Step{cont}, "Let %s go on: it is stopped, and reaps nothing until then.", at)
	case observe.HeldByTracer:
		if at.halt.Tracer == nil {
			return now(at.restart(), "Let the debugger of %s go on or detach: it is in none of the namespaces that were looked at.", at)
		}
		return now([]Step{letGo(at.halt.Tracer)}, "Let the debugger of %s go on or detach, or end it.", at)
	case observe.Frozen:
		if thaw := at.thaw(); len(thaw) > 0 {
			return now(thaw, "Thaw what %s runs in: it is frozen, and reaps nothing until then.", at)
		}
		return now(at.restart(), "Thaw the cgroup of %s with the tool that froze it.", at)
	default:
		return nil // no signal gets through
	}
}
