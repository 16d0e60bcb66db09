package observe

import (
	"fmt"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Signalfds points at the descriptors of a process that a signal is read from
// (/proc/PID/fdinfo/FD sigmask).
func Signalfds(p *facts.Process, signal int) []Evidence {
	var ev []Evidence
	fds, _ := p.Deep.FDs.Get()
	for _, fd := range fds {
		if mask, ok := fd.Sigmask.Get(); ok && facts.HasSignal(mask, signal) {
			ev = append(ev, FDInfo(p.PID, fd.FD, "sigmask", fmt.Sprintf("%016x", mask)))
		}
	}
	return ev
}
