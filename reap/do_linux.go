package reap

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/zombiectl/zombiectl/scan"
)

// actor carries out a plan.
type actor struct {
	ctx  context.Context
	root *scan.Root
	plan *Plan
	how  How
	mu   sync.Mutex // guards how.Log
}

// atOnce bounds how many parents are nudged at a time: each costs a descriptor.
const atOnce = 64

// pollEvery is how often a parent is looked at after a signal.
const pollEvery = time.Millisecond

// beforeSignal is a hook for tests: it runs when the facts have been read, and
// before the signal.
var beforeSignal = func(*Step) {}

func do(ctx context.Context, root *scan.Root, p *Plan, how How) error {
	a := &actor{ctx: ctx, root: root, plan: p, how: how}
	if err := a.ours(); err != nil {
		return err
	}
	var nudged []*Step
	for _, s := range p.Steps {
		if s.Deed == Nudge || s.Deed == Signal || s.Deed == Terminate {
			nudged = append(nudged, s)
		}
	}
	if len(nudged) > 0 && !how.NoPidfd {
		// Asked of ourselves, before anything is done to others.
		h, err := openHandle(unix.Getpid(), false)
		if err != nil {
			return err
		}
		h.close()
	}
	for _, s := range p.Steps {
		if s.Deed == Wait {
			a.reapOwn(s)
		}
	}
	var wg sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	for _, s := range nudged {
		if s.Deed != Nudge {
			a.sendOnce(s)
			continue
		}
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			a.nudge(s)
		})
	}
	wg.Wait()
	for _, s := range p.Steps {
		a.lookAgain(s)
	}
	return nil
}

// ours makes sure that the PIDs that were read are those that we would signal.
func (a *actor) ours() error {
	if !a.root.Live() {
		return errors.New("a recording cannot be acted on")
	}
	st, err := a.root.SelfStatus()
	pids, _ := st.NSpid.Get()
	if err != nil || len(pids) != 1 || pids[0] != unix.Getpid() {
		return ErrOtherNamespace
	}
	return nil
}

func (a *actor) log(x Action) {
	if a.how.Log == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.how.Log(x)
}

// nudge sends SIGCHLD to a parent, again while that helps.
func (a *actor) nudge(s *Step) {
	h, err := openHandle(s.Parent.PID, a.how.NoPidfd)
	if err != nil {
		a.failed(s, err)
		return
	}
	defer h.close()
	first := 0             // those before it are gone, or cannot be reaped
	left := len(s.Zombies) // as last counted
	for a.ctx.Err() == nil {
		if rule, err := a.facts(h, s); err != nil {
			leave(s, rule, "the parent was not nudged: "+err.Error())
			if s.Sent == 0 {
				a.failed(s, err)
			}
			return
		}
		first = a.reapable(s, first)
		if first == len(s.Zombies) {
			return
		}
		before := a.reaping(s)
		if err := a.send(h, s); err != nil {
			return
		}
		if first = a.awaitProgress(s, first, before, &left); first < 0 {
			leave(s, primary(s), "the parent was sent SIGCHLD and did not wait for it")
			return
		}
	}
}

// primary is the rule that the diagnosis blames the parent by; "": none.
func primary(s *Step) string {
	if len(s.Parent.Rules) > 0 {
		return s.Parent.Rules[0]
	}
	return ""
}

// leave says why the zombies of a step that are still there are.
func leave(s *Step, rule, why string) {
	for _, z := range s.Zombies {
		if z.Why == "" {
			z.Rule, z.Why = rule, why
		}
	}
}

// facts reads again what the plan rests on, after the handle was opened. Any
// difference is an error, with the rule that it belongs to where there is one.
func (a *actor) facts(h *handle, s *Step) (rule string, err error) {
	was := s.Parent.Process
	now, err := a.root.Stat(h.pid)
	switch {
	case err != nil && scan.Vanished(err):
		return "", errEnded
	case err != nil:
		return "", fmt.Errorf("its stat cannot be read any more: %w", err)
	case now.StartTicks != was.StartTicks:
		return "", errors.New("its PID belongs to another process now")
	case now.State == scan.Zombie || now.State == scan.Dead:
		return "", errEnded
	case now.Comm != was.Comm:
		return "", fmt.Errorf("it runs another program now (%q)", now.Comm)
	case s.Deed == Nudge && now.State == scan.Stopped:
		return "Z205", errors.New("it is stopped")
	case s.Deed == Nudge && now.State == scan.Traced:
		return "Z206", errors.New("a debugger holds it")
	case now.State != scan.Stopped && was.State == scan.Stopped && s.Deed == Signal && s.Signal == sigcont:
		return "", errors.New("it is not stopped any more")
	}
	if !h.lives() {
		return "", errEnded
	}
	return "", nil
}

// reapable returns the index of the first zombie, from one on, that is there and
// that the parent can reap; a handler with a blocking wait() would hang on any
// other.
func (a *actor) reapable(s *Step, from int) int {
	for i := from; i < len(s.Zombies); i++ {
		z := s.Zombies[i]
		if z.held {
			continue
		}
		st, ppid, err := a.zombie(z)
		if err != nil || ppid != s.Parent.PID {
			continue
		}
		if rule, why := heldNow(a.root, st, s.Parent.PID); why != "" {
			z.held, z.Rule, z.Why = true, rule, why
			continue
		}
		return i
	}
	return len(s.Zombies)
}

// heldNow says by which rule a zombie cannot be reaped by its parent, from facts
// of this moment.
func heldNow(root *scan.Root, st scan.Stat, parent int) (rule, why string) {
	if st.NumThreads > 1 {
		return "Z102", nudges["Z102"].why
	}
	if sig, ok := st.ExitSignal.Get(); !ok || sig != scan.SIGCHLD {
		return "Z104", nudges["Z104"].why
	}
	status, err := root.Status(st.PID)
	tracer, ok := status.TracerPID.Get()
	if err != nil || !ok || tracer != 0 && tracer != parent {
		return "Z103", nudges["Z103"].why
	}
	return "", ""
}

// zombie reads the stat of a zombie again; an error: it is there no more.
func (a *actor) zombie(z *Zombie) (st scan.Stat, ppid int, err error) {
	st, err = a.root.Stat(z.Process.PID)
	if err != nil {
		return st, 0, err
	}
	if st.StartTicks != z.Process.StartTicks || st.State != scan.Zombie {
		return st, 0, errEnded
	}
	return st, st.PPID, nil
}

// reaping is what grows when a process waits for a child (see Stat.HasReaped).
func (a *actor) reaping(s *Step) [4]uint64 {
	st, err := a.root.Stat(s.Parent.PID)
	if err != nil {
		return [4]uint64{}
	}
	return [4]uint64{st.CMinFlt, st.CMajFlt, st.CUTime, st.CSTime}
}

// awaitProgress waits until the parent has reaped one of the zombies, and has
// come to rest. It returns the index of the first that is still there; -1: the
// time is over and all of them are.
//
// Looking at all of them each time would cost their square. A parent that waits
// for any child gets the oldest, so it is the first that goes; only when the
// parent reaps, and that is still there, they are counted. left is the last
// count, so a nudge may be taken to have helped that did not; once.
func (a *actor) awaitProgress(s *Step, first int, before [4]uint64, left *int) int {
	helped, moved := false, false
	for deadline := time.Now().Add(a.how.Wait); ; {
		a.pause(pollEvery)
		late := time.Now().After(deadline) || a.ctx.Err() != nil
		now, next := a.reaping(s), a.reapable(s, first)
		switch {
		case next == len(s.Zombies):
			return next
		case next != first:
			first, before, helped = next, now, true
		case now != before && !late:
			before, moved = now, true
		case helped:
			return first
		case moved || late:
			was := *left
			if *left = a.left(s, first); *left < was {
				return first
			}
			if moved = false; late {
				return -1
			}
		}
	}
}

// left counts the zombies of a step, from one on, that are there and are the
// parent's.
func (a *actor) left(s *Step, from int) (n int) {
	for _, z := range s.Zombies[from:] {
		if _, ppid, err := a.zombie(z); err == nil && ppid == s.Parent.PID {
			n++
		}
	}
	return n
}

func (a *actor) pause(d time.Duration) {
	select {
	case <-a.ctx.Done():
	case <-time.After(d):
	}
}

// send sends the signal of a step through its handle.
func (a *actor) send(h *handle, s *Step) error {
	beforeSignal(s)
	err := h.signal(s.Signal)
	x := Action{Time: time.Now(), Deed: s.Deed, Signal: s.Signal, To: s.Parent.Process.ID(), Comm: s.Parent.Process.Comm, Result: "sent"}
	if err != nil {
		if errors.Is(err, unix.EPERM) {
			err = errNotPermitted
		}
		x.Result, x.Err = "not sent", err
		s.Err = err
		leave(s, "", "the parent was not signalled: "+err.Error())
	} else {
		s.Sent++
	}
	a.log(x)
	return err
}

// errNotPermitted is EPERM of kill(2), said so that somebody can act on it.
var errNotPermitted = errors.New("not permitted: it takes the same user, root or CAP_KILL")

// failed notes that nothing was sent, and why.
func (a *actor) failed(s *Step, err error) {
	s.Err = err
	leave(s, "", "the parent was not signalled: "+err.Error())
	a.log(Action{Time: time.Now(), Deed: s.Deed, Signal: s.Signal, To: s.Parent.Process.ID(), Comm: s.Parent.Process.Comm, Result: "not sent", Err: err})
}

// lookAgain settles what became of the zombies of a step.
func (a *actor) lookAgain(s *Step) {
	for _, z := range s.Zombies {
		if z.Fate == Reaped {
			continue
		}
		_, ppid, err := a.zombie(z)
		switch {
		case err == nil:
			z.Fate = Left
			if ppid != s.Parent.PID {
				z.Adopter = ppid
			}
			if z.Why == "" {
				z.Why = "its parent has not waited for it yet"
			}
		case errors.Is(err, errEnded) || scan.Vanished(err):
			z.Fate, z.Rule, z.Why = Reaped, "", ""
		default:
			z.Fate, z.Rule, z.Why = Left, "", "it cannot be looked at any more: "+err.Error()
		}
	}
}
