package observe

import "github.com/zombiectl/zombiectl/scan/facts"

// Viewpoint says where the look was taken from, which decides what it could see.
type Viewpoint struct {
	Place Place
	// Ptrace: had the observer CAP_SYS_PTRACE? Without it the kernel hides how
	// other users' processes died and what they wait for.
	Ptrace    Answer
	UID       facts.Opt[int] // of the observer
	Container *Container     // the observer's own; nil: unknown
	// Foreign counts the visible processes besides the observer and its ancestors,
	// where a container can see those of others.
	Foreign  int
	Evidence []Evidence
}

// Place is where an observer stands.
type Place string

// The places.
const (
	OnHost      Place = "host"       // the initial PID namespace of the machine
	OnHostPID   Place = "host-pid"   // the same, from a container that runs in it (hostPID)
	OnHostRoot  Place = "host-root"  // the machine's /proc, from another PID namespace: a node's root that is mounted into a container
	InSharedPID Place = "shared-pid" // a PID namespace that containers share
	InContainer Place = "container"  // the PID namespace of one container
	InNamespace Place = "namespace"  // one below the machine's, and nothing shows that it is a container's
	Nowhere     Place = "unknown"    // nothing is known of the observer, as in a plain copy of /proc
)

// NodeWouldTell reports whether a look from the node would show more.
func (v *Viewpoint) NodeWouldTell() bool {
	return v.Place == InContainer || v.Place == InSharedPID || v.Place == InNamespace
}

func findViewpoint(l *Looks, containers *Containers) Viewpoint {
	self, ok := l.Self.Get()
	if !ok {
		return Viewpoint{Place: Nowhere, Ptrace: Unknown}
	}
	v := Viewpoint{Ptrace: No, UID: facts.Some(self.UID)}
	if !self.CapEff.Known() {
		v.Ptrace = Unknown
	} else if self.MayTrace() {
		v.Ptrace = Yes
	}
	if in, ok := self.In.Get(); ok {
		v.Container = containers.Named(in)
	}
	seen, contained := self.Container.Get()
	if contained {
		v.Evidence = append(v.Evidence, Evidence{File: seen.File, Fields: Fields{Name: seen.Field}, Value: seen.Value})
	}
	// With a PID of its own namespace only it stands in the one it looks at.
	within := self.PIDNS.Known()
	shared, ev := SharedPID(l, containers, v.Container)
	switch host := l.OnHost; {
	case host && !within:
		v.Place = OnHostRoot
	case host && contained:
		v.Place = OnHostPID
	case host:
		v.Place = OnHost
	case shared:
		v.Place, v.Evidence = InSharedPID, append(v.Evidence, ev...)
	case contained:
		v.Place = InContainer
	default:
		v.Place = InNamespace
	}
	v.Foreign = foreign(l, v.Place, self.PID)
	return v
}

// SharedPID reports whether containers share the PID namespace that is looked
// at: its PID 1 is a pod's sandbox, or is in another container than the
// observer.
func SharedPID(l *Looks, containers *Containers, own *Container) (bool, []Evidence) {
	p := l.Find(1)
	if p == nil {
		return false, nil
	}
	if known := ProgramOf(p); known != nil && known.Kind == Infra {
		return true, []Evidence{Stat(1, p.Comm, "comm", 2)}
	}
	if c := containers.Of(p); c != nil && own != nil && c.ID != "" && own.ID != "" && c.ID != own.ID {
		return true, []Evidence{ProcFile(1, "cgroup", c.ID), {File: "/proc/self", Value: own.ID}}
	}
	return false, nil
}

// foreign counts the processes besides the observer and its ancestors. Whose
// each is was not read: others of the observer's container are among them.
func foreign(l *Looks, at Place, self int) int {
	if at != OnHostPID && at != InSharedPID {
		return 0
	}
	own := map[int]bool{}
	for p := l.Find(self); p != nil && !own[p.PID]; p = l.Find(p.PPID) {
		own[p.PID] = true
	}
	n := 0
	for i := range l.Procs {
		if p := &l.Procs[i]; !p.KernelThread() && !own[p.PID] {
			n++
		}
	}
	return n
}
