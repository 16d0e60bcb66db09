package reap

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"github.com/zombiectl/zombiectl/sys"
)

// handle is a process that a signal can be sent to: with a descriptor it is one
// process for good.
type handle struct {
	pid int
	fd  *sys.Pidfd // nil: none was wanted
}

func openHandle(pid int, noPidfd bool) (*handle, error) {
	if noPidfd {
		return &handle{pid, nil}, nil
	}
	fd, err := sys.OpenPidfd(pid)
	if errors.Is(err, sys.ErrNoPidfd) {
		return nil, ErrNoPidfd
	}
	if err != nil {
		return nil, err
	}
	return &handle{pid, fd}, nil
}

func (h *handle) close() {
	if h.fd != nil {
		h.fd.Close()
	}
}

// lives reports whether the process has not exited. Without a descriptor the
// facts that were read decide.
func (h *handle) lives() bool { return h.fd == nil || !h.fd.Ended() }

// signal sends a signal; 0 only asks whether one may.
func (h *handle) signal(n int) error {
	if h.fd != nil {
		return h.fd.Signal(n)
	}
	return sys.Kill(h.pid, n)
}

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
	if errors.Is(err, unix.EPERM) {
		err = errNotPermitted
	}
	if err != nil {
		a.failed(s, err)
		return err
	}
	s.Sent++
	a.logSignal(s, "sent")
	return nil
}

// errNotPermitted is EPERM of kill(2), said so that somebody can act on it.
var errNotPermitted = errors.New("not permitted: it takes the same user, root or CAP_KILL")

// failed notes that nothing was sent, and why.
func (a *actor) failed(s *Step, err error) {
	s.Err = err.Error()
	leave(s, "", "the parent was not signalled: "+s.Err)
	a.logSignal(s, "not sent")
}

func (a *actor) logSignal(s *Step, result string) {
	to := s.Parent.Process
	a.log(Action{Time: time.Now(), Deed: s.Deed, Signal: s.Signal, To: to.ID(), Comm: to.Comm, Result: result, Err: s.Err})
}
