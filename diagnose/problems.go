package diagnose

import (
	"cmp"
	"math"
	"path"
	"slices"
	"time"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/rule"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// Problem is one thing that somebody has to act on: a parent with zombies, several
// alike below one process, or a finding of which no parent is the cause.
type Problem struct {
	Urgency  Urgency
	Severity Severity
	// Parents are those whose zombies are held against them, the worst first. Of
	// several the same is true: they run the same command below the same process.
	Parents []*Parent
	Above   *facts.Process // that process, where there are several parents; nil: it was not seen
	Zombies int            // of all of them; of a problem without parents those that its findings count
	// Findings are about this problem: the cause first, then by severity.
	Findings  []*Finding
	Container *Container // nil: unknown
	// Limit is the one that its zombies use up first; nil: none is known.
	Limit *Limit
	// FullIn is the time until then.
	FullIn facts.Opt[time.Duration]
}

// Urgency orders problems: what fails first comes first.
type Urgency int

// The urgencies, from a failure of now to the least concern.
const (
	Failing   Urgency = iota // a limit is used up, or nearly
	CannotEnd                // a container cannot end, or its end was not noticed
	WillFail                 // a limit is used up within the horizon, at this rate
	Leaking                  // zombies keep coming
	Standing                 // zombies are there
	Late                     // they are reaped, late
	Might                    // there are no zombies yet, but future ones may stay
)

// Name is the name of the program that the parents run.
func (p *Problem) Name() string {
	return path.Base(observe.ShortCommand(p.Parents[0].Process))
}

// Cause is the finding that says why the zombies are there; nil: none does.
func (p *Problem) Cause() *Finding {
	if len(p.Parents) == 0 || len(p.Parents[0].Rules) == 0 {
		return nil
	}
	for _, f := range p.Findings {
		if f.Rule == p.Parents[0].Rules[0] {
			return f
		}
	}
	return nil
}

// Find returns the finding of a rule in the problem; nil: it has none of that
// rule.
func (p *Problem) Find(rules ...string) *Finding {
	for _, f := range p.Findings {
		if slices.Contains(rules, f.Rule) {
			return f
		}
	}
	return nil
}

// Problems gathers the findings to act on, most urgent first, and returns them
// with the notes, which need no action.
func (d *Diagnosis) Problems() (list []Problem, notes []*Finding) {
	g := &gathering{d: d, of: map[int]*Problem{}, zombies: map[int]*Zombie{}, held: map[held]*Problem{}}
	for i := range d.Zombies {
		g.zombies[d.Zombies[i].Process.PID] = &d.Zombies[i]
	}
	g.parents()
	for i := range d.Findings {
		f := &d.Findings[i]
		switch p := g.about(f); {
		case p != nil:
			p.Findings = append(p.Findings, f)
		case f.Severity < Warning || f.Rule == "Z901": // the sentence says that it is blind
			notes = append(notes, f)
		default:
			p := g.add()
			p.Findings, p.Zombies, p.Container = []*Finding{f}, f.Zombies, g.containerOf(f)
		}
	}
	for _, p := range g.list {
		g.weigh(p)
		list = append(list, *p)
	}
	slices.SortStableFunc(list, moreUrgent)
	return list, notes
}

type gathering struct {
	d       *Diagnosis
	list    []*Problem
	of      map[int]*Problem // by the PID of a parent
	zombies map[int]*Zombie
	held    map[held]*Problem
}

// held is the same for zombies that one parent cannot reap, for one reason.
type held struct {
	ppid int
	rule string
}

func (g *gathering) add() *Problem {
	p := &Problem{}
	g.list = append(g.list, p)
	return p
}

// alike is the same for parents that are one problem.
type alike struct {
	ppid                     int
	command, container, rule string
}

func (g *gathering) parents() {
	same := map[alike]*Problem{}
	for i := range g.d.Parents {
		p := &g.d.Parents[i]
		if p.Zombies == 0 {
			continue
		}
		var group *Problem
		if p.Process != nil && !p.IsPID1 && len(p.Rules) > 0 {
			key := alike{p.Process.PPID, observe.ShortCommand(p.Process), p.Container.Key(), p.Rules[0]}
			group = same[key]
			if group == nil {
				group = g.add()
				same[key] = group
			}
		} else {
			group = g.add()
		}
		if len(group.Parents) == 0 {
			group.Container = p.Container
		}
		group.Parents = append(group.Parents, p)
		group.Zombies += p.Zombies
		if len(group.Parents) == 2 {
			group.Above = g.d.Snapshot.Find(p.Process.PPID)
		}
		g.of[p.PID] = group
	}
}

// about is the problem that a finding belongs to; nil: it is one of its own.
func (g *gathering) about(f *Finding) *Problem {
	if l := f.Limit(); l != nil {
		return g.worstOf(l)
	}
	for _, pid := range slices.Concat(f.CauseOf, []int{f.Subject.PID}, f.AlsoAbout) {
		if p := g.of[pid]; p != nil {
			return p
		}
	}
	z := g.zombies[f.Subject.PID]
	if z == nil || f.Severity < Warning {
		return nil
	}
	key := held{z.PPID, f.Rule}
	p := g.held[key]
	if p == nil {
		p = g.add()
		p.Container = z.Container
		g.held[key] = p
	}
	p.Zombies += f.Zombies
	return p
}

// worstOf is the problem with most of the zombies that count against a limit; nil: they are too few to be what fills it.
func (g *gathering) worstOf(l *observe.Limit) (worst *Problem) {
	if l.ZombiePercent() < rule.HoldsMuch {
		return nil
	}
	for _, p := range l.Parents {
		if of := g.of[p.PID]; of != nil && (worst == nil || of.Zombies > worst.Zombies) {
			worst = of
		}
	}
	return worst
}

func (g *gathering) containerOf(f *Finding) *Container {
	for i := range g.d.Namespaces {
		if ns := &g.d.Namespaces[i]; ns.PID1 != nil && ns.PID1.Process != nil && ns.PID1.Process.PID == f.Subject.PID {
			return ns.Container
		}
	}
	return nil
}

// weigh decides how urgent a problem is.
func (g *gathering) weigh(p *Problem) {
	slices.SortStableFunc(p.Findings, func(a, b *Finding) int {
		return cmp.Or(cmp.Compare(causeAt(p, a), causeAt(p, b)), cmp.Compare(b.Severity, a.Severity))
	})
	for _, f := range p.Findings {
		p.Severity = max(p.Severity, f.Severity)
		if l := f.Limit(); l != nil && p.Limit == nil {
			p.Limit = g.limit(l)
		}
	}
	for i := range g.d.Limits {
		if l := &g.d.Limits[i]; p.Limit == nil && len(p.Parents) > 0 && slices.Contains(l.Parents, p.Parents[0].Parent) {
			p.Limit = l
		}
	}
	if p.Limit != nil {
		p.FullIn = p.Limit.FullIn
	}
	pressure, late := p.Find("Z401"), p.Cause() != nil && p.Cause().Rule == "Z210"
	switch {
	case pressure != nil && pressure.Severity == Critical:
		p.Urgency = Failing
	case p.Find("Z308", "Z311") != nil:
		p.Urgency = CannotEnd
	case p.Find("Z402") != nil:
		p.Urgency = WillFail
	case late:
		p.Urgency = Late
	case pressure != nil || p.Find("Z403") != nil:
		p.Urgency = Leaking
	case p.Zombies == 0:
		p.Urgency = Might
	default:
		p.Urgency = Standing
	}
}

func (g *gathering) limit(of *observe.Limit) *Limit {
	for i := range g.d.Limits {
		if g.d.Limits[i].Limit == of {
			return &g.d.Limits[i]
		}
	}
	return nil
}

// causeAt is where a finding stands among the causes of the worst parent.
func causeAt(p *Problem, f *Finding) int {
	if len(p.Parents) > 0 {
		if i := slices.Index(p.Parents[0].Rules, f.Rule); i >= 0 {
			return i
		}
	}
	return math.MaxInt
}

func moreUrgent(a, b Problem) int {
	return cmp.Or(
		cmp.Compare(a.Urgency, b.Urgency),
		cmp.Compare(timeLeft(a), timeLeft(b)),
		cmp.Compare(b.Severity, a.Severity),
		cmp.Compare(share(b), share(a)),
		cmp.Compare(b.Zombies, a.Zombies),
	)
}

// timeLeft is longer than any where it is unknown.
func timeLeft(p Problem) time.Duration {
	if p.Urgency == Failing || p.Urgency >= Standing {
		return 0 // its known facts are old, or it has failed
	}
	if d, ok := p.FullIn.Get(); ok {
		return d
	}
	return math.MaxInt64
}

// share is how much of its limit a problem uses, in hundredths: all of it where
// that is what fails, else what its zombies hold.
func share(p Problem) int {
	if p.Limit == nil {
		return 0
	}
	if n, ok := p.Limit.Percent(); ok && p.Urgency == Failing {
		return n
	}
	return p.Limit.ZombiePercent()
}
