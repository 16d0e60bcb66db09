// Package doc has the facts of the documents that diagnose has no type for, and the
// sentence that sums up each.
package doc

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/verdict"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/reap/deed"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/sys"
)

// PodContainer is a container of a pod, as it was looked at from far away.
type PodContainer struct {
	Namespace, Pod string
	// Container is where the look was made; Shared: the pod's containers share a
	// PID namespace, so that it was of all of them.
	Container string
	Shared    bool
	How       string              // it was looked at: "zombiectl", "shell"
	Diagnosis *diagnose.Diagnosis // nil: it could not be looked at
	Err       string              // why not
}

// Scene is something that can be simulated.
type Scene struct {
	Name, Title string
	Rules       []string
	Zombies     int
	Sized       bool // any number of zombies can be had
}

// Reap is the report of a reap: what it did about zombies, or would do. It has
// words and numbers only: the actions are the business of package reap.
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
		return "No zombie was seen, but not every process could be seen."
	case total == 0:
		return "No zombies."
	case r.DryRun || r.Unchosen != "":
		said := fmt.Sprintf("%s of %s. Nothing was done.", zombies, english.Count(len(r.Steps), "parent", "parents"))
		if would > 0 {
			said += fmt.Sprintf(" %s would be acted on.", english.Number(would))
		}
		return said + r.instead(cannot)
	case reaped == total && total == 1:
		return "The zombie was reaped."
	case reaped == total:
		return fmt.Sprintf("All %s were reaped.", zombies)
	case reaped == 0 && total == 1:
		return "The zombie was not reaped." + r.instead(cannot)
	case reaped == 0:
		return fmt.Sprintf("None of the %s was reaped.", zombies) + r.instead(cannot)
	default:
		left := total - reaped
		return fmt.Sprintf("%d of %s %s reaped; %d %s left.", reaped, zombies, english.Agree(reaped, "was", "were"), left, english.Agree(left, "is", "are")) + r.instead(cannot)
	}
}

// instead says of so many zombies that no signal helps with them, and what does.
func (r *Reap) instead(n int) string {
	said, idle := "", 0
	help := ""
	for _, s := range r.Steps {
		if s.Deed != "nothing" {
			continue
		}
		if idle++; !s.Refused {
			said = fmt.Sprintf(" A signal would not help with %s.", english.Number(n))
		}
		help = s.Instead.Command
	}
	if n > 0 && idle == 1 && help != "" {
		said += fmt.Sprintf(" To clear %s: %s", english.Agree(n, "it", "them"), help)
	}
	return said
}

// Probe is the answer of an experiment: is an orphan reaped here?
type Probe struct {
	Diagnosis *diagnose.Diagnosis // of the look before it
	By        Doer
	ExitCode  int
	Timeout   time.Duration
	Reaps     diagnose.Answer
	Why       string // why the answer is unknown
	Orphan    facts.ID
	Adopter   facts.ID
	Comm      string // of the adopter
	Subreaper bool   // the adopter is not PID 1
	Left      bool   // the orphan is a zombie still
	Took      time.Duration
	PID1      *diagnose.PID1 // as the look judged it; nil: not visible here
	Actions   []deed.Action
}

// Sentence says the answer in one line.
func (p *Probe) Sentence() string {
	who := fmt.Sprintf("PID %d", p.Adopter.PID)
	if p.Comm != "" {
		who += " (" + p.Comm + ")"
	}
	if p.Subreaper {
		who += ", a subreaper,"
	}
	switch p.Reaps {
	case diagnose.Yes:
		return fmt.Sprintf("%s reaps orphans: the test orphan was gone %s after it exited.", who, words.Exact(p.Took))
	case diagnose.No:
		return fmt.Sprintf("%s does not reap orphans: the test orphan was still a zombie %s after it exited.", who, words.Exact(p.Took))
	}
	return "There is no answer: " + p.Why + "."
}

// Watch is the state of a watch after a look.
type Watch struct {
	Tally *diagnose.Tally
	Step  *diagnose.Step // nil: the first look
	Full  bool           // it read everything
	// Interval is the time between looks, as it is now.
	Interval time.Duration
	// Cost is how much of one CPU the watch has used, 0.05 for 5 %, between
	// full looks.
	Cost facts.Opt[float64]
	Note string // why it does less than it was asked for; "": it does all
	// Verdict is given at the end.
	Verdict *verdict.Verdict
}

// Changes says what a look saw that the one before did not, one line for each;
// of the first look, its sentence, and who leaks by the zombies that are there.
func (w *Watch) Changes() []string {
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, sanitize.Prose(fmt.Sprintf(format, args...))) }
	if w.Step == nil {
		lines = append(lines, sanitize.Prose(w.Tally.Last.Sentence))
		for _, e := range w.Tally.Tracks() {
			if e.Leak {
				add("%s leaks: its zombies kept coming before this watch", watchName(e.PID, e.Comm))
			}
		}
		return lines
	}
	for _, g := range w.Step.Parents {
		var parts []string
		for _, p := range []struct {
			n    int
			what string
		}{{g.New, "new"}, {g.Unseen, "that may be new"}, {g.Reaped, "reaped"}, {g.Lost, "out of view"}, {g.Came, "from another parent"}, {g.Left, "to another parent"}} {
			if p.n > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
			}
		}
		add("%s: %s, %s now", watchName(g.PID, g.Comm), strings.Join(parts, ", "), english.Count(g.Now, "zombie", "zombies"))
	}
	for _, e := range w.Step.Leaking {
		add("%s leaks: %s", watchName(e.PID, e.Comm), e.Leaking())
	}
	for i, a := range w.Step.Adopted {
		if i == words.MaxFindings {
			add("… %s adopted", english.Count(len(w.Step.Adopted)-i, "more process", "more processes"))
			break
		}
		what := "process"
		if a.Zombie {
			what = "zombie"
		}
		add("%s %s (PID %d) lost its parent %d, and was adopted by PID %d", what, a.Comm, a.ID.PID, a.From, a.To)
	}
	for _, f := range w.Step.Findings {
		lines = append(lines, words.FindingText(f))
	}
	return lines
}

func watchName(pid int, comm string) string {
	return fmt.Sprintf("%s (PID %d)", cmp.Or(comm, "?"), pid)
}
