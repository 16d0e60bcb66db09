package rule

import (
	"fmt"
	"slices"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
)

// halted is what Z205 to Z208 found: a parent that something keeps from doing anything.
type halted struct {
	pid, zombies int
	by           *observe.Halt
}

// haltedAs makes the rule about one way to be halted.
func haltedAs(kind observe.HaltKind) func(*observe.Observation, *observe.Parent) *Finding {
	return func(x *observe.Observation, p *observe.Parent) *Finding {
		if p.Process == nil || p.Zombies == 0 || p.Process.KernelThread() {
			return nil
		}
		h := x.Halts.Of(p.Process)
		if h == nil || !h.Sure || h.Kind != kind {
			return nil
		}
		f := about(p.Process, h.Certainty, p.Zombies, halted{p.PID, p.Zombies, h}, slices.Concat(h.Evidence, p.Evidence())...)
		if !p.Lasting {
			f.Certainty = observe.Likely
		}
		return f
	}
}

func (h halted) Message() string {
	return fmt.Sprintf("keeps %s, and %s", phrase.Zombies(h.zombies), h.how())
}

func (h halted) how() string {
	switch h.by.Kind {
	case observe.Stopped:
		return "is stopped by a signal: it reaps nothing until it is continued"
	case observe.HeldByTracer:
		by := ""
		if h.by.Tracer != nil {
			by = ", " + phrase.Tracer(h.by.Tracer)
		}
		return "is stopped by a tracer" + by + ": it reaps nothing until that lets it go on"
	case observe.Frozen:
		return "is frozen with its cgroup: it reaps nothing until that is thawed"
	default:
		how := "is in uninterruptible sleep, in two looks: it waits for a device or a file system"
		if h.by.Wchan != "" {
			how += " (in " + h.by.Wchan + ")"
		}
		return how
	}
}

func (h halted) Cause() string {
	if h.by.Kind == observe.HeldByTracer && h.by.Tracer != nil {
		return "it is stopped by its tracer, " + phrase.Tracer(h.by.Tracer)
	}
	return "it " + phrase.Halt(h.by.Kind)
}

func (h halted) Advice() []Advice {
	switch h.by.Kind {
	case observe.Stopped:
		return []Advice{advise(Operator, Now, "Let it go on: kill -CONT %d. Somebody stopped it: SIGSTOP, a job of a shell (Ctrl-Z), or a write to the terminal from the background.", h.pid)}
	case observe.HeldByTracer:
		return []Advice{advise(Operator, Now, "Let the debugger continue or detach. Ending it lets the parent go on too.")}
	case observe.Frozen:
		if command := h.thaw(); command != "" {
			return []Advice{advise(Operator, Now, "Thaw the cgroup, by the tool that froze it (docker unpause, podman unpause, systemctl thaw), or by hand:").by(Step{Command: command})}
		}
		return []Advice{advise(Operator, Now, "Thaw the cgroup, by the tool that froze it: docker unpause, podman unpause, systemctl thaw.")}
	default:
		return []Advice{advise(Operator, Now, "No signal gets through: repair what it waits for (a network file system, a disk, a driver). As root, cat /proc/%d/stack says where it waits.", h.pid)}
	}
}

// thaw is the command that thaws the cgroup; "": it cannot be given, or pasted.
func (h halted) thaw() string {
	f := h.by.Freezer
	switch {
	case f == nil || !observe.PlainPath(f.By):
		return ""
	case f.Field == "": // v1
		return "echo THAWED > /" + f.By[:len(f.By)-len("self_freezing")] + "state"
	default:
		return "echo 0 > /" + f.By
	}
}
