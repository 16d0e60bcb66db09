package rule

import (
	"fmt"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/scan/facts"
)

var _ = register(Rule{
	ID: "Z304", Name: "init-not-first", Severity: Warning,
	Rank: NoCause, Nudge: Nudge{Effect: NotAboutParents}, Whole: findInitNotFirst,
	Title: "An init runs, but it is not PID 1",
})

type initNotFirst struct {
	comm string         // of the init
	pid1 *facts.Process // which does not reap the orphans
}

func findInitNotFirst(x *observe.Observation) []*Finding {
	var out []*Finding
	// Of most processes only the name is known, and names repeat.
	byName := map[string]*observe.Program{}
	programOf := func(q *facts.Process) *observe.Program {
		if q.Deep != nil || q.Listed != nil {
			return observe.ProgramOf(q)
		}
		known, ok := byName[q.Comm]
		if !ok {
			known = observe.ProgramOf(q)
			byName[q.Comm] = known
		}
		return known
	}
	for _, p := range x.Scope.Parents {
		if !p.IsPID1 || p.Adopted+p.UnknownOrigin == 0 {
			continue
		}
		if v := x.Scope.Over(p.Process); v == nil || v.Reaps != observe.No {
			continue
		}
		for i := range x.Procs {
			q := &x.Procs[i]
			if q == p.Process || q.State == facts.Zombie {
				continue
			}
			// A process that adopts for those below it does what it can.
			if known := programOf(q); known == nil || known.Kind != observe.InitProgram || x.PID1s.Of(q) != p.Process || observe.KnownSubreaper(q) {
				continue
			}
			f := about(q, observe.Likely, p.Adopted+p.UnknownOrigin, initNotFirst{comm: q.Comm, pid1: p.Process}, observe.ProcFile(q.PID, "comm", q.Comm))
			if len(q.NSpid()) > 0 {
				f.Evidence = append(f.Evidence, observe.NSpid(q))
			}
			if out = append(out, f); len(out) == observe.MaxListed {
				return out
			}
		}
	}
	return out
}

func (i initNotFirst) Message() string {
	return "is an init, but PID 1 of its namespace is " + phrase.Process(observe.ShortCommand(i.pid1), i.pid1.PID) + ", which adopts the orphans and does not reap them"
}

func (i initNotFirst) Advice() []Advice {
	return []Advice{
		advise(Developer, Cure, "Begin the container with the init, and with no shell or wrapper before it.").by(
			Step{Command: fmt.Sprintf("ENTRYPOINT [%q, \"--\", ...]", i.comm), Text: "in the image"},
			Step{Command: "exec " + i.comm + " -- ...", Text: "as the last line of a script"},
			Step{Command: "tini -s -- ...", Text: "where it cannot be first: a subreaper adopts what is below it (zombiectl init -s does too)"},
		),
	}
}
