package rule

import (
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// pid1Over returns the verdict on the PID 1 of a process's namespace; nil: that
// is not to be judged, or not in view.
func pid1Over(x *observe.Observation, p *facts.Process) *observe.PID1 {
	pid1 := x.PID1s.Of(p)
	for _, ns := range x.Scope.Namespaces {
		if ns.PID1 != nil && ns.PID1.Process == pid1 {
			return ns.PID1
		}
	}
	return nil
}
