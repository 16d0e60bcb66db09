// Package deed holds what reap plans and has done about zombies, for who says it:
// types, and no deeds.
package deed

import (
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/rule"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// Step is what to do about the zombies of one parent, or what was done.
type Step struct {
	Parent *diagnose.Parent
	Deed   string // nothing, wait, nudge, signal, terminate
	Signal int    // that is sent; 0: none
	// Rule and Why say why nothing is done, where Deed is "nothing".
	Rule, Why string
	// Refused: it was asked for, and is not done because it may do harm.
	// Forceable: --force would override that.
	Refused, Forceable bool
	// Instead is what would clear the zombies, where a signal does not; no Command: nothing is known to.
	Instead rule.Step
	// Heirs may inherit the zombies, where the parent may end by the signal.
	Heirs   []diagnose.Heir
	Zombies []*Zombie

	// The results, once it was carried out.
	Sent  int  // signals
	Ended bool // the parent has exited
	// Adopter inherited the zombies of a parent that has exited; 0: it is unknown.
	Adopter int
	Err     string // why a signal could not be sent
}

// Zombie is a zombie of a step, and what became of it.
type Zombie struct {
	*diagnose.Zombie
	Fate string // planned: nothing was done; reaped; left
	// Rule and Why say why it is left: by which rule, where there is one.
	Rule, Why string
	Held      bool // its parent cannot reap it
	// Status is the wait status with which it was waited for by this process.
	Status facts.Opt[facts.Exit]
	// Adopter is who was seen to be its parent after its parent exited; 0: nobody.
	Adopter int
}

// Outcome is how it exited: as our wait returned it, or as the look saw it.
func (z *Zombie) Outcome() facts.Opt[facts.Exit] {
	if z.Status.Known() {
		return z.Status
	}
	return z.Exit
}

// Action is one thing that was done, or was about to be: for the log.
type Action struct {
	Time time.Time
	Deed string // those of Step; orphan: one was made, for a probe
	// Signal that was sent; 0: none, it was waited for.
	Signal int
	To     facts.ID
	Comm   string // of the process that it was done to
	// Result is what came of it: "sent", "exit 3", "not permitted".
	Result string
	Err    string // why it was not done
}
