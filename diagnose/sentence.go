package diagnose

import (
	"fmt"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/diagnose/rule"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// sentence is the line for the ticket: culprit, how many, since when, cause, whether
// an init would help, and what fails when. Of several problems it names the most urgent.
func (d *Diagnosis) sentence() string {
	guilty, total := d.NotReaping(), 0
	for _, p := range d.Parents[:guilty] { // ordered by how much is held against them
		total += p.Zombies
	}
	problems, _ := d.Problems()
	lead := leading(problems)
	switch {
	case len(d.Zombies) == 0:
		return d.cleanSentence() + alarms(problems)
	case lead == nil:
		return d.unreapableSentence() + alarms(problems)
	}
	said := ""
	if len(lead.Parents) < guilty {
		said = fmt.Sprintf("%s processes have left %s. Most urgent: ", english.Number(guilty), phrase.Zombies(total))
	}
	said += lead.Left(phrase.Parent(lead.Parents[0].Parent)+d.whereIn(lead)) + ": " + lead.Parents[0].Why + "."
	if lead.Limit != nil && lead.pressed() {
		said += " " + phrase.LimitSentence(lead.Limit.Limit)
	}
	return said + " " + d.initSentence(lead) + alarms(problems)
}

// whereIn names the container of a problem, where there is more than one; "": it is in none.
func (d *Diagnosis) whereIn(p *Problem) string {
	if c := p.Container; len(d.Containers) > 1 && c != nil && c.Engine != NoContainer && c.Label() != "" {
		return " in " + c.Label()
	}
	return ""
}

// leading is the most urgent problem that has parents.
func leading(problems []Problem) *Problem {
	for i := range problems {
		if len(problems[i].Parents) > 0 {
			return &problems[i]
		}
	}
	return nil
}

// Left says who has left how many zombies, and for how long: a clause, to be
// followed by why. one names its parent where there is but one.
func (p *Problem) Left(one string) string {
	first := p.Parents[0]
	left := phrase.Zombies(p.Zombies) + phrase.Since(first.Parent)
	switch {
	case first.PID == facts.NoPID:
		return "The list does not show who has left " + left
	case len(p.Parents) > 1:
		return fmt.Sprintf("Each of %s %s processes%s has left zombies%s, %s in all", english.Number(len(p.Parents)), p.Name(), p.below(), phrase.Since(first.Parent), english.Number(p.Zombies))
	}
	return one + " has left " + left
}

// below names the process that several alike parents run below, where it was seen.
func (p *Problem) below() string {
	if p.Above == nil {
		return ""
	}
	return " below " + phrase.Process(observe.ShortCommand(p.Above), p.Above.PID)
}

// initSentence says for how many zombies an init would help: of the most urgent problem, and of the others together.
func (d *Diagnosis) initSentence(lead *Problem) string {
	if len(lead.Parents) == d.NotReaping() {
		if len(lead.Parents) == 1 {
			return phrase.InitWould(lead.Parents[0].Parent, lead.Parents[0].Init)
		}
	}
	return initCounted(initCounts(d.Parents))
}

// pressed reports whether a limit is part of the problem.
func (p *Problem) pressed() bool {
	return p.Urgency == Failing || p.Urgency == WillFail || p.Urgency == Leaking && (p.Find("Z401") != nil || p.FullIn.Known())
}

// alarms says what else fails: that a namespace cannot end, and that a limit is
// nearly used up, where the sentence has not said so.
func alarms(problems []Problem) string {
	said := ""
	for i := range problems {
		p := &problems[i]
		switch {
		case p.Find("Z308") != nil && (i > 0 || len(p.Parents) == 0): // else it is said
			f := p.Find("Z308")
			return said + fmt.Sprintf(" A PID namespace cannot end: its PID 1, %s (PID %d), waits for the rest of it.", f.Comm, f.Subject.PID)
		case p.Urgency == Failing && p.Limit != nil && len(p.Parents) == 0 && said == "":
			said = " " + phrase.LimitSentence(p.Limit.Limit)
		}
	}
	return said
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
		return "Blind: not every process could be seen. " + none(d.Processes, "seen") + "."
	}
	if d.Transient > 0 {
		return fmt.Sprintf("No lasting zombies among %s (%s)%s.", seen, phrase.Transient(d.Transient), d.pid1Clause())
	}
	return fmt.Sprintf("No zombies among %s%s.", seen, d.pid1Clause())
}

// filteredSentence is that of some containers only, which have no zombie.
func (d *Diagnosis) filteredSentence() string {
	elsewhere := ""
	if d.Elsewhere > 0 {
		elsewhere = "; " + english.Number(d.Elsewhere) + " elsewhere"
	}
	switch {
	case d.Unattributed > 0:
		return fmt.Sprintf("Blind: it is unknown whether %s %s in %s%s.",
			phrase.Zombies(d.Unattributed), english.Agree(d.Unattributed, "is", "are"), phrase.Filter(d.Filter), elsewhere)
	case d.Blind:
		return fmt.Sprintf("Blind: not every process could be seen. %s in %s%s.", none(d.Processes, "seen"), phrase.Filter(d.Filter), elsewhere)
	case d.Transient > 0:
		return fmt.Sprintf("No lasting zombies in %s (%s)%s.", phrase.Filter(d.Filter), phrase.Transient(d.Transient), elsewhere)
	}
	return fmt.Sprintf("No zombies in %s%s.", phrase.Filter(d.Filter), elsewhere)
}

// none says that of so many processes none is a zombie.
func none(processes int, which string) string {
	if processes == 1 {
		return "The one process " + which + " is not a zombie"
	}
	return fmt.Sprintf("None of the %s %s is a zombie", english.Count(processes, "process", "processes"), which)
}

// pid1Clause says in a few words whether the next orphan would be reaped.
func (d *Diagnosis) pid1Clause() string {
	for _, ns := range d.Namespaces {
		switch v := ns.PID1; {
		case v == nil || !ns.Ours:
		case v.Init == Yes:
			return fmt.Sprintf(", and PID 1 (%s) is an init", v.Process.Comm)
		case v.Init == No && v.Reaps == No:
			return fmt.Sprintf(", but PID 1 (%s) is not an init and would not reap an orphan", v.Process.Comm)
		case v.Init == No:
			return fmt.Sprintf(", but PID 1 (%s) is not an init", v.Process.Comm)
		}
	}
	return ""
}

// cleanListed is the sentence where no zombie was seen in a list.
func (d *Diagnosis) cleanListed() string {
	seen := english.Count(d.Processes, "process", "processes")
	l := d.Snapshot.Listing
	switch {
	case len(l.Doubtful) > 0:
		return fmt.Sprintf("Blind: %s of the %s in the list may be %s, which the list does not show.", english.Number(len(l.Doubtful)), seen, english.Agree(len(l.Doubtful), "a zombie", "zombies"))
	case d.Blind:
		return "Blind: not every process is in the list. " + none(d.Processes, "in it") + "."
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
		return "it is still running, and does not wait for " + phrase.Them(p.Zombies)
	}
	if v := x.Namespaces.Over(p.Process); v != nil && v.Process == p.Process && v.Init == No && phrase.Program(v) == "" {
		return "it is PID 1, but not an init"
	}
	return "it is PID 1, and does not reap " + phrase.Them(p.Zombies)
}
