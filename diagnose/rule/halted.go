package rule

import (
	"fmt"
	"slices"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
)

// halted is what Z205 to Z208 found: a parent that something keeps from doing anything.
type halted struct {
	zombies int
	by      *observe.Halt
	place   place
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
		f := about(p.Process, h.Certainty, p.Zombies, halted{p.Zombies, h, placeOf(x, p.Process)}, slices.Concat(h.Evidence, p.Evidence())...)
		if !p.Lasting {
			f.Certainty = observe.Likely
		}
		return f
	}
}

func (h halted) Message() string {
	return fmt.Sprintf("has left %s, and %s", phrase.Zombies(h.zombies), h.how())
}

func (h halted) how() string {
	switch h.by.Kind {
	case observe.Stopped:
		return "is stopped by a signal: it reaps nothing until it is continued"
	case observe.HeldByTracer:
		by := "a tracer"
		if h.by.Tracer != nil {
			by = "its tracer, " + phrase.Tracer(h.by.Tracer)
		}
		return "is stopped by " + by + ": it reaps nothing until the tracer lets it continue"
	case observe.Frozen:
		return "is frozen with its cgroup: it reaps nothing until the cgroup is thawed"
	default:
		how := "was in uninterruptible sleep in both looks: it waits for a device or a file system"
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
	if h.by.Kind == observe.Uninterruptible {
		return []Advice{advise(Operator, Confirm, "Look at what %s waits for: no signal gets through to it.", h.place).naming(h.place.pid).by(stack(h.place.pid)), repair()}
	}
	return h.place.release()
}

// repair is what to do about a process in uninterruptible sleep.
func repair() Advice {
	return advise(Operator, Cure, "Repair what it waits for: a network file system, a disk, a driver. No signal ends it.")
}
