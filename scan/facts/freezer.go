package facts

import (
	"fmt"
	"slices"
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

// ParseFreezerState parses freezer.state of v1: "THAWED", "FREEZING" or "FROZEN".
func ParseFreezerState(b []byte) (string, error) {
	s, err := ParseWord(b)
	if err == nil && !slices.Contains([]string{"THAWED", "FREEZING", "FROZEN"}, s) {
		err = fmt.Errorf("bad state %.32q", s)
	}
	return s, err
}

// ParseFrozen returns the frozen line of cgroup.events of v2, which it has since
// Linux 5.2: before, the error is ErrOldKernel.
func ParseFrozen(b []byte) (string, error) {
	val, ok := valueOf(b, "frozen")
	if !ok {
		return "", ErrOldKernel
	}
	s, err := ParseWord(val)
	if err == nil && s != "0" && s != "1" {
		err = fmt.Errorf("frozen: bad value %.32q", s)
	}
	return s, err
}
