package words

import (
	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/scan"
)

// ContainerText names a container, or says that it is none or unknown.
func ContainerText(c *diagnose.Container) string { return sanitize.Clean(c.Label()) }

// ShortID returns the ID of a container as the engines show it.
func ShortID(c *diagnose.Container) string {
	const digits = 12 // as the engines show it
	return sanitize.Clean(c.ID[:min(len(c.ID), digits)])
}

// InnerPID returns the PID that a process has in its own PID namespace (NSpid of
// /proc/PID/status), nil when it is unknown.
func InnerPID(p *scan.Process) *int {
	pids := p.NSpid()
	if len(pids) == 0 {
		return nil
	}
	return &pids[len(pids)-1]
}
