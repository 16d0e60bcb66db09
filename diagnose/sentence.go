package diagnose

import (
	"fmt"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/diagnose/rule"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// sentence is the line for the ticket: culprit, how many, cause, and whether an init would help.
func (d *Diagnosis) sentence() string { return d.culprits() + d.besides() }

// culprits says who keeps most zombies.
func (d *Diagnosis) culprits() string {
	// Parents are ordered by what is held against them.
	guilty, total := d.NotReaping(), 0
	for _, p := range d.Parents[:guilty] {
		total += p.Zombies
	}
	switch {
	case len(d.Zombies) == 0:
		return d.cleanSentence()
	case guilty == 0:
		return d.unreapableSentence()
	case guilty == 1 && d.Parents[0].PID == facts.NoPID:
		return fmt.Sprintf("%s%s, and whose the list does not tell. %s", phrase.Zombies(total), phrase.Batches(d.Parents[0].Parent), phrase.InitWould(d.InitWouldHelp))
	case guilty == 1:
		p := &d.Parents[0]
		return fmt.Sprintf("%s has not reaped %s%s: %s. %s", phrase.Parent(p.Parent), phrase.Zombies(total), phrase.Since(p.Parent), p.Why, d.initClause(p))
	default:
		p := &d.Parents[0]
		return fmt.Sprintf("%d processes have not reaped %s, most of all %s with %d%s: %s. %s", guilty,
			phrase.Zombies(total), phrase.Parent(p.Parent), p.Zombies, phrase.Since(p.Parent), p.Why, d.initClause(p)) + d.initForOthers(p)
	}
}

// initClause answers for the zombies of the worst parent whether an init would
// help. What everybody gets wrong is said in full: there is a good one, and it
// cannot.
func (d *Diagnosis) initClause(worst *Parent) string {
	if there := worst.Init.There; worst.InitWouldHelp == No && there != nil {
		return fmt.Sprintf("PID 1 (%s) is an init already, and cannot help: their parent lives.", there.Process.Comm)
	}
	return phrase.InitWould(worst.InitWouldHelp)
}

func (d *Diagnosis) cleanSentence() string {
	if d.Snapshot.Listing != nil {
		return d.cleanListed()
	}
	seen := english.Count(d.Processes, "process", "processes")
	if d.Filter.Set() {
		return d.filteredSentence()
	}
	if d.Blind {
		return fmt.Sprintf("Blind: not every process could be seen. Of %s in view none is a zombie.", seen)
	}
	if d.Transient > 0 {
		return fmt.Sprintf("No zombies that last among %s (%s)%s.", seen, english.Count(d.Transient, "passing one", "passing ones"), d.pid1Clause())
	}
	return fmt.Sprintf("No zombies among %s%s.", seen, d.pid1Clause())
}

// filteredSentence is that of some containers only, which have no zombie.
func (d *Diagnosis) filteredSentence() string {
	seen := english.Count(d.Processes, "process", "processes")
	elsewhere := ""
	if d.Elsewhere > 0 {
		elsewhere = fmt.Sprintf("; elsewhere there are %d", d.Elsewhere)
	}
	switch {
	case d.Unattributed > 0:
		return fmt.Sprintf("Blind: of %s it cannot be told whether %s in %s%s.",
			phrase.Zombies(d.Unattributed), english.Agree(d.Unattributed, "it is", "they are"), phrase.Filter(d.Filter), elsewhere)
	case d.Blind:
		return fmt.Sprintf("Blind: not every process could be seen. None of %s in view is a zombie in %s%s.", seen, phrase.Filter(d.Filter), elsewhere)
	case d.Transient > 0:
		return fmt.Sprintf("No zombies that last in %s (%s)%s.", phrase.Filter(d.Filter), english.Count(d.Transient, "passing one", "passing ones"), elsewhere)
	}
	return fmt.Sprintf("No zombies in %s%s.", phrase.Filter(d.Filter), elsewhere)
}

// pid1Clause says in a few words whether the next orphan would be reaped.
func (d *Diagnosis) pid1Clause() string {
	for _, ns := range d.Namespaces {
		switch v := ns.PID1; {
		case v == nil || !ns.Ours:
		case v.Init == Yes:
			return fmt.Sprintf(", and PID 1 (%s) is an init", v.Process.Comm)
		case v.Init == No && v.Reaps == No:
			return fmt.Sprintf(", but PID 1 (%s) is no init: it would not reap an orphan", v.Process.Comm)
		case v.Init == No:
			return fmt.Sprintf(", but PID 1 (%s) is no init", v.Process.Comm)
		}
	}
	return ""
}

// besides says that a namespace cannot end, and that a limit is nearly used up.
func (d *Diagnosis) besides() string {
	teardown, limit := "", ""
	for _, f := range d.Findings {
		switch {
		case f.Rule == "Z308" && teardown == "":
			teardown = fmt.Sprintf(" A PID namespace cannot end: its PID 1, %s (PID %d), waits for the rest of it.", f.Comm, f.Subject.PID)
		case f.Rule == "Z401" && f.Severity == Critical:
			limit = fmt.Sprintf(" %s %s.", d.Limits[0].Name, phrase.Usage(d.Limits[0].Limit))
		}
	}
	return teardown + limit
}

// cleanListed is the sentence where no zombie was seen in a list.
func (d *Diagnosis) cleanListed() string {
	seen := english.Count(d.Processes, "process", "processes")
	l := d.Snapshot.Listing
	switch {
	case len(l.Doubtful) > 0:
		return fmt.Sprintf("Blind: of %s in the list %s a zombie, which it does not show.", seen, english.Agree(len(l.Doubtful), "1 may be", fmt.Sprintf("each of %d may be", len(l.Doubtful))))
	case d.Blind:
		return fmt.Sprintf("Blind: not every process is in the list. Of %s in it none is a zombie.", seen)
	case l.Zombies == facts.ByBrackets:
		return fmt.Sprintf("No zombie seen among %s%s.", seen, d.pid1Clause())
	default:
		return fmt.Sprintf("No zombies among %s%s.", seen, d.pid1Clause())
	}
}

// why names the cause of a parent's zombies in a clause, as Finding.Cause does; the causes are in the order of their ranks.
func why(x *observe.Observation, p *observe.Parent, causes []*Finding) string {
	switch {
	case p.Zombies == 0:
		return "it cannot reap " + phrase.Them(p.Held) + " yet"
	case x.Listing != nil:
		return whyByList(x, p)
	case p.PID == 0:
		return "the parent is outside this PID namespace"
	case p.Process == nil:
		return "the parent could not be seen"
	}
	if len(causes) > 0 {
		cause := causes[0].Cause()
		// What keeps a namespace from ending has a cause of its own.
		if rankOf(causes[0]) == rule.TeardownRank && len(causes) > 1 {
			return why(x, p, causes[1:]) + "; " + cause
		}
		if cause != "" {
			return cause
		}
	}
	if h := x.Halts.Of(p.Process); h != nil {
		return "it " + phrase.Halt(h.Kind)
	}
	if x.Waits.Of(p.Process).One != nil {
		return "it waits for one of its children"
	}
	return "the cause is unknown"
}

// whyByList is why for a parent that a list shows.
func whyByList(x *observe.Observation, p *observe.Parent) string {
	switch {
	case p.PID == facts.NoPID:
		return "the list does not show their parent"
	case p.Process == nil:
		return "the parent is not in the list"
	}
	if h := x.Halts.Of(p.Process); h != nil {
		return "it " + phrase.Halt(h.Kind)
	}
	if !p.IsPID1 {
		return "it is running, and does not wait for " + phrase.Them(p.Zombies)
	}
	if v := x.Namespaces.Over(p.Process); v != nil && v.Process == p.Process && v.Init == No && phrase.Program(v) == "" {
		return "it is PID 1, but not an init"
	}
	return "it is PID 1, and does not reap " + phrase.Them(p.Zombies)
}
