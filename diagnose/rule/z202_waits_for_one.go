package rule

import (
	"fmt"
	"slices"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/scan/facts"
)

var _ = register(Rule{
	ID: "Z202", Name: "waits-for-one", Severity: Warning,
	Rank: WaitsForOneRank, Nudge: useless("the parent is blocked waiting for another child, and SIGCHLD does not end that"), Parent: findWaitsForOne,
	Title: "The parent is blocked waiting for another child",
})

// waitsForOne is what Z202 found where a thread waits: not for its zombies.
type waitsForOne struct {
	zombies  int
	awaited  []awaited
	unplaced []int // of these only the PID inside its PID namespace is known
	place    place
}

// awaited is a child that is waited for.
type awaited struct {
	pid     int
	process *facts.Process // nil: it was not seen
	heldBy  string         // the rule that says why its parent cannot reap it; "": it could
}

// inVfork is what Z202 found where the parent is suspended by a child that has not called execve.
type inVfork struct {
	zombies int
	child   *facts.Process // nil: it was not seen
	place   place
}

func findWaitsForOne(x *observe.Observation, p *observe.Parent) *Finding {
	proc := p.Process
	if proc == nil || p.Zombies == 0 || proc.KernelThread() || x.Halts.Of(proc) != nil {
		return nil
	}
	w := x.Waits.Of(proc)
	if w.One == nil && w.Vfork == nil || w.Any != nil || w.Some != nil || w.Sigwait != nil {
		return nil
	}
	for _, z := range p.Children {
		if slices.Contains(w.Awaited, z.Process.PID) || slices.Contains(w.Groups, z.Process.PGRP) {
			return nil // it is about to reap it
		}
	}
	chld := observe.Receives(proc, facts.SIGCHLD)
	// A handler, or another thread, may reap what this wait does not.
	f := about(proc, observe.CertainIf(p.Lasting && w.Known && (!chld.Caught || chld.IsGo)), p.Zombies, nil)
	if w.One == nil {
		found := inVfork{p.Zombies, x.Forks.Youngest(proc), placeOf(x, proc)}
		f.Facts, f.Evidence = found, []observe.Evidence{*w.Vfork}
		if c := found.child; c != nil {
			f.Evidence = append(f.Evidence, observe.Stat(c.PID, fmt.Sprintf("%s %d", c.Comm, proc.PID), "comm, ppid", 2, 4))
		}
	} else {
		found := waitsForOne{zombies: p.Zombies, unplaced: w.Unplaced, place: placeOf(x, proc)}
		for _, pid := range w.Awaited {
			c := x.Find(pid)
			found.awaited = append(found.awaited, awaited{pid, c, heldBy(x.Dead.Of(c))})
		}
		f.Facts, f.Evidence = found, append([]observe.Evidence{*w.One}, placed(x, proc, w.Awaited)...)
	}
	if !w.Known {
		f.Missing = observe.UnreadOf(x.Snapshot, proc.PID)
	}
	f.Evidence = append(f.Evidence, p.Evidence()...)
	return f
}

// placed is how the PID that a process waits for leads to the one that we see, where the two differ.
func placed(x *observe.Observation, parent *facts.Process, pids []int) []observe.Evidence {
	var ev []observe.Evidence
	for _, pid := range pids[:min(len(pids), observe.MaxListed)] {
		if c := x.Find(pid); len(parent.NSpid()) > 1 && len(c.NSpid()) > 1 {
			ev = append(ev, observe.NSpid(c))
		}
	}
	return ev
}

func (o waitsForOne) Message() string {
	var children []string
	for _, c := range o.awaited {
		children = append(children, c.String())
	}
	for _, pid := range o.unplaced {
		children = append(children, fmt.Sprintf("PID %d inside its PID namespace", pid))
	}
	which := "another child"
	if len(children) > 0 {
		which = english.Agree(len(children), "another child, ", "other children, ") + english.Few(children, observe.MaxListed, len(children))
	}
	its := "its zombie"
	if o.zombies != 1 {
		its = "its " + phrase.Zombies(o.zombies)
	}
	return "is blocked waiting for " + which + ", and will not notice " + its
}

// String names a child, and says what keeps it from exiting or from being reaped:
// "perl (PID 7)", "perl (PID 7, state D)".
func (a awaited) String() string {
	if a.process == nil {
		return fmt.Sprintf("PID %d", a.pid)
	}
	switch p := a.process; {
	case a.heldBy != "":
		return fmt.Sprintf("%s (PID %d, a zombie that its parent cannot reap: %s)", p.Comm, a.pid, a.heldBy)
	case p.State != facts.Running && p.State != facts.Sleeping:
		return fmt.Sprintf("%s (PID %d, state %s)", p.Comm, a.pid, p.State)
	default:
		return phrase.Process(p.Comm, a.pid)
	}
}

func (o waitsForOne) Cause() string {
	if len(o.awaited) == 1 && len(o.unplaced) == 0 && o.awaited[0].process != nil {
		return phrase.WaitsForAnother + ", " + phrase.Process(o.awaited[0].process.Comm, o.awaited[0].pid)
	}
	return phrase.WaitsForAnother
}

func (o waitsForOne) Advice() []Advice {
	cure := advise(Developer, Cure, "%s must wait for all of its children: waitpid(-1, ...) in a loop.", o.place.name)
	if o.place.language != "" {
		cure = o.place.waitAdvice()
	}
	cure = cure.by(Step{Text: "One wait for each child that it starts does too. Another SIGCHLD does not help while it waits for that child."})
	return append([]Advice{cure}, o.place.clear()...)
}

func (v inVfork) Message() string {
	return fmt.Sprintf("has left %s, and is suspended in vfork until %s calls exec or exits", phrase.Zombies(v.zombies), v.name())
}

func (v inVfork) Cause() string {
	return "it is suspended in vfork until " + v.name() + " calls exec or exits"
}

// name names the child that suspends it.
func (v inVfork) name() string {
	if v.child == nil {
		return "its child"
	}
	return phrase.Process(v.child.Comm, v.child.PID)
}

func (v inVfork) Advice() []Advice {
	if v.child == nil {
		look := advise(Operator, Confirm, "Look for the child of %s that has not called exec.", v.place.name).by(Step{Command: fmt.Sprintf("ps --ppid %d", v.place.pid)})
		return append([]Advice{look}, v.place.clear()...)
	}
	pid, child := v.child.PID, phrase.Process(v.child.Comm, v.child.PID)
	look := advise(Operator, Confirm, "Look at what keeps %s from calling exec.", child).by(stack(pid))
	switch v.child.State {
	case facts.Uninterruptible:
		return []Advice{look, repair()}
	case facts.Stopped:
		return []Advice{look, advise(Operator, Now, "Let %s go on: it is stopped, and %s waits for it.", child, v.place.name).by(Step{Command: fmt.Sprintf("kill -CONT %d", pid)})}
	default:
		return []Advice{look, advise(Operator, Now, "End %s: %s is suspended until then.", child, v.place.name).by(Step{Command: fmt.Sprintf("kill -KILL %d", pid), Ends: child})}
	}
}
