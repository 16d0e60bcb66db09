package diagnose

import (
	"cmp"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/scan"
)

// Container says in which container a process is. A nil one: that is unknown.
type Container struct {
	// Engine is what made it; NoContainer: the process is in none.
	Engine scan.Engine
	ID     string // "": only its pod is known
	// The names, where files on the node tell them; "" is unknown.
	Name      string
	Pod       string // of Kubernetes
	Namespace string // of Kubernetes
	PodUID    string // "": it is in no pod, or that is unknown
}

// NoContainer is the Engine of what is in no container.
const NoContainer scan.Engine = "none"

// shownID is how many digits of an ID people are shown, as the engines do.
const shownID = 12

// Label names the container for people: NAMESPACE/POD/NAME, or what there is.
func (c *Container) Label() string {
	switch {
	case c == nil:
		return "?"
	case c.Engine == NoContainer:
		return "none"
	}
	name := c.Name
	if name == "" {
		name = c.ID[:min(len(c.ID), shownID)]
	}
	pod := c.Pod
	if pod == "" && c.PodUID != "" && c.Engine != scan.Podman {
		pod = "pod " + c.PodUID
	}
	return strings.Join(slices.DeleteFunc([]string{c.Namespace, pod, name}, func(s string) bool { return s == "" }), "/")
}

// Key tells containers apart; two that are unknown need not be the same.
func (c *Container) Key() string {
	if c == nil {
		return ""
	}
	return string(c.Engine) + " " + cmp.Or(c.ID, c.PodUID)
}

// ContainerGroup is a container with what was found in it.
type ContainerGroup struct {
	Container  *Container // nil: those of which it is unknown
	Zombies    int
	NotReaping int // parents with zombies that are held against them
}

// containerOf returns the container that a process is in.
func (x *exam) containerOf(p *scan.Process) *Container {
	if p == nil || p.Deep == nil {
		return nil
	}
	if c, ok := x.containers[p.PID]; ok {
		return c
	}
	c := x.findContainer(p)
	x.containers[p.PID] = c
	return c
}

func (x *exam) findContainer(p *scan.Process) *Container {
	paths, ok := p.Deep.Cgroups.Get()
	if !ok {
		return nil
	}
	if c, ok := scan.ContainerOf(paths); ok {
		return x.named(c)
	}
	self, _ := x.Self.Get()
	// Paths are relative to our cgroup namespace, so one that begins with "/.."
	// is outside of our container, and "/" may be our own.
	outside := slices.ContainsFunc(paths, func(c scan.CgroupPath) bool { return strings.HasPrefix(c.Path, "/..") })
	ours := !slices.ContainsFunc(paths, func(c scan.CgroupPath) bool { return c.Path != "/" })
	host := x.onHost()
	switch in, known := self.In.Get(); {
	case !host && known && !outside:
		return x.named(in)
	case host && ours && self.Container.Known():
		return nil
	case host && len(p.NSpid()) == 1:
		return &Container{Engine: NoContainer}
	}
	return nil
}

// containerOfZombie returns the container of a zombie. On v1 its own cgroup is
// "/", so whose child it is tells: that of its parent, when that is in the same
// PID namespace, else that of the PID 1 of its own.
func (x *exam) containerOfZombie(z *scan.Process, ppid int) *Container {
	if z.Deep != nil {
		if paths, ok := z.Deep.Cgroups.Get(); ok {
			if c, ok := scan.ContainerOf(paths); ok {
				return x.named(c)
			}
		}
	}
	parent := x.Find(ppid)
	depth, above := len(z.NSpid()), len(parent.NSpid())
	if parent != nil && (depth == above || depth == 0 || above == 0) {
		return x.containerOf(parent)
	}
	return x.containerOf(x.pid1s.Of(z))
}

// named completes what a path shows by what files tell.
func (x *exam) named(c scan.Container) *Container {
	out := &Container{Engine: c.Engine, ID: c.ID, PodUID: c.PodUID}
	if n, ok := x.ContainerNames[c.ID]; ok {
		out.Name, out.Pod, out.Namespace = n.Name, n.Pod, n.Namespace
		out.PodUID = cmp.Or(out.PodUID, n.PodUID)
		if n.Engine != "" && (c.Engine == scan.Kubernetes || c.Engine == scan.UnknownEngine) {
			out.Engine = n.Engine
		}
	}
	if n, ok := x.PodNames[out.PodUID]; ok && out.Pod == "" {
		out.Pod, out.Namespace = n.Pod, n.Namespace
	}
	return out
}

// Filter restricts a diagnosis to some containers; "" is any.
type Filter struct {
	Container string // its name, or the beginning of its ID
	Pod       string // its name, or the beginning of its UID
	Namespace string // of Kubernetes
}

// Set reports whether it restricts anything.
func (f Filter) Set() bool { return f != Filter{} }

func (f Filter) String() string {
	var parts []string
	for _, p := range []struct{ what, name string }{{"namespace", f.Namespace}, {"pod", f.Pod}, {"container", f.Container}} {
		if p.name != "" {
			parts = append(parts, p.what+" "+p.name)
		}
	}
	return strings.Join(parts, ", ")
}

// minPrefix is how much of an ID has to be given for it to be taken for one.
const minPrefix = 6

// Matches answers whether a container is one of those; what is not known of it
// may leave that open.
func (f Filter) Matches(c *Container) Answer {
	switch {
	case !f.Set():
		return Yes
	case c == nil:
		return Unknown
	case c.Engine == NoContainer:
		return No
	}
	noPod := c.ID != "" && c.PodUID == "" // the path would show one
	worst := Yes
	for _, a := range []Answer{
		matches(f.Container, c.Name, c.ID, false),
		matches(f.Pod, c.Pod, c.PodUID, noPod),
		matches(f.Namespace, c.Namespace, "", noPod || c.Engine == scan.Podman),
	} {
		if a == No || a == Unknown && worst == Yes {
			worst = a
		}
	}
	return worst
}

// matches holds a name and an ID to what is wanted. none: it has no such name,
// which is more than that it is not known.
func matches(want, name, id string, none bool) Answer {
	byID := len(want) >= minPrefix && strings.HasPrefix(id, want)
	switch {
	case want == "" || name == want || byID:
		return Yes
	case name != "" || none || id != "" && len(want) >= shownID && strings.Trim(want, "0123456789abcdef-") == "":
		return No
	}
	return Unknown
}

// selects reports whether what is in a container is part of the diagnosis.
func (x *exam) selects(c *Container) bool { return x.opts.Filter.Matches(c) == Yes }

// selectsParent: a parent is part of it also when it is its zombies that are in
// the container: a shim keeps those of others.
func (x *exam) selectsParent(p *Parent) bool {
	return x.selects(p.Container) || slices.ContainsFunc(p.zombies, func(z *Zombie) bool { return x.selects(z.Container) })
}

// applyFilter leaves out what is about other containers. It comes after the
// counting: what zombies use up of a limit does not depend on who asks.
func (x *exam) applyFilter() {
	f := x.opts.Filter
	x.d.Filter = f
	if !f.Set() {
		return
	}
	for i := range x.Procs {
		if p := &x.Procs[i]; p.Deep != nil && x.selects(x.containerOf(p)) {
			x.d.Matched = true
			break
		}
	}
	all := x.d.Zombies
	x.d.Zombies = nil // a new one: parents point into the old
	for _, z := range all {
		switch f.Matches(z.Container) {
		case Yes:
			x.d.Zombies = append(x.d.Zombies, z)
		case No:
			x.d.Elsewhere++
		default:
			x.d.Unattributed++
		}
	}
	x.d.Matched = x.d.Matched || len(x.d.Zombies) > 0
	x.order = slices.DeleteFunc(x.order, func(p *Parent) bool { return !x.selectsParent(p) })
	x.spaces = slices.DeleteFunc(x.spaces, func(n *Namespace) bool { return !x.selects(n.Container) })
	x.d.Limits = slices.DeleteFunc(x.d.Limits, func(l Limit) bool {
		return !slices.ContainsFunc(x.order, func(p *Parent) bool { return l.charged[p.PID] })
	})
	for ppid, of := range x.passing {
		if !x.selects(x.containerOf(x.Find(ppid))) {
			x.d.Transient -= len(of.gone) + len(of.young)
			delete(x.passing, ppid)
		}
	}
}

// groupContainers counts what was found in each container, most zombies first.
func (x *exam) groupContainers() []ContainerGroup {
	at := map[string]int{}
	var groups []ContainerGroup
	group := func(c *Container) *ContainerGroup {
		i, ok := at[c.Key()]
		if !ok {
			i = len(groups)
			at[c.Key()] = i
			groups = append(groups, ContainerGroup{Container: c})
		}
		return &groups[i]
	}
	for i := range x.d.Zombies {
		group(x.d.Zombies[i].Container).Zombies++
	}
	for _, p := range x.order {
		if p.Zombies > 0 {
			group(p.Container).NotReaping++
		}
	}
	if x.opts.AllNamespaces {
		for i := range x.Procs {
			if c := x.containerOf(&x.Procs[i]); c != nil && c.Engine != NoContainer && x.selects(c) {
				group(c)
			}
		}
	}
	slices.SortStableFunc(groups, func(a, b ContainerGroup) int {
		return cmp.Or(cmp.Compare(b.Zombies, a.Zombies), strings.Compare(a.Container.Label(), b.Container.Label()), strings.Compare(a.Container.Key(), b.Container.Key()))
	})
	return groups
}
