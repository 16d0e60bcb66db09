package reap

import (
	"context"
	"errors"
	"slices"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/zombiectl/zombiectl/scan"
	"github.com/zombiectl/zombiectl/sys"
)

// atOnce bounds how many parents are nudged at a time: each costs a descriptor.
const atOnce = 64

// Do carries out a plan. The error says why nothing could be done at all; the
// fate of each zombie stands in the plan. ctx stops it early.
func Do(ctx context.Context, root *scan.Root, p *Plan, how How) error {
	a := &actor{ctx: ctx, root: root, plan: p, how: how}
	if err := a.ours(); err != nil {
		return err
	}
	nudged := slices.DeleteFunc(slices.Clone(p.Steps), func(s *Step) bool { return s.Deed == doNothing || s.Deed == doWait })
	if len(nudged) > 0 && !how.NoPidfd {
		// Asked of ourselves, before anything is done to others.
		h, err := openHandle(unix.Getpid(), false)
		if err != nil {
			return err
		}
		h.close()
	}
	for _, s := range p.Steps {
		if s.Deed == doWait {
			a.reapOwn(s)
		}
	}
	var wg sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	for _, s := range nudged {
		if s.Deed != doNudge {
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

// lookAgain settles what became of the zombies of a step.
func (a *actor) lookAgain(s *Step) {
	for _, z := range s.Zombies {
		if z.Fate == fateReaped {
			continue
		}
		_, ppid, err := a.zombie(z)
		switch {
		case err == nil:
			z.Fate = fateLeft
			if ppid != s.Parent.PID {
				z.Adopter = ppid
			}
			if z.Why == "" {
				z.Why = "its parent has not waited for it yet"
			}
		case errors.Is(err, sys.ErrEnded) || scan.Vanished(err):
			z.Fate, z.Rule, z.Why = fateReaped, "", ""
		default:
			z.Fate, z.Rule, z.Why = fateLeft, "", "it cannot be looked at any more: "+err.Error()
		}
	}
}
