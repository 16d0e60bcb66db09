package reap

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// beforeSignal is a hook for tests: it runs when the facts have been read, and
// before the signal.
var beforeSignal = func(*Step) {}

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
