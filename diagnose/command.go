package diagnose

import (
	"strings"

	"github.com/zombiectl/zombiectl/scan"
)

// CommandOf names a process for people: its command line where it has one,
// else the name that the kernel keeps, in the brackets that ps uses.
// It is raw: whoever prints it must sanitize it.
func CommandOf(p *scan.Process) string {
	if p == nil {
		return ""
	}
	if p.Deep != nil {
		if args, ok := p.Deep.Cmdline.Get(); ok && len(args) > 0 {
			return strings.Join(args, " ")
		}
	}
	if p.Listed != nil && p.Listed.Command != "" && p.State != scan.Zombie {
		return p.Listed.Command
	}
	if p.State == scan.Zombie || p.KernelThread() {
		return "[" + p.Comm + "]"
	}
	return p.Comm
}
