package rule

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// place is a process that keeps zombies as advice has to know it: its program,
// where it runs, and from where it was seen.
type place struct {
	pid      int
	name     string // as sentences call it
	args     []string
	known    *observe.Program
	language observe.Language
	spared   string // why nobody is to end it; "": it may be ended
	shim     bool   // of a container runtime: container is the one that it holds

	platform  observe.Platform
	container *observe.Container // nil: unknown
	unit      observe.Unit
	machine   bool   // the look was at the machine itself
	systemd   bool   // systemd is PID 1 there
	observer  string // the UID of who looked; "": unknown

	isPID1 bool
	pid1   string // the name of the PID 1 above it; "": unknown
	fate   string // what becomes of its container when it exits
	end    ending
	force  bool          // reap wants --force to end it
	halt   *observe.Halt // nil: nothing keeps it from doing anything
}

// ending says whether ending a parent passes its zombies to somebody who reaps them.
type ending int

const (
	unknownHeir ending = iota // it is unknown whether who inherits them reaps
	uselessEnd                // who inherits them does not reap
	mayHelp                   // another may inherit them, which is not known to reap
	helps
)

// placeOf looks at a process in an observation.
func placeOf(x *observe.Observation, p *facts.Process) place {
	at := place{
		pid: p.PID, name: nameOf(p), args: observe.ArgsOf(p),
		known: observe.ProgramOf(p), language: observe.LanguageOf(p), spared: observe.Spared(p), shim: observe.IsShim(p),
		platform: x.Containers.Platform(p), container: x.Containers.Of(p), unit: observe.UnitOf(p), machine: x.OnHost,
		isPID1: x.IsPID1(p), halt: x.Halts.Of(p),
	}
	if init := x.Find(1); init != nil {
		at.systemd = init.Comm == "systemd"
	}
	if self, ok := x.Self.Get(); ok {
		at.observer = strconv.Itoa(self.UID)
	}
	if at.shim {
		at.container = shimmed(x, p)
		at.platform = at.container.Platform()
	}
	if at.isPID1 {
		return at
	}
	if pid1 := x.PID1s.Of(p); pid1 != nil {
		at.pid1 = nameOf(pid1)
		at.fate = fateOf(x, p, pid1)
	}
	at.end = endingOf(x, p)
	at.force = at.end == mayHelp || agesUnknown(x, p)
	return at
}

// nameOf is what sentences call a process: as it was called, as they do elsewhere,
// or else the name that the kernel keeps.
func nameOf(p *facts.Process) string {
	if called := observe.Base(observe.ShortCommand(p)); observe.PlainWord(called) {
		return called
	}
	return p.Comm
}

func (at place) String() string { return phrase.Process(at.name, at.pid) }

// endingOf decides what ending a parent does for its zombies.
func endingOf(x *observe.Observation, p *facts.Process) ending {
	heirs, whole := x.Heirs.Of(p)
	nearest := x.Heirs.Known(p)
	switch {
	case p.Listed != nil:
		return helps // as far as a list shows
	case !whole || nearest == nil:
		return unknownHeir
	case nearest.Reaps == observe.No:
		return uselessEnd
	case nearest.Reaps != observe.Yes:
		return unknownHeir
	}
	for _, h := range heirs {
		if h.Reaps != observe.Yes {
			return mayHelp
		}
	}
	return helps
}

// agesUnknown reports whether it is unknown of a zombie of a parent for how long it has been dead.
func agesUnknown(x *observe.Observation, p *facts.Process) bool {
	parent := x.Parents.ByPID[p.PID]
	return p.Listed == nil && parent != nil && slices.ContainsFunc(parent.Children, func(z *observe.Zombie) bool { return !z.Age.AtLeast.Known() })
}

// fateOf says what becomes of its container when a process exits that is not its
// PID 1; "": it is in none.
func fateOf(x *observe.Observation, p, pid1 *facts.Process) string {
	init := observe.ProgramOf(pid1)
	who := "PID 1 (" + nameOf(pid1) + ")"
	switch {
	case x.OnHost && pid1.PID == 1:
		return ""
	case p.PPID == 0: // it came into the namespace from outside
		return "if it is the main process of a container, that ends too"
	case init != nil && init.Kind == observe.Supervisor:
		return who + " may start it again"
	case init != nil && init.Kind == observe.InitProgram && p.PPID == pid1.PID && isOldest(x, p):
		return "the container ends too: " + who + " waits for it"
	case init != nil && init.Kind == observe.InitProgram && p.PPID == pid1.PID:
		return "the container keeps running"
	case p.PPID == pid1.PID:
		return "whether the container ends too depends on " + who
	}
	if parent := x.Find(p.PPID); parent != nil {
		return fmt.Sprintf("whether the container ends too depends on %s, which started it", phrase.Process(nameOf(parent), parent.PID))
	}
	return ""
}

// isOldest reports whether its parent has no child that is running and was started before it.
func isOldest(x *observe.Observation, p *facts.Process) bool {
	for i := range x.Procs {
		if q := &x.Procs[i]; q.PPID == p.PPID && q.StartTicks < p.StartTicks && q.State != facts.Zombie {
			return false
		}
	}
	return true
}

// shimmed is the container that a shim holds, by its arguments: containerd's has
// its ID behind -id, conmon behind -c and its name behind -n. nil: they name
// none.
func shimmed(x *observe.Observation, shim *facts.Process) *observe.Container {
	args := observe.ArgsOf(shim)
	after := func(flag string) string {
		if i := slices.Index(args, flag); i >= 0 && i+1 < len(args) {
			return args[i+1]
		}
		return ""
	}
	id, engine := after("-id"), facts.Containerd
	switch {
	case id != "" && after("-namespace") == "moby":
		engine = facts.Docker
	case id != "" && after("-namespace") == "k8s.io":
		engine = facts.Kubernetes
	case shim.Comm == "conmon":
		id, engine = after("-c"), facts.Podman
	}
	if !observe.PlainWord(id) {
		return nil
	}
	c := x.Containers.Named(facts.Container{Engine: engine, ID: id})
	c.Name = cmp.Or(c.Name, after("-n"))
	return c
}
