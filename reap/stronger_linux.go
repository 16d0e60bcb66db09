package reap

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/sys"
)

// sendOnce sends a parent the signal that was asked for, if all that was planned
// with is still so, and looks what comes of it.
func (a *actor) sendOnce(s *Step) {
	h, err := openHandle(s.Parent.PID, a.how.NoPidfd)
	if err == nil {
		defer h.close()
		err = a.mayBeSent(h, s)
	}
	if err != nil {
		a.failed(s, err)
		return
	}
	before := a.heirsReaping(s)
	if a.send(h, s) != nil {
		return
	}
	a.awaitEffect(h, s)
	s.Adopter = a.adopter(s, before)
	switch {
	case s.Ended:
		leave(s, "", "the parent has exited, and the adopter has not waited for it yet")
	case s.Deed == doTerminate:
		leave(s, primary(s), "the parent was sent SIGTERM and has not ended yet")
	default:
		leave(s, primary(s), "the parent was sent "+sys.SignalName(s.Signal)+", and has not waited for it yet")
	}
}

// mayBeSent says why the signal that was asked for is not sent.
func (a *actor) mayBeSent(h *handle, s *Step) error {
	if err := a.stillMeant(h, s); err != nil {
		return err
	}
	switch {
	case errors.Is(h.signal(0), unix.EPERM):
		return errNotPermitted
	case a.how.Confirm == nil:
		return nil
	case !a.how.Confirm(s):
		return errors.New("not confirmed")
	}
	return a.stillMeant(h, s) // somebody took their time to answer
}

// stillMeant reads again all that a stronger deed rests on.
func (a *actor) stillMeant(h *handle, s *Step) error {
	if _, err := a.facts(h, s); err != nil {
		return err
	}
	first := s.Parent.Process
	if a.left(s, 0) == 0 {
		return errors.New("its zombies are gone")
	}
	for _, heir := range s.Heirs {
		p := heir.Process
		now, err := a.root.Stat(p.PID)
		switch {
		case err != nil || now.StartTicks != p.StartTicks || now.Comm != p.Comm || now.PPID != p.PPID:
			return fmt.Errorf("PID %d (%s), which may inherit its zombies, is not what it was", p.PID, p.Comm)
		case now.State == facts.Stopped || now.State == facts.Traced || now.State == facts.Zombie || now.State == facts.Dead:
			return fmt.Errorf("PID %d (%s), which may inherit its zombies, is in state %s and reaps nothing", p.PID, p.Comm, now.State)
		}
	}
	if now, err := a.root.Stat(first.PID); len(s.Heirs) > 0 && (err != nil || now.PPID != first.PPID) {
		return errors.New("its own parent is another one now")
	}
	if !h.lives() {
		return sys.ErrEnded
	}
	return nil
}

// awaitEffect looks until the zombies are gone, or the time is over.
func (a *actor) awaitEffect(h *handle, s *Step) {
	for deadline := time.Now().Add(a.how.Wait); ; a.pause(pollEvery) {
		left := 0
		for _, z := range s.Zombies {
			_, ppid, err := a.zombie(z)
			if err != nil {
				continue
			}
			left++
			if ppid != s.Parent.PID {
				z.Adopter = ppid
			}
		}
		s.Ended = s.Ended || a.ended(h, s)
		if left == 0 && (s.Ended || s.Deed != doTerminate) || time.Now().After(deadline) || a.ctx.Err() != nil {
			return
		}
	}
}

func (a *actor) ended(h *handle, s *Step) bool {
	if h.fd != nil {
		return !h.lives()
	}
	now, err := a.root.Stat(h.pid)
	return err != nil || now.StartTicks != s.Parent.Process.StartTicks || now.State == facts.Zombie
}

// heirsReaping is what grows when a process waits for a child, of each heir.
func (a *actor) heirsReaping(s *Step) [][4]uint64 {
	var out [][4]uint64
	for _, heir := range s.Heirs {
		out = append(out, a.reaping(heir.Process.PID))
	}
	return out
}

// adopter returns who inherited the zombies of a parent that has exited: who was
// seen to be their parent; the only one that could be; the only one that has
// waited for a child since, apart from the parent's own parent, which waited for
// the parent. 0: it is unknown.
func (a *actor) adopter(s *Step, before [][4]uint64) int {
	if !s.Ended {
		return 0
	}
	for _, z := range s.Zombies {
		if z.Adopter != 0 {
			return z.Adopter
		}
	}
	if len(s.Heirs) == 1 {
		return s.Heirs[0].Process.PID
	}
	found := 0
	for i, now := range a.heirsReaping(s) {
		pid := s.Heirs[i].Process.PID
		if now == before[i] || pid == s.Parent.Process.PPID {
			continue
		}
		if found != 0 {
			return 0
		}
		found = pid
	}
	return found
}
