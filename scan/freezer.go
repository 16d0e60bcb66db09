package scan

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"syscall"
)

// Freezer is whether a cgroup keeps its processes from running (cgroups(7)).
type Freezer struct {
	File   string // below the root: freezer.state of v1, cgroup.events of v2
	Field  string // in that file; "": all of it
	Value  string // "FROZEN", "1"
	Frozen bool
	// By is the file with which it was frozen, of this cgroup or of one above;
	// "": that was not found.
	By string
}

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
		{v1, "freezer.state", "", "freezer.self_freezing", "FROZEN", parseFreezerState},
		{v2, "cgroup.events", "frozen", "cgroup.freeze", "1", parseFrozenEvent},
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
			if by, ok := textFact(l, c.dir+"/"+f.by, parseWord); ok && by == "1" {
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
	if !vanished(err) && !errors.Is(err, syscall.ENODEV) && !errors.Is(err, errNoFrozen) {
		l.unread(0, name, err)
	}
	return "", false
}

// parseFreezerState parses freezer.state of v1.
func parseFreezerState(b []byte) (string, error) {
	s, err := parseWord(b)
	if err == nil && !slices.Contains([]string{"THAWED", "FREEZING", "FROZEN"}, s) {
		err = fmt.Errorf("bad state %.32q", s)
	}
	return s, err
}

// errNoFrozen: a kernel before 5.2 cannot freeze by v2.
var errNoFrozen = errors.New("no frozen line")

// parseFrozenEvent returns the frozen line of cgroup.events of v2.
func parseFrozenEvent(b []byte) (string, error) {
	for line := range bytes.Lines(b) {
		if val, ok := bytes.CutPrefix(line, []byte("frozen ")); ok {
			s, err := parseWord(val)
			if err == nil && s != "0" && s != "1" {
				err = fmt.Errorf("frozen: bad value %.32q", s)
			}
			return s, err
		}
	}
	return "", errNoFrozen
}
