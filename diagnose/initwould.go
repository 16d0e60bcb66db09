package diagnose

import (
	"fmt"
	"slices"
	"strings"
)

// Would an init as PID 1 help? Where this is answered.

// initFor answers it for the zombies of one parent.
func (x *exam) initFor(p *Parent) (Answer, string) {
	proc := p.Process
	switch {
	case proc == nil:
		return Unknown, "their parent is not in view"
	case proc.KernelThread():
		return No, "their parent is a kernel thread"
	case x.pid1s.Of(proc) == nil:
		return Unknown, "whether their parent is PID 1 of its namespace cannot be told"
	case p.IsPID1:
		return x.initForPID1(p)
	}
	if v := x.verdictOver(proc); v != nil && v.Init == Yes && v.Reaps == Yes {
		return No, "there is one already; their parent lives, and only it can reap them"
	}
	if p.Adopted > 0 {
		return No, "their parent is a subreaper, which adopts before PID 1 does"
	}
	return No, "their parent lives, and only it can reap them"
}

// initForPID1 answers it where PID 1 itself keeps zombies.
func (x *exam) initForPID1(p *Parent) (Answer, string) {
	how := x.halted(p.Process)
	if known := knownProgram(p.Process); known != nil && known.isInit() && known.reaps == Yes {
		switch {
		case how != "":
			return No, "PID 1 is an init already, and " + how
		case x.tooSlow(p):
			return No, "PID 1 is an init already, which reaps, and cannot keep up"
		}
		return No, "PID 1 is an init already; it does not do its work"
	}
	switch {
	case x.reapsLate(p):
		return No, "PID 1 reaps already, and late"
	case p.Own == p.Zombies && p.Own > 0:
		return No, "PID 1 started these itself, and only it can reap them"
	case how != "":
		return Unknown, "PID 1 " + how + ": let it go on, and look whether it reaps"
	case p.UnknownOrigin == 0 && p.Own == 0:
		return Yes, "these are orphans that PID 1 adopted: an init reaps what it adopts"
	case p.Adopted > 0:
		return Yes, fmt.Sprintf("%d of these are orphans that PID 1 adopted, and an init reaps what it adopts; of the others it cannot be told", p.Adopted)
	default:
		return Unknown, "an init helps if PID 1 adopted these, and does not if it started them itself"
	}
}

// InitAnswer is one answer, and the parents for whose zombies it holds.
type InitAnswer struct {
	Answer  Answer
	Why     string // one sentence
	PIDs    []int  // of these parents
	Zombies int    // that are held against them
}

// InitAnswers gathers the answers for these parents, in their order: where
// there are several one answer need not hold for all.
func InitAnswers(parents []Parent) []InitAnswer {
	var out []InitAnswer
	for i := range parents {
		p := &parents[i]
		if p.Zombies == 0 {
			continue
		}
		j := slices.IndexFunc(out, func(a InitAnswer) bool { return a.Answer == p.InitWouldHelp && a.Why == p.InitWhy })
		if j < 0 {
			j = len(out)
			out = append(out, InitAnswer{Answer: p.InitWouldHelp, Why: p.InitWhy})
		}
		out[j].PIDs = append(out[j].PIDs, p.PID)
		out[j].Zombies += p.Zombies
	}
	return out
}

// initWouldHelp answers for all zombies in view: as for the parent with most of
// them, which the sentence names. Where it is another for others, the reason
// says of how many.
func (x *exam) initWouldHelp() (Answer, string) {
	answers := InitAnswers(x.d.Parents)
	switch {
	case len(x.d.Zombies) == 0:
		return Unknown, ""
	case len(answers) == 0:
		return No, initForUnreapable(x.unreapableBy())
	}
	first, total := answers[0], 0
	zombies := map[Answer]int{}
	for _, a := range answers {
		zombies[a.Answer] += a.Zombies
		total += a.Zombies
	}
	reason := first.Why
	if n := zombies[first.Answer]; n < total {
		reason = fmt.Sprintf("of %d of %d zombies: %s", n, total, reason)
		for _, a := range initOrder {
			if n := zombies[a]; n > 0 && a != first.Answer {
				reason += "; " + initCounts[a](n)
			}
		}
	}
	return first.Answer, reason
}

// initOrder is how the answers are listed, and initCounts how each is given for
// so many zombies.
var (
	initOrder  = []Answer{Yes, No, Unknown}
	initCounts = map[Answer]func(int) string{
		Yes:     func(n int) string { return fmt.Sprintf("it would help with %d", n) },
		No:      func(n int) string { return fmt.Sprintf("it would not help with %d", n) },
		Unknown: func(n int) string { return fmt.Sprintf("of %d that cannot be told", n) },
	}
)

// initForOthers says in the line for the ticket of how many other zombies
// something else holds than of those of the worst parent; "": of none.
func (x *exam) initForOthers(worst *Parent) string {
	zombies, others := map[Answer]int{}, 0
	for _, a := range InitAnswers(x.d.Parents) {
		zombies[a.Answer] += a.Zombies
		others += a.Zombies
	}
	zombies[worst.InitWouldHelp] -= worst.Zombies
	others -= worst.Zombies
	if zombies[worst.InitWouldHelp] == others {
		return ""
	}
	var parts []string
	for _, a := range initOrder {
		if n := zombies[a]; n > 0 {
			parts = append(parts, initCounts[a](n))
		}
	}
	return fmt.Sprintf(" Of the other %s: %s.", count(others, "zombie", "zombies"), strings.Join(parts, ", "))
}
