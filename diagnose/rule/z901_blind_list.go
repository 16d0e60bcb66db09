package rule

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// The ways in which a list of processes may not have all of them, or does not
// tell the zombies among them.
const (
	noPID1      blindness = "no-pid1"
	noParents   blindness = "no-parents"  // n processes
	fewerTasks  blindness = "fewer-tasks" // n that top counted, of m in the list
	cutOut      blindness = "cut"
	notRead     blindness = "not-understood" // n lines
	cannotBe    blindness = "cannot-be-true" // list
	namesOnly   blindness = "names-only"     // m: zombies that <defunct> shows all the same
	misplaced   blindness = "misplaced"      // processes
	bracketed   blindness = "bracketed"      // processes, in a list of busybox
	unbracketed blindness = "brackets"       // processes, in a list that marks zombies by <defunct>
)

// blindList is what Z901 found in a list.
type blindList struct {
	noCause
	how  blindness
	n, m int
	list []facts.Unread
	pids []int // the processes that it is about
}

func findBlindList(x *observe.Observation) []*Finding {
	var out []*Finding
	l := x.Listing
	add := func(c observe.Certainty, b blindList, ev ...observe.Evidence) {
		out = append(out, &Finding{Certainty: c, Facts: b, Evidence: ev, Missing: b.list})
	}
	switch n := len(x.Lost); {
	case x.Find(1) == nil:
		add(observe.Certain, blindList{how: noPID1})
	case n > 0:
		add(observe.Certain, blindList{how: noParents, n: n}, observe.Line(x.Snapshot, x.Lost[0].Listed.Line))
	}
	if n, ok := l.Tasks.Get(); ok && n > len(x.Procs) {
		add(observe.Likely, blindList{how: fewerTasks, n: n, m: len(x.Procs)})
	}
	if len(l.Cut) > 0 {
		add(observe.Likely, blindList{how: cutOut}, linesOf(x, l.Cut)...)
	}
	if n := len(l.Broken); n > 0 {
		add(observe.Likely, blindList{how: notRead, n: n}, linesOf(x, l.Broken)...)
	}
	if len(x.Unread) > 0 {
		add(observe.Certain, blindList{how: cannotBe, list: x.Unread})
	}
	out = append(out, findLoops(x)...)
	return append(out, findDoubtful(x)...)
}

func linesOf(x *observe.Observation, list []facts.Line) []observe.Evidence {
	var ev []observe.Evidence
	for _, line := range list[:min(len(list), observe.MaxListed)] {
		ev = append(ev, observe.Line(x.Snapshot, line))
	}
	return ev
}

// findDoubtful finds processes of a list that may be zombies, by each reason.
func findDoubtful(x *observe.Observation) []*Finding {
	l := x.Listing
	var marked, others []*facts.Process
	for _, pid := range l.Doubtful {
		if p := x.Find(pid); strings.Contains(p.Listed.Text, "<defunct") {
			marked = append(marked, p)
		} else {
			others = append(others, p)
		}
	}
	var out []*Finding
	add := func(of []*facts.Process, b blindList) {
		b.n = len(of)
		f := &Finding{Certainty: observe.Certain}
		for i, p := range of {
			if i < observe.MaxListed {
				f.Evidence = append(f.Evidence, observe.Line(x.Snapshot, p.Listed.Line))
			}
			b.pids = append(b.pids, p.PID)
		}
		f.Facts = b
		out = append(out, f)
	}
	if l.Zombies == facts.Unmarked {
		if len(l.Doubtful) > 0 {
			add(slices.Concat(marked, others), blindList{how: namesOnly, m: len(x.Scope.Zombies)})
		}
		return out
	}
	if len(marked) > 0 {
		add(marked, blindList{how: misplaced})
	}
	if len(others) > 0 {
		how := bracketed
		if l.Zombies == facts.ByDefunct {
			how = unbracketed
		}
		add(others, blindList{how: how})
	}
	return out
}

func (b blindList) Message() string {
	switch b.how {
	case noPID1:
		return "PID 1 is not in the list: it is a part of one, or of the processes of one user"
	case noParents:
		return fmt.Sprintf("the parent of %s is not in the list: it is a part of one", english.Count(b.n, "process", "processes"))
	case fewerTasks:
		return fmt.Sprintf("top counted %d tasks, and %d are in the list", b.n, b.m)
	case cutOut:
		return "something was left out of the list"
	case notRead:
		return fmt.Sprintf("%s among the processes could not be understood", english.Count(b.n, "line", "lines"))
	case cannotBe:
		var parts []string
		for _, u := range b.list[:min(len(b.list), observe.MaxListed)] {
			parts = append(parts, u.File+": "+u.Reason)
		}
		return english.Count(len(b.list), "line", "lines") + " of the list cannot be true: " + strings.Join(parts, "; ")
	case namesOnly:
		message := "the list shows names only, and no states: which are zombies it does not tell"
		if b.m > 0 {
			message += ", but of those with <defunct> behind their names"
		}
		return message
	case misplaced:
		return english.Count(b.n, "process may be a zombie", "processes may be zombies") + b.first() + ": <defunct> stands there, but not as ps writes it behind the name of a zombie"
	default:
		why := "busybox writes kernel threads so as well"
		if b.how == unbracketed {
			why = "ps writes <defunct> behind a zombie, which may have been lost on the way, and brackets alone around what has no arguments"
		}
		return english.Count(b.n, "process in brackets may be a zombie", "processes in brackets may be zombies") + b.first() + ": " + why
	}
}

// first names some of the processes: " (PID 7, 9, 12, …)".
func (b blindList) first() string {
	const most = 5
	var pids []string
	for _, pid := range b.pids[:min(len(b.pids), most)] {
		pids = append(pids, fmt.Sprint(pid))
	}
	if len(b.pids) > most {
		pids = append(pids, "…")
	}
	return " (PID " + strings.Join(pids, ", ") + ")"
}

func (b blindList) Advice() []Advice {
	switch b.how {
	case cannotBe:
		return nil
	case namesOnly, misplaced, bracketed, unbracketed:
		return []Advice{confirm("A list with states is needed: ps -eo pid,ppid,stat,args; with busybox: ps -o pid,ppid,stat,args")}
	default:
		return []Advice{confirm("For a verdict on all processes the whole list is needed: ps -eo pid,ppid,stat,args")}
	}
}
