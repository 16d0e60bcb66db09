package observe

import (
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Options of an observation.
type Options struct {
	// MinAge: a zombie that is known to be younger is the ordinary life of a
	// process, and does not count.
	MinAge time.Duration
	// Horizon: a limit that will be hit within it is a finding (Z402). 0: none is.
	Horizon time.Duration
	// AllNamespaces: judge also the PID 1 of namespaces without zombies, where the snapshot holds them.
	AllNamespaces bool
	Filter        Filter // restricts the judgement to some containers
}

// Observation is a snapshot with the questions that can be asked about it. It is
// complete when New returns it, and nothing changes it but what questions
// remember.
type Observation struct {
	*Looks
	Options Options

	Waits      *Waits
	Tracers    *Tracers
	Forks      *Forks
	Halts      *Halts
	Containers *Containers
	Origins    *Origins
	Reaping    *Reaping
	Verdicts   *Verdicts
	Heirs      *Heirs
	InitHelps  *InitHelps

	// The facts, whatever the filter.
	Dead       *Dead
	Parents    *Parents
	Namespaces *Namespaces
	Viewpoint  Viewpoint
	// LimitsAbove: the cgroups that we see begin inside of a container. Those
	// above it may have tighter limits.
	LimitsAbove bool

	Scope Scope // what to judge
}

// New observes a snapshot.
func New(s *facts.Snapshot, o Options) *Observation {
	x := &Observation{Looks: NewLooks(s), Options: o}
	x.Waits = &Waits{x.Looks, map[int]Waiting{}}
	x.Tracers = &Tracers{x.Looks, map[int]*facts.Process{}}
	x.Forks = &Forks{looks: x.Looks}
	x.Halts = &Halts{x.Looks, x.Waits, x.Tracers, x.Forks}
	x.Containers = &Containers{x.Looks, map[int]*Container{}}
	x.Origins = &Origins{x.Looks, x.Looks.Hiding(), map[int]map[int]bool{}}
	x.Dead = findDead(x.Looks, o.MinAge, x.Containers, x.Origins, x.Tracers)
	x.Parents = findParents(x.Looks, x.Dead, x.Containers)
	x.Reaping = &Reaping{x.Looks, x.Dead}
	x.Verdicts = &Verdicts{x.Looks, x.Waits, x.Halts, x.Parents, x.Reaping}
	x.Heirs = &Heirs{x.Looks, x.Parents, x.Verdicts}
	x.Viewpoint = findViewpoint(x.Looks, x.Containers)
	x.Namespaces = findNamespaces(x.Looks, x.Dead, x.Verdicts, x.Containers, o.AllNamespaces)
	x.InitHelps = &InitHelps{x.Looks, x.Halts, x.Reaping, x.Namespaces}
	limits := findLimits(x.Looks, x.Dead.Lasting, x.Parents.All)
	x.LimitsAbove = limits.Above
	x.Scope = Scope{
		Zombies: x.Dead.Lasting, Transient: x.Dead.Transient, Parents: x.Parents.All, Namespaces: x.Namespaces.All, Limits: limits.All,
	}
	if o.Filter.Set() {
		x.Scope = x.Scope.within(o.Filter, x.Looks, x.Containers)
	}
	return x
}
