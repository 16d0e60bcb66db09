package words

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/rule"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// said is what a finding of a test advises.
type said []rule.Advice

func (s said) Message() string       { return "" }
func (s said) Cause() string         { return "" }
func (s said) Advice() []rule.Advice { return s }

func text(s string) rule.Advice { return rule.Advice{Text: s, Shape: s} }

// named is advice whose command names its process.
func named(s string, pid int) rule.Advice {
	return rule.Advice{Text: s, PID: pid, Shape: s, Steps: []rule.Step{{Command: fmt.Sprintf("kill %d", pid)}}}
}

// lines says pieces of advice in lines.
func lines(pieces []Piece) []string {
	var out []string
	for _, p := range pieces {
		out = append(out, p.Text)
		for _, s := range p.Steps {
			out = append(out, "  "+s.String())
		}
	}
	return out
}

// several is a diagnosis of three parents: the first and the last want the same.
func several() *diagnose.Diagnosis {
	about := func(id string, pid, zombies int, advice ...rule.Advice) diagnose.Finding {
		return diagnose.Finding{Rule: id, Severity: diagnose.Warning, Subject: facts.ID{PID: pid}, Zombies: zombies, Facts: said(advice)}
	}
	parent := func(pid, zombies int, rule string, init diagnose.Answer, why string) diagnose.Parent {
		return diagnose.Parent{Parent: &observe.Parent{PID: pid, Zombies: zombies}, Rules: []string{rule}, InitWouldHelp: init, InitWhy: why}
	}
	return &diagnose.Diagnosis{
		Snapshot: &facts.Snapshot{},
		Zombies:  make([]diagnose.Zombie, 15),
		Parents: []diagnose.Parent{
			parent(7, 9, "Z301", diagnose.Unknown, "it may be either"), parent(20, 4, "Z201", diagnose.No, "the parent is still running"), parent(5, 2, "Z301", diagnose.Yes, "they are adopted"),
		},
		Findings: []diagnose.Finding{
			about("Z201", 20, 4, text("In Perl: waitpid."), named("End that program.", 20)),
			about("Z301", 5, 2, rule.Advice{Text: "Give the container an init:", Steps: []rule.Step{{Label: "Docker", Command: "--init"}}}, text("Restart the container.")),
			about("Z301", 7, 9, text("Run it once with an init."), text("Restart the container.")),
		},
	}
}

// TestAdviceOfSeveral: where several parents keep zombies each line says whom it
// is about, and advice for one of them alone is not lost.
func TestAdviceOfSeveral(t *testing.T) {
	d := several()
	pieces, _, others := WhatToDo(d, false)
	todo := lines(pieces)
	want := []string{
		"PID 7: Run it once with an init.", "PID 7, 5: Restart the container.",
		"PID 20: In Perl: waitpid.", "End that program.", "  kill 20",
		"PID 5: Give the container an init:", "  Docker      --init",
	}
	if !slices.Equal(todo, want) || others != 0 {
		t.Errorf("%d others, and\n%s\nwant\n%s", others, strings.Join(todo, "\n"), strings.Join(want, "\n"))
	}

	d.Parents = d.Parents[:1]
	pieces, _, _ = WhatToDo(d, false)
	if got := lines(pieces); strings.Contains(strings.Join(got, " "), "PID 7") {
		t.Errorf("the only one is named: %q, %q", got, todo)
	}
}

// TestAdviceInCommon: what names no process is said once, for all that it is said to.
func TestAdviceInCommon(t *testing.T) {
	d := several()
	d.Findings = []diagnose.Finding{
		{Rule: "Z201", Subject: facts.ID{PID: 20}, Zombies: 4, Facts: said{text("Restart that program.")}},
		{Rule: "Z201", Subject: facts.ID{PID: 2}, Zombies: 2, Facts: said{text("Restart that program.")}},
	}
	todo, _, others := WhatToDo(d, false)
	if want := []string{"PID 20, 2: Restart that program."}; !slices.Equal(lines(todo), want) || others != 0 {
		t.Errorf("%d others and %q, want %q", others, todo, want)
	}
}

// TestAdviceInNumbers: what differs in numbers only is said once.
func TestAdviceInNumbers(t *testing.T) {
	d := several()
	d.Findings = []diagnose.Finding{
		{Rule: "Z205", Subject: facts.ID{PID: 7}, Zombies: 9, Facts: said{{Text: "kill -CONT 7", Shape: "kill -CONT "}}},
		{Rule: "Z205", Subject: facts.ID{PID: 20}, Zombies: 4, Facts: said{{Text: "kill -CONT 20", Shape: "kill -CONT "}}},
	}
	todo, _, others := WhatToDo(d, false)
	if want := []string{"PID 7: kill -CONT 7"}; !slices.Equal(lines(todo), want) || others != 1 {
		t.Errorf("%d others and %q, want %q", others, todo, want)
	}
	if todo, _, others = WhatToDo(d, true); len(todo) != 2 || others != 0 {
		t.Errorf("in full: %d others and %q", others, todo)
	}
}

// TestAdviceWithoutCause: the list of unread files says in general what Z902
// says, but not what Z902 says of one parent.
func TestAdviceWithoutCause(t *testing.T) {
	d := several()
	d.Snapshot.Unread = []facts.Unread{{PID: 7, File: "proc/7/exe", Denied: true}}
	d.Findings = []diagnose.Finding{
		{Rule: "Z902", Facts: said{text("Look as root.")}},
		{Rule: "Z902", Subject: facts.ID{PID: 7}, Zombies: 9, Facts: said{text("Look at it as root.")}},
	}
	if todo, _, _ := WhatToDo(d, false); !slices.Equal(lines(todo), []string{"PID 7: Look at it as root."}) {
		t.Errorf("got %q", todo)
	}
}
