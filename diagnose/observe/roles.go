package observe

import (
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// KnownSubreaper reports whether a program is one that makes itself a subreaper
// (PR_SET_CHILD_SUBREAPER), which /proc does not show.
func KnownSubreaper(p *facts.Process) bool {
	args := ArgsOf(p)
	switch {
	case strings.HasPrefix(p.Comm, "containerd-shim"), p.Comm == "conmon", p.Comm == "catatonit":
		return true
	case p.Comm == "systemd":
		return slices.Contains(args, "--user")
	case strings.HasPrefix(p.Comm, "tini"), p.Comm == "docker-init":
		if i := slices.Index(args, "--"); i >= 0 {
			args = args[:i] // what follows is another program's
		}
		return slices.Contains(args, "-s")
	}
	return false
}

// IsShim reports whether a process is a container runtime's shim, by its name.
func IsShim(p *facts.Process) bool { return p != nil && facts.IsShim(p.Comm) }
