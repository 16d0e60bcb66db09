package look

import (
	"slices"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// readFreezers reads whether a process is frozen. With both versions mounted,
// either may do it.
func (r *reading) readFreezers(p *facts.Process, paths []facts.CgroupPath) {
	v1 := slices.DeleteFunc(slices.Clone(paths), func(c facts.CgroupPath) bool { return c.Controllers == "" })
	v2 := slices.DeleteFunc(slices.Clone(paths), func(c facts.CgroupPath) bool { return c.Controllers != "" })
	for _, f := range []struct {
		paths                []facts.CgroupPath
		file, field, by, set string
		parse                func([]byte) (string, error)
	}{
		{v1, "freezer.state", "", "freezer.self_freezing", "FROZEN", facts.ParseFreezerState},
		{v2, "cgroup.events", "frozen", "cgroup.freeze", "1", facts.ParseFrozen},
	} {
		_, chain := r.cgroupOf(f.paths, "freezer")
		if len(chain) == 0 {
			continue
		}
		// The root of a hierarchy has none of these files.
		value, ok := cgroupFact(r, chain[len(chain)-1].dir+"/"+f.file, f.parse).Get()
		if !ok {
			continue
		}
		found := facts.Freezer{File: chain[len(chain)-1].dir + "/" + f.file, Field: f.field, Value: value, Frozen: value == f.set}
		for _, c := range chain {
			if !found.Frozen || found.By != "" {
				break
			}
			if by, ok := cgroupFact(r, c.dir+"/"+f.by, facts.ParseWord).Get(); ok && by == "1" {
				found.By = c.dir + "/" + f.by
			}
		}
		p.Deep.Freezers = append(p.Deep.Freezers, found)
	}
}
