package observe

import (
	"strings"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Filter restricts a diagnosis to some containers; "" is any.
type Filter struct {
	Container string // its name, or the beginning of its ID
	Pod       string // its name, or the beginning of its UID
	Namespace string // of Kubernetes
}

// Set reports whether it restricts anything.
func (f Filter) Set() bool { return f != Filter{} }

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
		matches(f.Namespace, c.Namespace, "", noPod || c.Engine == facts.Podman),
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

// Terms returns what it restricts to, in the order of size: "namespace", "pod",
// "container", each with its name.
func (f Filter) Terms() [][2]string {
	var terms [][2]string
	for _, t := range [][2]string{{"namespace", f.Namespace}, {"pod", f.Pod}, {"container", f.Container}} {
		if t[1] != "" {
			terms = append(terms, t)
		}
	}
	return terms
}

// Selects reports whether what is in a container is part of the diagnosis.
func (f Filter) Selects(c *Container) bool { return f.Matches(c) == Yes }
