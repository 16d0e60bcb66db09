package reap

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// several says what the parents that would be acted on, and this process, are
// several of: containers, PID namespaces or users; "": they are one party. What
// is unknown counts as another one.
func (p *Plan) several() string {
	s := p.Diagnosis.Snapshot
	containers, spaces, users := map[string]bool{}, map[string]bool{}, map[string]bool{}
	add := func(q *facts.Process) {
		if q == nil {
			return
		}
		container, space, uid := "unknown", "unknown", "unknown"
		if c := p.observed.Containers.Of(q); c != nil {
			container = c.Label()
		}
		if pid1 := p.observed.PID1s.Of(q); pid1 != nil {
			space = fmt.Sprintf("that of PID %d", pid1.PID)
		}
		if q.Deep != nil {
			st, _ := q.Deep.Status.Get()
			if id, ok := st.UID.Get(); ok {
				uid = strconv.Itoa(id)
			}
		}
		containers[container], spaces[space], users[uid] = true, true, true
	}
	acting := false
	for _, step := range p.Steps {
		if step.Parent.PID != p.options.Self {
			add(step.Parent.Process)
			acting = true
		}
	}
	if !acting {
		return ""
	}
	if self, ok := s.Self.Get(); ok {
		if q := s.Find(self.PID); q != nil && q.Deep != nil { // a recording may not have looked at who made it
			add(q)
		}
		users[strconv.Itoa(self.UID)] = true
	}
	for _, c := range []struct {
		what string
		set  map[string]bool
	}{{"container", containers}, {"PID namespace", spaces}, {"user", users}} {
		if len(c.set) > 1 {
			names := slices.Sorted(maps.Keys(c.set))
			const shown = 5
			if len(names) > shown {
				names = append(names[:shown], "…")
			}
			return fmt.Sprintf("the zombies belong to more than one %s (%s)", c.what, strings.Join(names, ", "))
		}
	}
	return ""
}
