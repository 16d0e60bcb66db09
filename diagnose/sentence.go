package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/english"
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
		return fmt.Sprintf("%s has not reaped %s%s: %s. %s", nameOf(p), count(total, "zombie", "zombies"), since(p), p.Why, x.initClause(p))
	default:
		p := &d.Parents[0]
		return fmt.Sprintf("%d processes have not reaped %s, most of all %s with %d%s: %s. %s", guilty,
			count(total, "zombie", "zombies"), nameOf(p), p.Zombies, since(p), p.Why, x.initClause(p)) + x.initForOthers(p)
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

// initClause answers for the zombies of the worst parent whether an init would
// help. What everybody gets wrong is said in full: there is a good one, and it
// cannot.
func (x *exam) initClause(worst *Parent) string {
	if worst.InitWouldHelp == No && worst.Process != nil && !worst.IsPID1 {
		if v := x.verdictOver(worst.Process); v != nil && v.Init == Yes && v.Reaps == Yes {
			return fmt.Sprintf("PID 1 (%s) is an init already, and cannot help: their parent lives.", v.Process.Comm)
		}
	}
	return initSentence(worst.InitWouldHelp)
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

// unreapable says of each rule that exonerates a parent why a zombie is there,
// how that is said of so many, and why an init would not help: who alone can reap
// it, and when; of one, and of many.
var unreapable = []struct{ rule, all, some, initOne, initMany string }{
	{
		"Z105", "the parent is outside of this PID namespace", "the parent is outside of this PID namespace",
		"its parent is outside this PID namespace, and nobody else can reap it",
		"their parent is outside this PID namespace, and nobody else can reap them",
	},
	{
		"Z102", "the leader has ended while other threads live", "threads still live",
		"threads of it are still running, and its parent can reap it only when the last of these has exited",
		"threads of them are still running, and their parent can reap them only when the last of these has exited",
	},
	{
		"Z103", "a tracer holds what its parent ought to reap", "a tracer holds them",
		"a tracer holds it, and its parent can reap it only when the tracer has waited for it or has exited",
		"a tracer holds them, and their parent can reap them only when the tracer has waited for them or has exited",
	},
	{
		"Z104", "their exit signal is not SIGCHLD, and a plain wait does not see them", "the exit signal is not SIGCHLD",
		"its exit signal is not SIGCHLD, and its parent can reap it only by a wait with __WALL or __WCLONE",
		"their exit signal is not SIGCHLD, and their parent can reap them only by a wait with __WALL or __WCLONE",
	},
}

// unreapableBy counts the zombies that no parent in view can be blamed for, by
// the rule that says why.
func (x *exam) unreapableBy() map[string]int {
	counts := map[string]int{}
	for i := range x.d.Zombies {
		for _, u := range slices.Backward(unreapable) { // the first that applies counts
			if x.d.Zombies[i].has(u.rule) {
				counts[u.rule]++
				break
			}
		}
	}
	return counts
}

// initForUnreapable says why an init would not help with these zombies, which
// are counted by rule.
func initForUnreapable(counts map[string]int) string {
	total := 0
	for _, n := range counts {
		total += n
	}
	var parts []string
	for _, u := range unreapable {
		switch n := counts[u.rule]; n {
		case 0:
		case total:
			return english.Agree(n, u.initOne, u.initMany)
		default:
			parts = append(parts, fmt.Sprintf("for %d of %d, %s", n, total, english.Agree(n, u.initOne, u.initMany)))
		}
	}
	return strings.Join(parts, "; ")
}

// unreapableSentence speaks of zombies that no parent in view can be blamed
// for.
func (x *exam) unreapableSentence() string {
	n := len(x.d.Zombies)
	counts := x.unreapableBy()
	all := count(n, "zombie that no process in view can reap", "zombies that no process in view can reap")
	var parts []string
	for _, u := range unreapable {
		switch counts[u.rule] {
		case 0:
		case n:
			return all + ": " + u.all + ". An init as PID 1 would not help."
		default:
			parts = append(parts, fmt.Sprintf("of %d %s", counts[u.rule], u.some))
		}
	}
	return all + ": " + strings.Join(parts, ", ") + ". An init as PID 1 would not help."
}
