package doc

import (
	"fmt"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/sys"
)

// Reap is what was done about zombies, or would be. Words and numbers only: how
// it is done is the business of package reap.
type Reap struct {
	Diagnosis *diagnose.Diagnosis // of which the plan was made
	DryRun    bool
	By        Doer
	ExitCode  int
	// Unchosen says why nothing was done before somebody chooses; "": no choice
	// is wanted.
	Unchosen string
	Steps    []ReapStep
	Actions  []Action
}

// Doer is who acts.
type Doer struct{ PID, UID int }

// ReapStep is what was done about the zombies of one parent.
type ReapStep struct {
	Parent *diagnose.Parent
	Deed   string // nothing, wait, nudge, signal, terminate
	Signal int    // 0: none
	// Rule and Why say why nothing is done.
	Rule, Why          string
	Refused, Forceable bool
	Heirs              []diagnose.Heir
	Sent               int
	Ended              bool
	Adopter            int // 0: unknown, or nobody
	Err                string
	Zombies            []ReapZombie
}

// ReapZombie is a zombie, and what became of it: planned, reaped or left.
type ReapZombie struct {
	*diagnose.Zombie
	Fate      string
	Rule, Why string // why it is left
	Status    facts.Opt[facts.Exit]
	Adopter   int // that it was seen to have; 0: none
}

// Outcome is how it ended: as it was waited for, or as the look saw it.
func (z *ReapZombie) Outcome() facts.Opt[facts.Exit] {
	if z.Status.Known() {
		return z.Status
	}
	return z.Exit
}

// Action is one thing that was done.
type Action struct {
	Time   time.Time
	Deed   string
	Signal int // 0: none
	To     facts.ID
	Comm   string
	Result string
	Err    string // why it was not done
}

// Line says the action in one line, for a log: who, what, to whom, result.
func (a Action) Line(by Doer, d *diagnose.Diagnosis) string {
	what := map[string]string{"wait": "waited for", "orphan": "made the orphan"}[a.Deed]
	if a.Signal != 0 {
		what = sys.SignalName(a.Signal) + " to"
	}
	started := "?"
	if ticks, ok := a.To.Start.Get(); ok {
		started = fmt.Sprintf("%d ticks after boot", ticks)
		if d != nil {
			if at := words.RFC3339(d.StartTime(&facts.Process{Stat: facts.Stat{PID: a.To.PID, StartTicks: ticks}})); at != nil {
				started = *at
			}
		}
	}
	result := a.Result
	if a.Err != "" {
		result += ": " + a.Err
	}
	return sanitize.Prose(fmt.Sprintf("PID %d (uid %d): %s PID %d (%s, started %s): %s", by.PID, by.UID, what, a.To.PID, a.Comm, started, result))
}

// Sentence says in one line what came of it.
func (r *Reap) Sentence() string {
	total, reaped, would, cannot := 0, 0, 0, 0
	for _, s := range r.Steps {
		for _, z := range s.Zombies {
			total++
			switch {
			case z.Fate == "reaped":
				reaped++
			case s.Deed == "nothing" || z.Why != "":
				cannot++
			default:
				would++
			}
		}
	}
	zombies := english.Count(total, "zombie", "zombies")
	switch {
	case total == 0 && r.Diagnosis.Blind:
		return "No zombie in view, but not every process could be seen."
	case total == 0:
		return "No zombies."
	case r.DryRun || r.Unchosen != "":
		said := fmt.Sprintf("%s of %s. Nothing was done.", zombies, english.Count(len(r.Steps), "parent", "parents"))
		if would > 0 {
			said += fmt.Sprintf(" Something would be done about %d.", would)
		}
		if cannot > 0 {
			said += fmt.Sprintf(" Nothing can be done about %d.", cannot)
		}
		return said
	case reaped == total && total == 1:
		return "The zombie was reaped."
	case reaped == total:
		return fmt.Sprintf("All %s were reaped.", zombies)
	case reaped == 0 && total == 1:
		return "The zombie is left."
	case reaped == 0:
		return fmt.Sprintf("All %s are left.", zombies)
	default:
		return fmt.Sprintf("%d of %s %s reaped, %d left.", reaped, zombies, english.Agree(reaped, "was", "were"), total-reaped)
	}
}
