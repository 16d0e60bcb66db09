package diagnose

import (
	"fmt"

	"github.com/zombiectl/zombiectl/scan"
)

// Stand says where the look was taken from, which decides what it could see.
type Stand struct {
	Place Place
	// Ptrace: had the observer CAP_SYS_PTRACE? Without it the kernel tells of
	// other users' processes neither how they died nor what they wait for.
	Ptrace Answer
	UID    scan.Opt[int] // of the observer
	// Container is the observer's own; nil: unknown.
	Container *Container
	// Foreign counts the processes in view besides the observer and its
	// ancestors, where a container can see those of others.
	Foreign int
	// Better says what a better place would show, a sentence each.
	Better   []string
	Evidence []Evidence
}

// Place is where an observer stands.
type Place string

// The places.
const (
	// OnHost: the initial PID namespace of the machine.
	OnHost Place = "host"
	// OnHostPID: the same, from a container that runs in it (hostPID).
	OnHostPID Place = "host-pid"
	// OnHostRoot: the machine's /proc, from another PID namespace: a node's root
	// that is mounted into a container.
	OnHostRoot Place = "host-root"
	// InSharedPID: a PID namespace that containers share.
	InSharedPID Place = "shared-pid"
	// InContainer: the PID namespace of one container.
	InContainer Place = "container"
	// InNamespace: a PID namespace below the machine's, and nothing shows that
	// it is a container's.
	InNamespace Place = "namespace"
	// Nowhere: nothing is known of the observer, as in a plain copy of /proc.
	Nowhere Place = "unknown"
)

// findStand finds out where the observer stands.
func (x *exam) findStand() Stand {
	self, ok := x.Self.Get()
	if !ok {
		return Stand{Place: Nowhere, Ptrace: Unknown}
	}
	s := Stand{Ptrace: No, UID: scan.Some(self.UID)}
	if !self.CapEff.Known() {
		s.Ptrace = Unknown
	} else if self.MayTrace() {
		s.Ptrace = Yes
	}
	if in, ok := self.In.Get(); ok {
		s.Container = x.named(in)
	}
	seen, contained := self.Container.Get()
	if contained {
		s.Evidence = append(s.Evidence, Evidence{seen.File, seen.Field, seen.Value})
	}
	// With a PID of its own namespace only it stands in the one it looks at.
	within := self.PIDNS.Known()
	shared, ev := x.sharedPID(s.Container)
	switch host := x.onHost(); {
	case host && !within:
		s.Place = OnHostRoot
	case host && contained:
		s.Place = OnHostPID
	case host:
		s.Place = OnHost
	case shared:
		s.Place, s.Evidence = InSharedPID, append(s.Evidence, ev...)
	case contained:
		s.Place = InContainer
	default:
		s.Place = InNamespace
	}
	s.Foreign = x.foreign(s.Place, self.PID)
	s.Better = s.better()
	return s
}

// sharedPID reports whether containers share the PID namespace that is looked
// at: its PID 1 is a pod's sandbox, or is in another container than the
// observer.
func (x *exam) sharedPID(own *Container) (bool, []Evidence) {
	p := x.Find(1)
	if p == nil {
		return false, nil
	}
	if known := knownProgram(p); known != nil && known.kind == "infra" {
		return true, []Evidence{{statFile(1), "field 2 (comm)", p.Comm}}
	}
	if c := x.containerOf(p); c != nil && own != nil && c.ID != "" && own.ID != "" && c.ID != own.ID {
		return true, []Evidence{{"/proc/1/cgroup", "", c.ID}, {"/proc/self", "", own.ID}}
	}
	return false, nil
}

// foreign counts the processes besides the observer and its ancestors. Whose
// each is was not read: others of the observer's container are among them.
func (x *exam) foreign(at Place, self int) int {
	if at != OnHostPID && at != InSharedPID {
		return 0
	}
	own := map[int]bool{}
	for p := x.Find(self); p != nil && !own[p.PID]; p = x.Find(p.PPID) {
		own[p.PID] = true
	}
	n := 0
	for i := range x.Procs {
		if p := &x.Procs[i]; !p.KernelThread() && !own[p.PID] {
			n++
		}
	}
	return n
}

// opens reports whether the observer may follow /proc/PID/root of a process:
// the kernel asks for the same right as for /proc/PID/exe (ptrace(2),
// PTRACE_MODE_READ_FSCREDS).
func opens(p *scan.Process) bool { return p != nil && p.Deep != nil && p.Deep.Exe.Known() }

// exposed says what a container can see of others, and with what evidence.
func (x *exam) exposed(whose string) (string, []Evidence) {
	n := x.d.Stand.Foreign
	text := fmt.Sprintf("%s besides our own %s in view, those of %s among them, with their command lines (/proc/PID/cmdline)",
		count(n, "process", "processes"), oneOf(n, "is", "are"), whose)
	if p := x.Find(1); opens(p) {
		exe, _ := p.Deep.Exe.Get()
		return text + "; their files are open by /proc/PID/root, as those of PID 1 are to us", []Evidence{{"/proc/1/exe", "", exe}}
	}
	return text + "; their files, by /proc/PID/root, are open to whoever may trace them, which of PID 1 we may not", nil
}

func (s *Stand) better() []string {
	var out []string
	if s.Place == InContainer || s.Place == InSharedPID || s.Place == InNamespace {
		out = append(out, "The node shows also parents outside of this PID namespace, limits above this container's, and its name.")
	}
	if s.Ptrace == No {
		out = append(out, "CAP_SYS_PTRACE shows also how other users' processes died, what they wait for, and their namespaces.")
	}
	return out
}

// Text says it in a line.
func (s *Stand) Text() string {
	place := map[Place]string{
		OnHost: "the machine itself", OnHostPID: "a container in the machine's own PID namespace (hostPID)",
		OnHostRoot: "another PID namespace, through the machine's /proc", InSharedPID: "a PID namespace that containers share",
		InContainer: "inside one container", InNamespace: "a PID namespace of its own", Nowhere: "it is not known where",
	}[s.Place]
	switch s.Ptrace {
	case Yes:
		return place + ", with ptrace permission"
	case No:
		if uid, ok := s.UID.Get(); ok {
			return fmt.Sprintf("%s, as user %d without CAP_SYS_PTRACE", place, uid)
		}
	}
	return place
}
