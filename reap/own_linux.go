package reap

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/sys"
)

// waitOwn waits for a child of this process, if it is a zombie: by its PID, so
// that the status of no other child is taken, and never blocking. Nobody else
// can reap our child, so its PID is not reused before we did.
func waitOwn(pid int) (facts.Exit, error) {
	// A look first, which takes nothing: a child that is running, or whose threads
	// or tracer keep it, gives no answer. __WALL: whatever its exit signal.
	c, err := sys.Waitid(pid, unix.WNOHANG|unix.WALL|unix.WNOWAIT)
	if err == nil && c.PID != 0 {
		c, err = sys.Waitid(pid, unix.WNOHANG|unix.WALL)
	}
	switch {
	case errors.Is(err, unix.ECHILD):
		return facts.Exit{}, errors.New("it is no child of this process")
	case err != nil:
		return facts.Exit{}, err
	case c.PID == 0:
		return facts.Exit{}, errNotYet
	}
	return facts.Exit(c.Exit), nil
}

var errNotYet = errors.New("the kernel does not give it out yet: a thread of it is still running, or a tracer holds it")

func (a *actor) reapOwn(s *Step) {
	for _, z := range s.Zombies {
		if a.ctx.Err() != nil {
			return
		}
		exit, err := waitOwn(z.Process.PID)
		action := Action{Time: time.Now(), Deed: doWait, To: z.Process.ID(), Comm: z.Process.Comm}
		if err != nil {
			action.Err, action.Result = err.Error(), "left"
			if z.Why == "" {
				z.Why = err.Error()
			}
		} else {
			z.Fate, z.Status = fateReaped, facts.Some(exit)
			action.Result = sys.ExitText(exit.Signal, exit.Code, exit.CoreDumped)
		}
		a.log(action)
	}
}
