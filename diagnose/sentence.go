package diagnose

import (
	"fmt"
	"slices"

	"github.com/zombiectl/zombiectl/scan"
)

// sentence is the line for the ticket: culprit, how many, cause, and whether
// an init would help.
func (x *exam) sentence() string {
	d := x.d
	// Parents are ordered by what is held against them.
	guilty := slices.IndexFunc(d.Parents, func(p Parent) bool { return p.Zombies == 0 })
	if guilty < 0 {
		guilty = len(d.Parents)
	}
	total := 0
	for _, p := range d.Parents[:guilty] {
		total += p.Zombies
	}
	switch {
	case len(d.Zombies) == 0:
		return x.cleanSentence()
	case guilty == 0:
		return x.unreapableSentence()
	case guilty == 1 && d.Parents[0].PID == scan.NoPID:
		return fmt.Sprintf("%s%s, and whose the list does not tell. %s", count(total, "zombie", "zombies"), batches(&d.Parents[0]), initSentence(d.InitWouldHelp))
	case guilty == 1:
		p := &d.Parents[0]
		return fmt.Sprintf("%s has not reaped %s%s: %s. %s", nameOf(p), count(total, "zombie", "zombies"), since(p), p.Why, initSentence(d.InitWouldHelp))
	default:
		p := &d.Parents[0]
		return fmt.Sprintf("%d processes have not reaped %s, most of all %s with %d%s: %s. %s", guilty,
			count(total, "zombie", "zombies"), nameOf(p), p.Zombies, since(p), p.Why, initSentence(d.InitWouldHelp))
	}
}

// since says for how long a parent has kept its oldest zombie.
func since(p *Parent) string {
	if listed := batches(p); listed != "" {
		return listed
	}
	oldest, _ := extremes(p.zombies)
	if age := AgeText(oldest); age != "?" {
		return " for " + age
	}
	return ""
}

func nameOf(p *Parent) string {
	if p.PID == scan.NoPID {
		return "a process that the list does not name"
	}
	if p.Process == nil {
		return fmt.Sprintf("a process that is not in view (PID %d)", p.PID)
	}
	return fmt.Sprintf("%s (PID %d)", shortCommand(p.Process), p.PID)
}

// shortCommand names a process by the program it was called as.
func shortCommand(p *scan.Process) string {
	if args := argsOf(p); len(args) > 0 && args[0] != "" {
		return args[0]
	}
	return p.Comm
}

func initSentence(a Answer) string {
	switch a {
	case Yes:
		return "An init as PID 1 would fix it."
	case No:
		return "An init as PID 1 would not help."
	default:
		return "Whether an init as PID 1 would help cannot be told."
	}
}

func (x *exam) cleanSentence() string {
	d := x.d
	if x.Listing != nil {
		return x.cleanListed()
	}
	seen := count(d.Processes, "process", "processes")
	if d.Filter.Set() {
		return x.filteredSentence()
	}
	if d.Blind {
		return fmt.Sprintf("Blind: not every process could be seen. Of %s in view none is a zombie.", seen)
	}
	if d.Transient > 0 {
		return fmt.Sprintf("No zombies that last among %s (%s)%s.", seen, count(d.Transient, "passing one", "passing ones"), x.pid1Clause())
	}
	return fmt.Sprintf("No zombies among %s%s.", seen, x.pid1Clause())
}

// filteredSentence is that of some containers only, which have no zombie.
func (x *exam) filteredSentence() string {
	d := x.d
	seen := count(d.Processes, "process", "processes")
	elsewhere := ""
	if d.Elsewhere > 0 {
		elsewhere = fmt.Sprintf("; elsewhere there are %d", d.Elsewhere)
	}
	switch {
	case d.Unattributed > 0:
		return fmt.Sprintf("Blind: of %s it cannot be told whether %s in %s%s.",
			count(d.Unattributed, "zombie", "zombies"), oneOf(d.Unattributed, "it is", "they are"), d.Filter, elsewhere)
	case d.Blind:
		return fmt.Sprintf("Blind: not every process could be seen. None of %s in view is a zombie in %s%s.", seen, d.Filter, elsewhere)
	case d.Transient > 0:
		return fmt.Sprintf("No zombies that last in %s (%s)%s.", d.Filter, count(d.Transient, "passing one", "passing ones"), elsewhere)
	}
	return fmt.Sprintf("No zombies in %s%s.", d.Filter, elsewhere)
}

func oneOf(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// pid1Clause says in a few words whether the next orphan would be reaped.
func (x *exam) pid1Clause() string {
	for _, ns := range x.spaces {
		v := ns.PID1
		if v == nil || !ns.Ours {
			continue
		}
		switch {
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

// unreapableSentence speaks of zombies that no parent in view can be blamed
// for.
func (x *exam) unreapableSentence() string {
	n := len(x.d.Zombies)
	outside := 0
	for i := range x.d.Zombies {
		if x.d.Zombies[i].has("Z105") {
			outside++
		}
	}
	all := count(n, "zombie that no process in view can reap", "zombies that no process in view can reap")
	switch {
	case outside == n:
		return all + ": the parent is outside of this PID namespace. An init as PID 1 would not help."
	case outside == 0:
		return all + ": the leader has ended while other threads live. An init as PID 1 would not help."
	default:
		return fmt.Sprintf("%s: of %d the parent is outside of this PID namespace, of %d threads still live. An init as PID 1 would not help.", all, outside, n-outside)
	}
}

// initWouldHelp answers for all zombies in view: yes where it would help with
// some and it is not known that others would stay.
func (x *exam) initWouldHelp() Answer {
	votes := map[Answer]int{}
	for _, p := range x.order {
		if p.Zombies > 0 {
			votes[p.InitWouldHelp]++
		}
	}
	switch {
	case len(x.d.Zombies) == 0:
		return Unknown
	case votes[Unknown] == 0 && votes[Yes] == 0:
		return No
	case votes[Unknown] == 0 && votes[No] == 0:
		return Yes
	case votes[Yes] > 0:
		return Yes
	default:
		return Unknown
	}
}
