package rule

import (
	"fmt"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// unknownList is what Z902 found: what a list of processes does not tell.
type unknownList struct {
	noCause
	zombies bool // there are some
	// Where the list has parents from: none, or the tree that is drawn.
	noParents, fromTree bool
	noStates            bool // zombies would be in brackets, and there is likely none
}

// junk is what Z902 found: lines that are about no process.
type junk struct {
	noCause
	noAdvice
	lines int
}

func findUnknownList(x *observe.Observation) []*Finding {
	l := x.Listing
	n := len(x.Scope.Zombies)
	out := []*Finding{{Certainty: observe.Certain, Zombies: n, Facts: unknownList{
		zombies: n > 0, noParents: !l.Parents && !l.ParentsByTree, fromTree: l.ParentsByTree,
		noStates: l.Zombies == facts.ByBrackets && len(l.Doubtful) == 0,
	}}}
	if l.Junk > 0 {
		out = append(out, &Finding{Certainty: observe.Certain, Facts: junk{lines: l.Junk}, Evidence: []observe.Evidence{observe.Line(x.Snapshot, l.Example)}})
	}
	return out
}

func (u unknownList) Message() string {
	var missing []string
	if u.zombies {
		missing = append(missing, "how long zombies have been dead", "how they died")
	}
	missing = append(missing, "what processes wait for")
	message := "a list does not tell " + strings.Join(missing, ", ") + " and which signals they handle"
	if u.noParents {
		message += "; this one has no PPID column, so parents are not known"
	}
	if u.fromTree {
		message += "; parents are those of the tree that is drawn, which shows children of PID 1 and processes without a parent alike"
	}
	if u.noStates {
		message += "; it has no STAT column, and zombies would be in brackets: there is likely none"
	}
	return message
}

func (u unknownList) Advice() []Advice {
	return []Advice{confirm("To know more, run \"zombiectl scan\" in there, or the script of \"zombiectl capture --script\", which needs only a shell; where ps is all there is: ps -eo pid,ppid,pgid,sid,stat,lstart,time,args")}
}

func (j junk) Message() string {
	return fmt.Sprintf("%s of the text %s about no process, and %s ignored", english.Count(j.lines, "line", "lines"), english.Agree(j.lines, "is", "are"), english.Agree(j.lines, "was", "were"))
}
