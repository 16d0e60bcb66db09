package doc

import (
	"fmt"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/reap/deed"
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
	Steps    []*deed.Step
	Actions  []deed.Action
}

// Doer is who acts.
type Doer struct {
	PID int `json:"pid"`
	UID int `json:"uid"`
}

// Line says an action in one line, for a log: who, what, to whom, result.
func (by Doer) Line(a deed.Action, d *diagnose.Diagnosis) string {
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
