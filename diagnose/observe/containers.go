package observe

import (
	"cmp"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Container says in which container a process is. A nil one: that is unknown.
type Container struct {
	Engine facts.Engine // what made it; NoContainer: the process is in none
	ID     string       // "": only its pod is known
	// The names, where files on the node show them; "" is unknown.
	Name      string
	Pod       string // of Kubernetes
	Namespace string // of Kubernetes
	PodUID    string // "": it is in no pod, or that is unknown
}

// NoContainer is the Engine of processes outside any container.
const NoContainer facts.Engine = "none"

// shownID is how many digits of an ID people are shown, as the engines do.
const shownID = 12

// Label names the container for people: NAMESPACE/POD/NAME, or as much of it as
// is known.
func (c *Container) Label() string {
	switch {
	case c == nil:
		return "?"
	case c.Engine == NoContainer:
		return "none"
	}
	pod := c.Pod
	if pod == "" && c.PodUID != "" && c.Engine != facts.Podman {
		pod = "pod " + c.PodUID
	}
	return strings.Join(slices.DeleteFunc([]string{c.Namespace, pod, cmp.Or(c.Name, c.ShortID())}, func(s string) bool { return s == "" }), "/")
}

// Key identifies containers. Two unknown ones need not be the same.
func (c *Container) Key() string {
	if c == nil {
		return ""
	}
	return string(c.Engine) + " " + cmp.Or(c.ID, c.PodUID)
}

// ShortID returns as much of the container's ID as the engines show.
func (c *Container) ShortID() string { return c.ID[:min(len(c.ID), shownID)] }

// Containers finds in which containers processes are.
type Containers struct {
	looks *Looks
	known map[int]*Container // answers, by PID
}

// Of returns the container that a process is in; nil: unknown.
func (q *Containers) Of(p *facts.Process) *Container {
	if p == nil || p.Deep == nil {
		return nil
	}
	if c, ok := q.known[p.PID]; ok {
		return c
	}
	c := q.find(p)
	q.known[p.PID] = c
	return c
}

func (q *Containers) find(p *facts.Process) *Container {
	paths, ok := p.Deep.Cgroups.Get()
	if !ok {
		return nil
	}
	if c, ok := facts.ContainerOf(paths); ok {
		return q.Named(c)
	}
	self, _ := q.looks.Self.Get()
	// Paths are relative to our cgroup namespace, so one that begins with "/.." is
	// outside our container, and "/" may be our own.
	outside := slices.ContainsFunc(paths, func(c facts.CgroupPath) bool { return strings.HasPrefix(c.Path, "/..") })
	ours := !slices.ContainsFunc(paths, func(c facts.CgroupPath) bool { return c.Path != "/" })
	host := q.looks.OnHost
	switch in, known := self.In.Get(); {
	case !host && known && !outside:
		return q.Named(in)
	case host && ours && self.Container.Known():
		return nil
	case host && len(p.NSpid()) == 1:
		return &Container{Engine: NoContainer}
	}
	return nil
}

// OfZombie returns the container of a zombie. On v1 its own cgroup is "/", so
// its parent decides: the container is that of the parent, when that is in the
// same PID namespace, else that of the PID 1 of its own.
func (q *Containers) OfZombie(z *facts.Process, ppid int) *Container {
	if paths, ok := Deep(z).Cgroups.Get(); ok {
		if c, ok := facts.ContainerOf(paths); ok {
			return q.Named(c)
		}
	}
	parent := q.looks.Find(ppid)
	depth, above := len(z.NSpid()), len(parent.NSpid())
	if parent != nil && (depth == above || depth == 0 || above == 0) {
		return q.Of(parent)
	}
	return q.Of(q.looks.PID1s.Of(z))
}

// Named completes what a path shows with what files show.
func (q *Containers) Named(c facts.Container) *Container {
	out := &Container{Engine: c.Engine, ID: c.ID, PodUID: c.PodUID}
	if n, ok := q.looks.ContainerNames[c.ID]; ok {
		out.Name, out.Pod, out.Namespace = n.Name, n.Pod, n.Namespace
		out.PodUID = cmp.Or(out.PodUID, n.PodUID)
		if n.Engine != "" && (c.Engine == facts.Kubernetes || c.Engine == facts.UnknownEngine) {
			out.Engine = n.Engine
		}
	}
	if n, ok := q.looks.PodNames[out.PodUID]; ok && out.Pod == "" {
		out.Pod, out.Namespace = n.Pod, n.Namespace
	}
	return out
}

// Platform is what runs a process: advice is for that. "": it is unknown.
type Platform string

// The platforms.
const (
	InKubernetes Platform = "kubernetes"
	InDocker     Platform = "docker"
	InPodman     Platform = "podman"
	InSystemd    Platform = "systemd" // a service, and no container
	OnMachine    Platform = "plain"   // neither
)

// Platform returns the platform of a process by its cgroup, and by the signs
// that the observer is in a container too.
func (q *Containers) Platform(p *facts.Process) Platform {
	c := q.Of(p)
	switch {
	case c == nil:
		return q.OwnPlatform()
	case c.Engine == NoContainer && UnitOf(p).Name != "":
		return InSystemd
	case c.Engine == NoContainer:
		return OnMachine
	default:
		return c.Platform()
	}
}

// Platform is that of the container's engine; "": it is unknown.
func (c *Container) Platform() Platform {
	switch {
	case c == nil:
		return ""
	case c.Engine == facts.Podman:
		return InPodman
	case c.PodUID != "", c.Engine == facts.CRIO, c.Engine == facts.Kubernetes:
		return InKubernetes
	case c.Engine == facts.Docker:
		return InDocker
	default:
		return ""
	}
}

// OwnPlatform is that of the observer, who looks from inside.
func (q *Containers) OwnPlatform() Platform {
	self, _ := q.looks.Self.Get()
	seen, ok := self.Container.Get()
	switch {
	case !ok || q.looks.OnHost:
		return ""
	case strings.Contains(seen.Value, "/kubelet/pods/"), strings.Contains(seen.Value, "kubepods"):
		return InKubernetes
	case strings.Contains(seen.Value, "/docker/"):
		return InDocker
	case strings.Contains(seen.Value, "/overlay-containers/"), strings.Contains(seen.Value, "/libpod-"):
		return InPodman
	default:
		return ""
	}
}
