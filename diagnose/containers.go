package diagnose

import (
	"cmp"
	"sort"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose/observe"
)

func containersOf(x *observe.Observation) []ContainerGroup {
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
	for i := range x.Scope.Zombies {
		group(x.Scope.Zombies[i].Container).Zombies++
	}
	for _, p := range x.Scope.Parents {
		if p.Zombies > 0 {
			group(p.Container).NotReaping++
		}
	}
	if x.Options.AllNamespaces {
		for i := range x.Procs {
			if c := x.Containers.Of(&x.Procs[i]); c != nil && c.Engine != NoContainer && x.Options.Filter.Selects(c) {
				group(c)
			}
		}
	}
	sort.SliceStable(groups, func(i, j int) bool {
		a, b := &groups[i], &groups[j]
		return cmp.Or(cmp.Compare(b.Zombies, a.Zombies), strings.Compare(a.Container.Label(), b.Container.Label()), strings.Compare(a.Container.Key(), b.Container.Key())) < 0
	})
	return groups
}
