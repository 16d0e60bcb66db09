package rule

import (
	"fmt"
	"slices"
	"strings"
)

// Advice is one piece of advice: a sentence, and the steps that go with it. Where
// it is for now, its first step is the command that does it.
type Advice struct {
	Text  string
	Shape string // the same for what differs in numbers only
	// PID is the process that the text or a command names, so that the reader sees
	// which one it is; 0: they name none.
	PID int

	For   Audience
	When  When
	Steps []Step
}

// Step is one way to follow advice, or one thing to do of several.
type Step struct {
	Label   string // "Docker"; "": none
	Command string // to be pasted as it is; "": the step has none
	Ends    string // what the command ends: "web", "worker (PID 42)", "the service web.service"; "": nothing
	Text    string // the words of the step
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

// The purposes of advice.
const (
	Now     When = "now"     // clears the zombies of now
	Cure    When = "cure"    // keeps it from coming again
	Confirm When = "confirm" // finds out more
)

// advise makes a piece of advice from a format and its arguments.
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

// naming says which process the advice names.
func (a Advice) naming(pid int) Advice {
	a.PID = pid
	return a
}

// by adds steps.
func (a Advice) by(steps ...Step) Advice {
	a.Steps = append(a.Steps, steps...)
	return a
}

// labelWidth is how wide the column of labels is.
const labelWidth = 12

// gap separates a command from what it ends and from its words. No command has
// as many blanks in it.
const gap = "    "

// Rest is the step without its label.
func (s Step) Rest() string {
	ends := ""
	if s.Ends != "" {
		ends = "ends: " + s.Ends
	}
	parts := []string{s.Command, ends, s.Text}
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), gap)
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
		lines = append(lines, a.Text)
		for _, s := range a.Steps {
			lines = append(lines, "  "+s.String())
		}
	}
	return lines
}
