package rule

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/english"
)

var _ = register(Rule{
	ID: "Z209", Name: "inherited-by-exec", Severity: Info,
	Rank: InheritedRank, Nudge: Nudge{Effect: NudgeMayHelp}, Parent: findInheritedByExec,
	Title: "The zombies are children of the program that ran in this process before exec",
})

type inheritedByExec struct {
	over    *observe.Inherited
	zombies int
	place   place
}

func findInheritedByExec(x *observe.Observation, p *observe.Parent) *Finding {
	in := observe.InheritedBy(x.Looks, x.Forks, p)
	if in == nil {
		return nil
	}
	n := 0
	for _, z := range p.Children {
		if z.Process.StartTicks <= in.Until {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	f := about(p.Process, observe.Likely, n, inheritedByExec{in, n, placeOf(x, p.Process)}, slices.Clone(in.Evidence)...)
	if exe, ok := observe.ExeOf(p.Process); ok {
		f.Evidence = append(f.Evidence, observe.ProcFile(p.PID, "exe", exe))
	}
	return f
}

// executedOver names the program that the one of a process replaced.
func executedOver(i *observe.Inherited) string { return cmp.Or(i.Program, "another program") }

func (i inheritedByExec) Message() string {
	return fmt.Sprintf("replaced %s by exec: %s older than the program that it runs now, which does not know of %s",
		executedOver(i.over), english.Count(i.zombies, "zombie is", "zombies are"), phrase.Them(i.zombies))
}

func (i inheritedByExec) Cause() string {
	return "it replaced " + executedOver(i.over) + " by exec, and inherited its children"
}

func (i inheritedByExec) Advice() []Advice {
	cure := advise(Developer, Cure, "Start nothing in the background before exec %s: it never waits for that.", i.place.name).
		by(Step{Text: "What the script leaves running becomes a child of the program. Start it from the program, or as a service of its own."})
	return append([]Advice{cure}, i.place.clear()...)
}
