// Package reap acts on a diagnosis: it waits for zombies that are our own
// children, and nudges the parents of others. What is stronger has to be asked
// for, and is refused where it would do harm. It prints nothing and knows no
// command line.
//
// First a plan is made of a diagnosis ([Make]), which touches nothing. Then it
// is carried out ([Do]): of each parent a pidfd is opened first, the facts are
// read again, and the signal is sent through that same pidfd.
package reap

import (
	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// Deed is what is done about the zombies of one parent: one of these words.
type Deed string

const (
	doNothing   Deed = "nothing"   // Step.Why says why
	doWait      Deed = "wait"      // they are children of this process: wait for each
	doNudge     Deed = "nudge"     // SIGCHLD to the parent
	doSignal    Deed = "signal"    // another signal to the parent
	doTerminate Deed = "terminate" // SIGTERM to the parent: its reaper inherits the zombies
	doOrphan    Deed = "orphan"    // of a probe: a process was made, and lost its parent
)

// Options say what is wanted.
type Options struct {
	// Self is the PID of this process in the source of the diagnosis; 0: it is
	// not in there, as in a recording.
	Self int
	// PIDs and Parents choose zombies by their own PID and by their parent's;
	// both empty: all in view.
	PIDs, Parents []int
	// All: all in view are meant, though they belong to several.
	All bool
	// Signal is sent in place of SIGCHLD; 0: none.
	Signal int
	// Terminate asks to end the parent.
	Terminate bool
	// Force overrides the refusals that Step.Forceable tells.
	Force bool
}

// Chosen reports whether zombies are chosen by PID.
func (o *Options) Chosen() bool { return len(o.PIDs)+len(o.Parents) > 0 }

// Stronger reports whether anything but a nudge is asked for.
func (o *Options) Stronger() bool { return o.Terminate || o.Signal != 0 }

// Plan is what would be done.
type Plan struct {
	Diagnosis *diagnose.Diagnosis
	Steps     []*Step // by the PID of the parent
	// Unchosen says what several are in view of, so that somebody has to choose
	// before anything is done; "": it may be done.
	Unchosen string

	observed *observe.Observation
	options  Options
}

// Step is what is done about the zombies of one parent.
type Step struct {
	Parent *diagnose.Parent
	Deed   Deed
	Signal int // that is sent; 0: none
	// Rule and Why say why nothing is done, where Deed is "nothing".
	Rule, Why string
	// Refused: it was asked for, and is not done because it may do harm.
	// Forceable: Options.Force would override that.
	Refused, Forceable bool
	// Heirs may inherit the zombies, where the parent may end by the signal.
	Heirs   []observe.Heir
	Zombies []*Zombie

	// What was done, once it was.
	Sent  int  // signals
	Ended bool // the parent has ended
	// Adopter inherited the zombies of a parent that has ended; 0: cannot be told.
	Adopter int
	Err     error // why a signal could not be sent
}

// Fate is what became of a zombie: one of these words.
type Fate string

const (
	fatePlanned Fate = "planned" // nothing was done
	fateReaped  Fate = "reaped"
	fateLeft    Fate = "left" // still there; Rule and Why say why
)

// Zombie is a zombie of a plan.
type Zombie struct {
	*diagnose.Zombie
	// Rule and Why say why it is left: by which rule, where there is one.
	Rule, Why string
	Fate      Fate
	// Status is the wait status with which it was waited for by this process.
	Status facts.Opt[facts.Exit]
	// Adopter is who was seen to be its parent after its parent ended.
	Adopter int

	held bool // its parent cannot reap it
}

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
		hindered = hindered || s.Refused || s.Err != nil
	}
	return hindered
}
