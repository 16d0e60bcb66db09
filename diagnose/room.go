package diagnose

import (
	"fmt"

	"github.com/zombiectl/zombiectl/scan"
)

// ProcessesLeft returns how many more processes the limits allow to one that
// was looked at closely (scan.Options.Focus), and which limit is the tightest.
// ok is false when no limit could be read.
func ProcessesLeft(s *scan.Snapshot, pid int) (left uint64, by string, ok bool) {
	x := &exam{Snapshot: s, d: &Diagnosis{Snapshot: s}}
	x.lost, x.hides = x.Orphaned(), x.hiding()
	if p := x.Find(pid); p != nil {
		x.order = []*Parent{{Process: p, PID: pid}}
	}
	for _, l := range append(append(x.cgroupLimits(), x.userLimits()...), x.machineLimits()...) {
		used, known := l.Used.Get()
		if !known {
			continue
		}
		n := uint64(0)
		if used < l.Max {
			n = l.Max - used
		}
		if !ok || n < left {
			left, by, ok = n, fmt.Sprintf("%s (%d of %d used)", l.Name, used, l.Max), true
		}
	}
	return left, by, ok
}
