package rule

import (
	"fmt"
	"slices"
	"strings"
)

// Advice is one piece of advice: a sentence or more, and the steps that go with it.
type Advice struct {
	Text string
	// PID is of the process that it is for, where its text names that in brackets,
	// with Rest behind; 0: it does not. The same advice to several is said once.
	PID   int
	Rest  string
	Shape string // the same for what differs in numbers only
	// OfPID1: the text speaks of PID 1, so that nobody has to be told that it is for that.
	OfPID1 bool

	For  Audience
	When When
	// Ends says what following it ends ("container web"); "": nothing, or what
	// that is depends on the way that is chosen.
	Ends  string
	Steps []Step
}

// Step is one way to follow advice, or one thing to do of several.
type Step struct {
	Label   string // "Docker"; "": none
	Command string // to be pasted as it is; "": the step is none
	Text    string // what there is to say of it
	Ends    string // what the command ends; "": nothing
}

// Audience is who can follow advice.
type Audience string

// The audiences.
const (
	Operator  Audience = "operator"  // who runs the program
	Developer Audience = "developer" // who writes it, or makes its image
)

// When says what advice is good for.
type When string

// What it may be good for.
const (
	Now     When = "now"     // clears what is there
	Cure    When = "cure"    // keeps it from coming again
	Confirm When = "confirm" // finds out more
)

// advise makes a piece of advice of a format and what it is filled in with.
func advise(whom Audience, when When, format string, fill ...any) Advice {
	blanks := slices.Clone(fill)
	for i, v := range fill {
		if _, is := v.(int); is {
			blanks[i] = blank{}
		}
	}
	return Advice{Text: fmt.Sprintf(format, fill...), Shape: fmt.Sprintf(format, blanks...), For: whom, When: when}
}

// blank is formatted as nothing.
type blank struct{}

// Format writes nothing.
func (blank) Format(fmt.State, rune) {}

func (a Advice) ofPID1() Advice {
	a.OfPID1 = true
	return a
}

// forProcess says for which process it is, in brackets behind the text, and what follows.
func (a Advice) forProcess(pid int, format string, fill ...any) Advice {
	a.PID, a.Rest, a.Shape = pid, fmt.Sprintf(format, fill...), a.Shape+format
	return a
}

func (a Advice) ending(what string) Advice {
	a.Ends = what
	return a
}

func (a Advice) by(steps ...Step) Advice {
	a.Steps = append(a.Steps, steps...)
	return a
}

// Sentence is the text, with the process that it is for.
func (a Advice) Sentence() string {
	if a.PID == 0 {
		return a.Text
	}
	return fmt.Sprintf("%s (PID %d)%s", a.Text, a.PID, a.Rest)
}

// General is the text for several processes, none of which it names.
func (a Advice) General() string { return a.Text + a.Rest }

// labelWidth is how wide the column of labels is.
const labelWidth = 12

// Rest is the step without its label.
func (s Step) Rest() string {
	if s.Command != "" && s.Text != "" {
		return s.Command + "    " + s.Text
	}
	return s.Command + s.Text
}

// Head is the label, as wide as the column of labels; "": it has none.
func (s Step) Head() string {
	if s.Label == "" {
		return ""
	}
	return s.Label + strings.Repeat(" ", max(labelWidth-len(s.Label), 2))
}

// String says a step in one line.
func (s Step) String() string { return s.Head() + s.Rest() }

// Lines says advice in lines, as documents for programs do: a sentence, and then
// its steps, each of which begins with two blanks.
func Lines(advice []Advice) []string {
	var lines []string
	for _, a := range advice {
		lines = append(lines, a.Sentence())
		for _, s := range a.Steps {
			lines = append(lines, "  "+s.String())
		}
	}
	return lines
}
