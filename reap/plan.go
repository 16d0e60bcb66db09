// Package reap acts on a diagnosis: it waits for zombies that are our own
// children, and nudges the parents of others. Stronger actions have to be asked
// for, and are refused where they would do harm. It prints nothing and knows no
// command line.
//
// First a plan is made of a diagnosis ([Make]), which touches nothing. Then it
// is carried out ([Do]): of each parent a pidfd is opened first, the facts are
// read again, and the signal is sent through that same pidfd.
package reap

import (
	"errors"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/reap/deed"
)

// The actions on the zombies of one parent.
const (
	doNothing   = "nothing"   // Step.Why says why
	doWait      = "wait"      // they are children of this process: wait for each
	doNudge     = "nudge"     // SIGCHLD to the parent
	doSignal    = "signal"    // another signal to the parent
	doTerminate = "terminate" // SIGTERM to the parent: its reaper inherits the zombies
	doOrphan    = "orphan"    // of a probe: a process was made, and lost its parent
)

// Options say what to do, and to which zombies.
type Options struct {
	// Self is the PID of this process in the source of the diagnosis; 0: it is
	// not in there, as in a recording.
	Self int
	// PIDs and Parents choose zombies by their own PID and by their parent's;
	// both empty: all that can be seen.
	PIDs, Parents []int
	// All: all that can be seen are meant, though they belong to several parties.
	All bool
	// Signal is sent in place of SIGCHLD; 0: none.
	Signal int
	// Terminate asks to end the parent.
	Terminate bool
	// Force overrides the refusals that Step.Forceable lists.
	Force bool
}

// Chosen reports whether zombies are chosen by PID.
func (o *Options) Chosen() bool { return len(o.PIDs)+len(o.Parents) > 0 }

// Stronger reports whether anything but a nudge is asked for.
func (o *Options) Stronger() bool { return o.Terminate || o.Signal != 0 }

// How says how a plan is carried out.
type How struct {
	// Wait is how long to look, after a signal, whether it helps.
	Wait time.Duration
	// NoPidfd: send signals by PID, on kernels without pidfds. A PID that is
	// reused after the facts were read is signalled then.
	NoPidfd bool
	// Confirm is asked before anything that is stronger than a nudge, when the
	// pidfd is held; false: it is not done.
	Confirm func(*Step) bool
	// Log receives every action, one at a time.
	Log func(Action)
}

// ErrNoPidfd says that the kernel has no pidfds, or does not let us have them.
var ErrNoPidfd = errors.New("pidfds cannot be used here (they need Linux 5.3), so a signal might reach another process that got the PID")

// Plan is what would be done.
type Plan struct {
	Diagnosis *diagnose.Diagnosis
	Steps     []*Step // by the PID of the parent
	// Unchosen says to several of what the zombies belong, so that somebody has to choose
	// before anything is done; "": it may be done.
	Unchosen string

	observed *observe.Observation
	options  Options
}

// The actions and their results, as a report has them.
type (
	// Step is the action on the zombies of one parent.
	Step = deed.Step
	// Zombie is a zombie of a step.
	Zombie = deed.Zombie
	// Action is one thing that was done.
	Action = deed.Action
)

// What became of a zombie.
const (
	fatePlanned = "planned" // nothing was done
	fateReaped  = "reaped"
	fateLeft    = "left" // still there; Rule and Why say why
)

// Left counts the zombies that are still there, or would be.
func (p *Plan) Left() (n int) {
	for _, s := range p.Steps {
		for _, z := range s.Zombies {
			if z.Fate != fateReaped {
				n++
			}
		}
	}
	return n
}

// Zombies counts the zombies of the plan.
func (p *Plan) Zombies() (n int) {
	for _, s := range p.Steps {
		n += len(s.Zombies)
	}
	return n
}

// Hindered reports whether something would have been done, and could not be: it
// was refused, not permitted or not confirmed. Nothing else was done then.
func (p *Plan) Hindered() bool {
	hindered := false
	for _, s := range p.Steps {
		if s.Sent > 0 || s.Deed == doWait {
			return false
		}
		hindered = hindered || s.Refused || s.Err != ""
	}
	return hindered
}
