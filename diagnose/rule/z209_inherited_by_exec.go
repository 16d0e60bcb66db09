package rule

import (
	"fmt"
	"slices"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/english"
)

var _ = register(Rule{
	ID: "Z209", Name: "inherited-by-exec", Severity: Info,
	Rank: InheritedRank, Nudge: Nudge{Effect: NudgeMayHelp}, Parent: findInheritedByExec,
	Title: "The zombies are children of what ran before, in the same process",
	Means: `A script started something in the background and then called exec. The program that it executed is the same process,
so the children are its own now; but it did not start them, and does not know that it should wait for them. What
shows it: children that have not called execve themselves run, or ran, another program than their parent does now.`,
	Confirm: `    ps -o pid,ppid,lstart,comm --ppid PARENT  # children named after a shell, older than anything else
    readlink /proc/PARENT/exe /proc/CHILD/exe # of a living child that has not called execve`,
	Fix: "Start nothing in the background before exec. Start it from the program, as a service of its own, or keep the shell: a shell waits for all.",
})

// inheritedByExec is what Z209 found: zombies that what ran before left.
type inheritedByExec struct {
	over    *observe.Inherited
	zombies int
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
	f := about(p.Process, observe.Likely, inheritedByExec{in, n})
	f.Zombies, f.Evidence = n, slices.Clone(in.Evidence)
	if exe, ok := observe.ExeOf(p.Process); ok {
		f.Evidence = append(f.Evidence, observe.ProcFile(p.PID, "exe", exe))
	}
	return f
}

func (i inheritedByExec) Message() string {
	return fmt.Sprintf("was executed over %s: %s older than what it runs now, which does not know them",
		executedOver(i.over), english.Count(i.zombies, "zombie is", "zombies are"))
}

func (i inheritedByExec) Cause() string {
	return "was executed over " + executedOver(i.over) + ", whose children these are"
}

func (inheritedByExec) Advice() []Advice {
	return []Advice{advise(Developer, Cure, "Start nothing in the background before exec: what the script leaves running becomes a child of the program, which never waits for it. Start it from the program, or as a service of its own.")}
}
