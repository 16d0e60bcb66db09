package diagnose

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// Comparison is what became of zombies between two looks at the same PID
// namespace, or at the same container, which was restarted in between. A zombie
// counts here where it is in the Zombies of a diagnosis; it is the same one when
// PID and start time are.
type Comparison struct {
	Then *Diagnosis               // the earlier diagnosis
	Span facts.Opt[time.Duration] // the time between the two looks, on CLOCK_BOOTTIME
	// New count now and did not then: they died since, or had been dead for less than MinAge.
	New        []*Zombie
	Persisting []*Zombie // counted then and are zombies still
	// Unseen count now and may have been zombies at the earlier look, which did
	// not see them: it is unknown whether they are new.
	Unseen []*Zombie
	Reaped []*Zombie // counted then and are there no longer
	// Passed counts those that came after the earlier look and were reaped before
	// the later one. Only a Tally, which looked in between, has seen any.
	Passed int
	// Lost counted then and are not seen now, where not every process is: it is
	// unknown whether they were reaped.
	Lost    []*Zombie
	Parents []Growth // those whose zombies changed, the largest growth first
	// Findings of the later diagnosis that the earlier one had not, or not as severe.
	Findings []*Finding
	// Restarts are the containers that were restarted in between.
	Restarts []Restart
	// Anew: the later look is from within a container that was restarted. Then all
	// earlier zombies are Reaped, since their PID namespace has ended, and all
	// zombies of now are New.
	Anew bool
}

// Growth is how the zombies of one parent changed: by New, Unseen and Came
// there are more, by Reaped, Lost and Left fewer.
type Growth struct {
	PID     int // 0: outside this PID namespace
	ID      facts.ID
	Comm    string // "": not seen
	Command string
	Then    int
	Now     int
	New     int
	Unseen  int
	Reaped  int
	Lost    int
	// Came are those that another parent had then, Left those that another has
	// now: they change hands when a parent exits.
	Came, Left int
	// PerDay is by how many it grew a day, over the whole span, or since its
	// container was restarted; below 0 it shrank.
	PerDay facts.Opt[float64]
}

// key is what a process is known by.
type key struct {
	pid   int
	start uint64
}

func keyOf(p *facts.Process) key { return key{p.PID, p.StartTicks} }

// Compare returns what became of zombies from one look to a later one. It is an
// error when the two are not of the same boot and PID namespace, nor of the same
// container before and after a restart, or when that is unknown: a PID and a
// start time mean nothing elsewhere.
func Compare(then, now *Diagnosis) (*Comparison, error) {
	c := &Comparison{Then: then}
	different, err := differentNamespace(then.Snapshot, now.Snapshot)
	if err != nil {
		return nil, err
	}
	if different != "" {
		if why := restarted(then.Snapshot, now.Snapshot); why != "" {
			return nil, fmt.Errorf("%s; %s", different, why)
		}
	}
	if err := c.setSpan(now.Snapshot); err != nil {
		return nil, err
	}
	if different != "" {
		c.compareAnew(now)
	} else {
		c.compareZombies(now)
		c.compareParents(now)
		c.findRestarts(now)
	}
	c.compareFindings(now)
	return c, nil
}

// setSpan sets the time between the looks, by the clock of the boot; in another
// boot it is unknown. It is an error where the later look is the earlier one.
func (c *Comparison) setSpan(now *facts.Snapshot) error {
	then := c.Then.Snapshot
	boot1, _ := then.Host.BootID.Get()
	boot2, _ := now.Host.BootID.Get()
	if boot1 != boot2 {
		taken1, ok1 := then.Taken.Get()
		taken2, ok2 := now.Taken.Get()
		if ok1 && ok2 && taken2.Before(taken1) {
			return fmt.Errorf("it was taken %s after the look that it is compared with", english.Duration(taken1.Sub(taken2)))
		}
		return nil
	}
	before, ok1 := then.Boottime.Get()
	after, ok2 := now.Boottime.Get()
	if ok1 && ok2 {
		if after < before {
			return fmt.Errorf("it was taken %s after the look that it is compared with", english.Duration(before-after))
		}
		c.Span = facts.Some(after - before)
	}
	return nil
}

// differentNamespace returns "" where both looks are known to be of one PID
// namespace in one boot, and what differs where they are not. It is an error
// where that is unknown.
func differentNamespace(then, now *facts.Snapshot) (string, error) {
	boot1, ok1 := then.Host.BootID.Get()
	boot2, ok2 := now.Host.BootID.Get()
	switch {
	case !ok1:
		return "", errors.New("it does not show its boot (no boot ID)")
	case !ok2:
		return "", errors.New("the look that it is compared with does not show its boot (no boot ID)")
	case boot1 != boot2:
		return fmt.Sprintf("it is of another boot, or of another machine: boot ID %.40q, here %.40q", boot1, boot2), nil
	}
	// Within a boot a namespace keeps its PID 1 and ends with it. But those of
	// many containers may have started in one tick.
	first1, first2 := then.Find(1), now.Find(1)
	both := first1 != nil && first2 != nil
	ns1, ok1 := observe.NamespaceOf(then)
	ns2, ok2 := observe.NamespaceOf(now)
	switch {
	case both && first1.StartTicks != first2.StartTicks:
		return fmt.Sprintf("it is of another PID namespace: its PID 1 is %q, started %s, and here it is %q, started %s",
			first1.Comm, startText(then, first1), first2.Comm, startText(now, first2)), nil
	case ok1 && ok2 && ns1 != ns2:
		return fmt.Sprintf("it is of another PID namespace: pid:[%d], here pid:[%d]", ns1, ns2), nil
	case !both && (!ok1 || !ok2):
		return "", errors.New("it is unknown whether it is of the same PID namespace: PID 1 was not seen in both")
	}
	return "", nil
}

func startText(s *facts.Snapshot, p *facts.Process) string {
	if d, ok := s.SinceBoot(p); ok {
		return english.Duration(d) + " after boot"
	}
	return fmt.Sprintf("%d ticks after boot", p.StartTicks)
}

func zombiesByKey(d *Diagnosis) map[key]*Zombie {
	m := make(map[key]*Zombie, len(d.Zombies))
	for _, z := range d.All() {
		m[keyOf(z.Process)] = z
	}
	return m
}

// All returns its Zombies.
func (d *Diagnosis) All() []*Zombie {
	all := make([]*Zombie, len(d.Zombies))
	for i := range d.Zombies {
		all[i] = &d.Zombies[i]
	}
	return all
}

func (c *Comparison) compareZombies(now *Diagnosis) {
	before, after := zombiesByKey(c.Then), zombiesByKey(now)
	for _, z := range now.All() {
		switch _, counted := before[keyOf(z.Process)]; {
		case counted:
			c.Persisting = append(c.Persisting, z)
		case c.wasThere(z) && !sees(c.Then.Snapshot, z.Process):
			c.Unseen = append(c.Unseen, z)
		default:
			c.New = append(c.New, z)
		}
	}
	for _, z := range c.Then.All() {
		if after[keyOf(z.Process)] != nil {
			continue
		}
		p := now.Snapshot.Find(z.Process.PID)
		switch {
		case p == nil && now.Hides:
			c.Lost = append(c.Lost, z)
		case p == nil || p.StartTicks != z.Process.StartTicks:
			c.Reaped = append(c.Reaped, z)
		default:
			// A dead leader whose last thread called exec is running under its PID. A
			// zombie that does not count was young by clocks that the earlier look did
			// not have.
			if last, ok := observe.LastLook(now.Snapshot, p); !ok {
				c.Reaped = append(c.Reaped, z)
			} else if last.State == facts.Zombie {
				c.Persisting = append(c.Persisting, z)
			}
		}
	}
}

// wasThere reports whether a zombie may have been one at the earlier look.
func (c *Comparison) wasThere(z *Zombie) bool {
	taken, ok1 := c.Then.Snapshot.Boottime.Get()
	// Of the same boot, so the unit is the same.
	start, ok2 := c.Then.Snapshot.SinceBoot(z.Process)
	if ok1 && ok2 && (start >= taken || start+c.Then.Snapshot.Tick() > taken && !c.Then.Hides) {
		return false // the look began within the tick in which it started, and would have seen it
	}
	span, ok1 := c.Span.Get()
	age, ok2 := z.Age.AtMost.Get()
	return !ok1 || !ok2 || age >= span
}

func sees(s *facts.Snapshot, p *facts.Process) bool {
	q := s.Find(p.PID)
	return q != nil && q.StartTicks == p.StartTicks
}

// growths collects what changed, by parent.
type growths struct {
	all map[key]*Growth
	// found are those of all, by the snapshot and the parent's PID in it: most
	// parents have many zombies.
	found map[placed]*Growth
}

type placed struct {
	in   *facts.Snapshot
	ppid int
}

func newGrowths() growths { return growths{all: map[key]*Growth{}, found: map[placed]*Growth{}} }

// of returns the entry of a zombie's parent in a diagnosis.
func (g growths) of(s *facts.Snapshot, z *Zombie) *Growth {
	at := placed{s, z.PPID}
	if e := g.found[at]; e != nil {
		return e
	}
	parent, k := s.Find(z.PPID), key{pid: z.PPID}
	if parent != nil {
		k = keyOf(parent)
	}
	e := g.all[k]
	if e == nil {
		e = &Growth{PID: z.PPID, ID: facts.ID{PID: z.PPID}}
		g.all[k] = e
	}
	if parent != nil { // the later look comes last, and its names stay
		e.ID, e.Comm, e.Command = parent.ID(), parent.Comm, observe.CommandOf(parent)
	}
	g.found[at] = e
	return e
}

func (g growths) count(s *facts.Snapshot, zombies []*Zombie, add func(*Growth)) {
	for _, z := range zombies {
		add(g.of(s, z))
	}
}

func (c *Comparison) compareParents(now *Diagnosis) {
	g := newGrowths()
	before := zombiesByKey(c.Then)
	g.count(c.Then.Snapshot, c.Then.All(), func(e *Growth) { e.Then++ })
	g.count(c.Then.Snapshot, c.Reaped, func(e *Growth) { e.Reaped++ })
	g.count(c.Then.Snapshot, c.Lost, func(e *Growth) { e.Lost++ })
	g.count(now.Snapshot, now.All(), func(e *Growth) { e.Now++ })
	g.count(now.Snapshot, c.New, func(e *Growth) { e.New++ })
	g.count(now.Snapshot, c.Unseen, func(e *Growth) { e.Unseen++ })
	for _, z := range c.Persisting {
		old := before[keyOf(z.Process)]
		from, to := g.of(c.Then.Snapshot, old), g.of(now.Snapshot, z)
		if from != to {
			from.Left++
			to.Came++
		}
	}
	span, ok := c.Span.Get()
	for _, e := range g.all {
		if e.New+e.Unseen+e.Reaped+e.Lost+e.Came+e.Left == 0 {
			continue
		}
		if ok && span >= observe.MinSpan {
			e.PerDay = facts.Some(perDay(e.Now-e.Then, span))
		}
		c.Parents = append(c.Parents, *e)
	}
	sortGrowths(c.Parents)
}

func perDay(n int, span time.Duration) float64 {
	return float64(n) * float64(observe.Day) / float64(span)
}

func sortGrowths(all []Growth) {
	sort.Slice(all, func(i, j int) bool {
		a, b := &all[i], &all[j]
		start1, _ := a.ID.Start.Get()
		start2, _ := b.ID.Start.Get()
		return cmp.Or(cmp.Compare(b.Now-b.Then, a.Now-a.Then), cmp.Compare(b.New, a.New), cmp.Compare(a.PID, b.PID), cmp.Compare(start1, start2)) < 0
	})
}

// about is the subject of a finding: a process, or else the file that it rests
// on, which distinguishes limits.
type about struct {
	rule    string
	subject facts.ID
	file    string
}

func aboutOf(f *Finding) about {
	a := about{rule: f.Rule, subject: f.Subject}
	if f.Subject.PID == 0 && len(f.Evidence) > 0 {
		a.file = f.Evidence[0].File
	}
	return a
}

func (c *Comparison) compareFindings(now *Diagnosis) {
	had := map[about]Severity{}
	for i := range c.Then.Findings {
		f := &c.Then.Findings[i]
		if c.Anew && f.Subject.PID != 0 {
			continue // that process is gone, and its PID may be another's
		}
		had[aboutOf(f)] = max(had[aboutOf(f)], f.Severity)
	}
	for i := range now.Findings {
		f := &now.Findings[i]
		if severity, ok := had[aboutOf(f)]; !ok || f.Severity > severity {
			c.Findings = append(c.Findings, f)
		}
	}
}

// Sentence says what changed, in one line: by numbers, where no PID namespace is another.
func (c *Comparison) Sentence() string {
	if c.Anew {
		return c.Restarts[0].Sentences()
	}
	s := fmt.Sprintf("%s new, %s still there, %s reaped", english.Number(len(c.New)), english.Number(len(c.Persisting)), english.Number(len(c.Reaped)+c.Passed))
	if n := len(c.Unseen); n > 0 {
		s += ", " + english.Number(n) + " that may be new"
	}
	if n := len(c.Lost); n > 0 {
		s += ", " + english.Number(n) + " not seen any more"
	}
	return s
}

// maxRestarts is how many restarts are listed one by one.
const maxRestarts = 5

// Lines say what changed: a line for each container that was restarted, and one for the zombies.
func (c *Comparison) Lines() []string {
	if c.Anew {
		return []string{c.Sentence()}
	}
	var lines []string
	for i := range c.Restarts[:min(len(c.Restarts), maxRestarts)] {
		lines = append(lines, c.Restarts[i].Sentences())
	}
	if rest := len(c.Restarts) - maxRestarts; rest > 0 {
		lines = append(lines, english.Count(rest, "more container was", "more containers were")+" restarted.")
	}
	return append(lines, c.Sentence())
}

// When says when the earlier look was, as well as is known: "since" stands before it.
func (c *Comparison) When() string {
	taken, ok := c.Then.Snapshot.Taken.Get()
	span, known := c.Span.Get()
	switch {
	case ok && known:
		return fmt.Sprintf("%s (%s)", taken.UTC().Format(time.RFC3339), english.Duration(span))
	case ok:
		return taken.UTC().Format(time.RFC3339)
	case known:
		return "a look " + english.Duration(span) + " before"
	default:
		return "an earlier look"
	}
}

// Concerns reports whether a finding is new, or is about a parent of new zombies.
func (c *Comparison) Concerns(f *Finding) bool {
	if slices.Contains(c.Findings, f) {
		return true
	}
	return f.Zombies > 0 && f.Subject.PID != 0 && slices.ContainsFunc(c.Parents, func(g Growth) bool { return g.New > 0 && g.ID == f.Subject })
}
