package rule

import (
	"fmt"
	"slices"
	"time"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/scan/facts"
)

var _ = register(Rule{
	ID: "Z308", Name: "namespace-teardown", Severity: Critical,
	Rank: TeardownRank, Nudge: Nudge{Effect: NotAboutParents}, Whole: findNamespaceTeardown,
	Title: "A PID namespace cannot end: its PID 1 waits for the rest of it",
})

// teardownTime is how long the end of a PID namespace may take: SIGKILL reaches all of it at once.
const teardownTime = 10 * time.Second

type namespaceTeardown struct {
	since time.Duration
	// remains are those that it waits for, as many as are shown, those first that
	// nothing in the namespace can end; of all they count so many.
	remains []remainder
	all     int
	now     []Advice // what lets the first of them go
}

// remainder is a member of a dying namespace that is still there.
type remainder struct {
	process *facts.Process
	// Of one that is running: whether it is frozen with its cgroup, and the kernel
	// function that it sleeps in; "": unknown.
	frozen bool
	wchan  string
	// Of a zombie: the rule that says why its parent cannot reap it; "": it
	// could. Then the parent that has not; nil: PID 1, or one that was not seen.
	heldBy  string
	parent  *facts.Process
	outside bool // the parent is, of the namespace
}

func findNamespaceTeardown(x *observe.Observation) []*Finding {
	var out []*Finding
	for i := range x.Procs {
		p := &x.Procs[i]
		if !p.Zapping() || !observe.Twice(x.Snapshot, p.PID) {
			continue
		}
		if last, ok := observe.LastLook(x.Snapshot, p); !ok || !last.Lingers() {
			continue
		}
		wchan, _ := x.Again.Procs[p.PID].Wchan.Get()
		if !facts.InZap(wchan) {
			continue
		}
		since, ok := x.Ages.Asleep(p)
		if !ok || since < teardownTime {
			continue
		}
		rest := restOf(x, p)
		found := namespaceTeardown{since: since, all: len(rest)}
		f := about(p, observe.Certain, 0, nil, observe.ProcFile(p.PID, "wchan", wchan))
		if ev, ok := observe.ExecStart(p); ok {
			f.Evidence = append(f.Evidence, ev)
		}
		for _, m := range rest {
			if m.State != facts.Zombie {
				continue
			}
			f.Zombies++
			if parent := x.Parents.ByPID[m.PPID]; parent != nil && parent.Zombies > 0 && parent.PID != p.PID && !slices.Contains(f.CauseOf, parent.PID) {
				f.CauseOf = append(f.CauseOf, parent.PID)
			}
		}
		f.AlsoAbout = slices.Clone(f.CauseOf)
		for _, m := range rest[:min(len(rest), observe.MaxListed)] {
			r, ev := remains(x, m, p)
			found.remains = append(found.remains, r)
			f.Evidence = append(f.Evidence, ev...)
		}
		found.now = unblock(x, rest, p)
		f.Facts = found
		out = append(out, f)
	}
	return out
}

// restOf returns the members of the namespace of a PID 1 but for itself, those
// first that nothing in it can end.
func restOf(x *observe.Observation, pid1 *facts.Process) []*facts.Process {
	ns, ok := pid1.PIDNS()
	if !ok {
		return nil
	}
	var rest []*facts.Process
	for i := range x.Procs {
		p := &x.Procs[i]
		if id, ok := p.PIDNS(); ok && id == ns && p != pid1 {
			rest = append(rest, p)
		}
	}
	order := func(p *facts.Process) int {
		switch {
		case p.State == facts.Uninterruptible:
			return 0
		case p.State != facts.Zombie:
			return 1
		default:
			return 2
		}
	}
	slices.SortStableFunc(rest, func(a, b *facts.Process) int { return order(a) - order(b) })
	return rest
}

// remains finds why a member of a dying namespace is still there.
func remains(x *observe.Observation, p, pid1 *facts.Process) (remainder, []observe.Evidence) {
	r, ev := remainder{process: p}, []observe.Evidence{observe.StatePPID(p.PID, p.State, p.PPID)}
	if p.State != facts.Zombie {
		if f := observe.FrozenBy(p); f != nil {
			r.frozen = true
			return r, append(ev, observe.FreezerEvidence(f)...)
		}
		if wchan, ok := observe.WchanOf(p); ok {
			r.wchan, ev = wchan, append(ev, observe.ProcFile(p.PID, "wchan", wchan))
		}
		return r, ev
	}
	if r.heldBy = heldBy(x.Dead.Of(p)); r.heldBy != "" {
		return r, ev
	}
	if parent := x.Find(p.PPID); parent != pid1 {
		r.parent = parent
		theirs, ok1 := parent.PIDNS()
		own, ok2 := pid1.PIDNS()
		r.outside = ok1 && ok2 && theirs != own
	}
	return r, ev
}

func (t namespaceTeardown) Message() string {
	message := fmt.Sprintf("was PID 1 of a PID namespace and has exited, but the namespace cannot end: for over %s it has waited for ", english.Duration(t.since))
	if t.all == 0 {
		return message + "processes that cannot be seen from here"
	}
	sep := ""
	for _, r := range t.remains {
		message += sep + r.String()
		sep = ", and for "
	}
	if more := t.all - len(t.remains); more > 0 {
		message += fmt.Sprintf(", and for %s more", english.Number(more))
	}
	return message
}

// String names a member of the namespace, and says why it is still there.
func (r remainder) String() string {
	name := phrase.Process(r.process.Comm, r.process.PID)
	switch {
	case r.frozen:
		return name + ", which is frozen with its cgroup"
	case r.process.State != facts.Zombie && r.wchan != "":
		return name + ", in state " + r.process.State.String() + " (in " + r.wchan + ")"
	case r.process.State != facts.Zombie:
		return name + ", in state " + r.process.State.String()
	case r.heldBy != "":
		return name + ", a zombie that its parent cannot reap (" + r.heldBy + ")"
	case r.parent == nil:
		return name + ", a zombie"
	case r.outside:
		return name + ", a zombie that " + phrase.Process(r.parent.Comm, r.parent.PID) + ", which is outside the namespace, has not reaped"
	default:
		return name + ", a zombie that " + phrase.Process(r.parent.Comm, r.parent.PID) + " has not reaped"
	}
}

// Cause is that of the zombies that it waits for, beside their parents' own.
func (namespaceTeardown) Cause() string {
	return "a PID namespace cannot end before its zombies are reaped"
}

// unblock is how to remove the first process that the end of a namespace waits
// for: thaw it, or have a parent outside the namespace reap it. nil: no way is
// known.
func unblock(x *observe.Observation, rest []*facts.Process, pid1 *facts.Process) []Advice {
	for _, p := range rest[:min(len(rest), observe.MaxListed)] {
		parent := x.Find(p.PPID)
		switch {
		case p.State != facts.Zombie && observe.FrozenBy(p) != nil:
			at := placeOf(x, p)
			at.halt = &observe.Halt{Kind: observe.Frozen, Sure: true, Freezer: observe.FrozenBy(p)}
			return at.release()
		case p.State == facts.Zombie && heldBy(x.Dead.Of(p)) == "" && parent != nil && parent != pid1:
			return placeOf(x, parent).clear()
		}
	}
	return nil
}

func (t namespaceTeardown) Advice() []Advice {
	look := advise(Operator, Confirm, "Look at what the rest of it waits for: SIGKILL was sent to all of it already.")
	if len(t.remains) > 0 {
		look = look.by(stack(t.remains[0].process.PID))
	}
	return append([]Advice{look.by(Step{Text: "The container can neither end nor be removed before that process does."})}, t.now...)
}
