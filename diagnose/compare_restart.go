package diagnose

import (
	"fmt"
	"slices"
	"time"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// Restart is a container that was started again between two looks: its PID 1 is
// another process, and the processes of its old PID namespace are gone.
type Restart struct {
	Container *Container               // nil: unknown
	PID1      *facts.Process           // of the later look
	Ago       facts.Opt[time.Duration] // since PID1 started, at the later look
	Had, Gone int                      // zombies of the earlier look, and how many of them are gone
	New       int                      // zombies that it has now and had not then
}

// restarted returns "" where the later look is known to be from within the same
// container as the earlier one, which was restarted in between; else why that is
// not known. An engine starts a container again only after the earlier PID 1 has
// exited, and with it the PID namespace has ended.
func restarted(then, now *facts.Snapshot) string {
	self1, _ := then.Self.Get()
	self2, _ := now.Self.Get()
	in1, ok1 := self1.In.Get()
	in2, ok2 := self2.In.Get()
	pid1 := now.Find(1)
	switch {
	case then.Find(1) == nil || pid1 == nil:
		return "PID 1 was not seen in both"
	case !ok1 || !ok2:
		return "it is unknown whether both are of one container that was restarted"
	case !sameContainer(in1, in2) && !sameContainerOfPod(self1, self2):
		return fmt.Sprintf("it is of another container: %s, here %s", containerText(in1, self1.NameInPod), containerText(in2, self2.NameInPod))
	case self1.ProcCovers || self2.ProcCovers:
		return "one of them may be of a PID namespace that somebody made inside the container"
	case !startedAfter(then, now, pid1):
		return "both are of one container, but its PID 1 here is older than the recording"
	}
	return ""
}

// sameContainer: an engine keeps the ID of a container that it restarts. LXC
// has names for IDs, which another machine may have too.
func sameContainer(a, b facts.Container) bool {
	return a.ID != "" && a.ID == b.ID && a.Engine == b.Engine && a.Engine != facts.LXC
}

// sameContainerOfPod: the kubelet makes another container for one that exited,
// with the same name in the same pod.
func sameContainerOfPod(a, b facts.Self) bool {
	in1, _ := a.In.Get()
	in2, _ := b.In.Get()
	return in1.PodUID != "" && in1.PodUID == in2.PodUID && a.NameInPod != "" && a.NameInPod == b.NameInPod
}

func containerText(c facts.Container, name string) string {
	switch {
	case name != "":
		return fmt.Sprintf("%.63q of pod %.36s", name, c.PodUID)
	case c.ID == "":
		return fmt.Sprintf("one of pod %.36s", c.PodUID)
	}
	return fmt.Sprintf("%.12q", c.ID)
}

// startedAfter reports whether a process of the later look started after the
// earlier one. Of another boot everything did.
func startedAfter(then, now *facts.Snapshot, p *facts.Process) bool {
	boot1, _ := then.Host.BootID.Get()
	boot2, _ := now.Host.BootID.Get()
	if boot1 != boot2 {
		return true
	}
	taken, ok1 := then.Boottime.Get()
	start, ok2 := now.SinceBoot(p)
	return ok1 && ok2 && start >= taken
}

// compareAnew compares a PID namespace that has ended with the one that came
// after it: PIDs and start times mean nothing across the two.
func (c *Comparison) compareAnew(now *Diagnosis) {
	c.Reaped, c.New = c.Then.All(), now.All()
	r := Restart{Container: now.Viewpoint.Container, PID1: now.Snapshot.Find(1), Had: len(c.Reaped), Gone: len(c.Reaped), New: len(c.New)}
	r.Ago = ago(now.Snapshot, r.PID1)
	c.Restarts = []Restart{r}
	c.Anew = true

	old, recent := newGrowths(), newGrowths()
	old.count(c.Then.Snapshot, c.Reaped, func(e *Growth) { e.Then++; e.Reaped++ })
	recent.count(now.Snapshot, c.New, func(e *Growth) { e.Now++; e.New++ })
	for _, e := range old.all {
		c.Parents = append(c.Parents, *e)
	}
	span, ok := r.Ago.Get()
	for _, e := range recent.all {
		if ok && span >= observe.MinSpan {
			e.PerDay = facts.Some(perDay(e.Now, span))
		}
		c.Parents = append(c.Parents, *e)
	}
	sortGrowths(c.Parents)
}

func ago(s *facts.Snapshot, p *facts.Process) facts.Opt[time.Duration] {
	start, ok1 := s.SinceBoot(p)
	now, ok2 := s.Boottime.Get()
	if !ok1 || !ok2 || now < start {
		return facts.Opt[time.Duration]{}
	}
	return facts.Some(now - start)
}

// findRestarts finds the containers that were restarted, as they are seen from
// outside: one whose PID 1 is gone, and that has a later one now.
func (c *Comparison) findRestarts(now *Diagnosis) {
	for i := range c.Then.Namespaces {
		old := mainPID1(c.Then.Snapshot, &c.Then.Namespaces[i])
		if old == nil || sees(now.Snapshot, old) || now.Hides && now.Snapshot.Find(old.PID) == nil {
			continue
		}
		in := c.Then.Namespaces[i].Container
		at := slices.IndexFunc(now.Namespaces, func(ns Namespace) bool {
			p := mainPID1(now.Snapshot, &ns)
			return p != nil && ns.Container.Key() == in.Key() && startedAfter(c.Then.Snapshot, now.Snapshot, p)
		})
		if at < 0 {
			continue
		}
		pid1 := now.Namespaces[at].PID1.Process
		r := Restart{Container: now.Namespaces[at].Container, PID1: pid1, Ago: ago(now.Snapshot, pid1)}
		r.Had, r.Gone, r.New = countIn(in, c.Then.All()), countIn(in, c.Reaped), countIn(in, c.New)
		c.Restarts = append(c.Restarts, r)
	}
}

// countIn counts the zombies of a container.
func countIn(in *Container, zombies []*Zombie) int {
	n := 0
	for _, z := range zombies {
		if z.Container.Key() == in.Key() {
			n++
		}
	}
	return n
}

// mainPID1 returns the PID 1 of a container's own PID namespace, as it is seen
// from outside: its parent is in no container, or in another. nil: it is that of
// none, or of one that somebody made inside, or that is unknown.
func mainPID1(s *facts.Snapshot, ns *Namespace) *facts.Process {
	if ns.PID1 == nil || ns.Ours || ns.Container == nil || ns.Container.ID == "" {
		return nil
	}
	p := ns.PID1.Process
	parent := s.Find(p.PPID)
	if parent == nil || parent.Deep == nil {
		return nil
	}
	paths, ok := parent.Deep.Cgroups.Get()
	if in, contained := facts.ContainerOf(paths); !ok || contained && in.ID == ns.Container.ID {
		return nil
	}
	return p
}

// Sentences say what became of containers that were restarted, a sentence each
// for the container and for its zombies.
func (r *Restart) Sentences() string {
	what := "The container"
	if r.Container != nil && r.Container.Name != "" {
		what = "Container " + r.Container.Label()
	}
	who := "another process"
	if d, ok := r.Ago.Get(); ok {
		who += ", started " + english.Duration(d) + " ago"
	}
	gone := "It had no zombies before"
	switch {
	case r.Had == 1 && r.Gone == 1:
		gone = "The zombie of before is gone"
	case r.Had > 0 && r.Gone == r.Had:
		gone = "All " + english.Number(r.Gone) + " zombies of before are gone"
	case r.Had > 0:
		gone = fmt.Sprintf("%s of the %s zombies of before %s gone", english.Number(r.Gone), english.Number(r.Had), english.Agree(r.Gone, "is", "are"))
	}
	return fmt.Sprintf("%s was restarted since: PID 1 is %s. %s; %s new.", what, who, gone, english.Count(r.New, "is", "are"))
}
