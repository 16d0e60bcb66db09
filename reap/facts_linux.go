package reap

import (
	"errors"
	"fmt"

	"github.com/zombiectl/zombiectl/scan"
	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/sys"
)

// facts reads again what the plan rests on, after the handle was opened. Any
// difference is an error, with the rule that it belongs to where there is one.
func (a *actor) facts(h *handle, s *Step) (rule string, err error) {
	was := s.Parent.Process
	now, err := a.root.Stat(h.pid)
	switch {
	case err != nil && scan.Vanished(err):
		return "", sys.ErrEnded
	case err != nil:
		return "", fmt.Errorf("its stat cannot be read any more: %w", err)
	case now.StartTicks != was.StartTicks:
		return "", errors.New("its PID belongs to another process now")
	case now.State == facts.Zombie || now.State == facts.Dead:
		return "", sys.ErrEnded
	case now.Comm != was.Comm:
		return "", fmt.Errorf("it runs another program now (%q)", now.Comm)
	case s.Deed == doNudge && now.State == facts.Stopped:
		return "Z205", errors.New("it is stopped")
	case s.Deed == doNudge && now.State == facts.Traced:
		return "Z206", errors.New("a debugger holds it")
	case now.State != facts.Stopped && was.State == facts.Stopped && s.Deed == doSignal && s.Signal == sys.SIGCONT:
		return "", errors.New("it is not stopped any more")
	}
	if !h.lives() {
		return "", sys.ErrEnded
	}
	return "", nil
}

// reapable returns the index of the first zombie, from one on, that is there and
// that the parent can reap; a handler with a blocking wait() would hang on any
// other.
func (a *actor) reapable(s *Step, from int) int {
	for i := from; i < len(s.Zombies); i++ {
		z := s.Zombies[i]
		if z.Held {
			continue
		}
		st, ppid, err := a.zombie(z)
		if err != nil || ppid != s.Parent.PID {
			continue
		}
		if rule, why := heldNow(a.root, st, s.Parent.PID); why != "" {
			z.Held, z.Rule, z.Why = true, rule, why
			continue
		}
		return i
	}
	return len(s.Zombies)
}

// heldNow says by which rule a zombie cannot be reaped by its parent, from facts
// of this moment.
func heldNow(root *scan.Root, st facts.Stat, parent int) (rule, why string) {
	if st.NumThreads > 1 {
		return uselessBy("Z102")
	}
	if sig, ok := st.ExitSignal.Get(); !ok || sig != sys.SIGCHLD {
		return uselessBy("Z104")
	}
	status, err := root.Status(st.PID)
	tracer, ok := status.TracerPID.Get()
	if err != nil || !ok || tracer != 0 && tracer != parent {
		return uselessBy("Z103")
	}
	return "", ""
}

// zombie reads the stat of a zombie again; an error: it is there no more.
func (a *actor) zombie(z *Zombie) (st facts.Stat, ppid int, err error) {
	st, err = a.root.Stat(z.Process.PID)
	if err != nil {
		return st, 0, err
	}
	if st.StartTicks != z.Process.StartTicks || st.State != facts.Zombie {
		return st, 0, sys.ErrEnded
	}
	return st, st.PPID, nil
}
