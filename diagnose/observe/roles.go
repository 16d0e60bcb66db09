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

// shims are the programs that hold the main process of a container: the
// parent of its PID 1, on the node. A trailing * matches any rest.
var shims = []string{"containerd-shim*", "docker-containe*", "conmon", "crio-conmon", "lxc-start"}

// IsShim reports whether a process is a container runtime's shim, by its name.
func IsShim(p *facts.Process) bool {
	if p == nil {
		return false
	}
	for _, name := range shims {
		stem, open := strings.CutSuffix(name, "*")
		if p.Comm == name || open && strings.HasPrefix(p.Comm, stem) {
			return true
		}
	}
	return false
}
