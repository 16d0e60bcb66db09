package scan

import (
	"errors"
	"slices"
	"syscall"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// readFreezers reads whether a process is frozen. With both versions mounted,
// either may do it.
func (l *looker) readFreezers(p *Process, paths []CgroupPath) {
	v1 := slices.DeleteFunc(slices.Clone(paths), func(c CgroupPath) bool { return c.Controllers == "" })
	v2 := slices.DeleteFunc(slices.Clone(paths), func(c CgroupPath) bool { return c.Controllers != "" })
	for _, f := range []struct {
		paths                []CgroupPath
		file, field, by, set string
		parse                func([]byte) (string, error)
	}{
		{v1, "freezer.state", "", "freezer.self_freezing", "FROZEN", facts.ParseFreezerState},
		{v2, "cgroup.events", "frozen", "cgroup.freeze", "1", facts.ParseFrozen},
	} {
		_, chain := l.cgroupOf(f.paths, "freezer")
		if len(chain) == 0 {
			continue
		}
		// The root of a hierarchy has none of these files.
		value, ok := textFact(l, chain[len(chain)-1].dir+"/"+f.file, f.parse)
		if !ok {
			continue
		}
		found := Freezer{File: chain[len(chain)-1].dir + "/" + f.file, Field: f.field, Value: value, Frozen: value == f.set}
		for _, c := range chain {
			if !found.Frozen || found.By != "" {
				break
			}
			if by, ok := textFact(l, c.dir+"/"+f.by, facts.ParseWord); ok && by == "1" {
				found.By = c.dir + "/" + f.by
			}
		}
		p.Deep.Freezers = append(p.Deep.Freezers, found)
	}
}

// textFact is cgroupFact for what is no number.
func textFact(l *looker, name string, parse func([]byte) (string, error)) (string, bool) {
	b, err := l.root.read(name)
	if err == nil {
		var s string
		if s, err = parse(b); err == nil {
			return s, true
		}
	}
	if !vanished(err) && !errors.Is(err, syscall.ENODEV) && !errors.Is(err, facts.ErrOldKernel) {
		l.unread(0, name, err)
	}
	return "", false
}
