package report

import (
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/scan"
)

// culprits returns the parents with zombies held against them. The others have
// only zombies that they cannot reap.
func culprits(d *diagnose.Diagnosis) []diagnose.Parent {
	var out []diagnose.Parent
	for _, p := range d.Parents {
		if p.Zombies > 0 {
			out = append(out, p)
		}
	}
	return out
}

// uid returns the real user ID, null when it is unknown.
func uid(p *scan.Process) *int {
	if p.Deep == nil {
		return nil
	}
	if s, ok := p.Deep.Status.Get(); ok {
		return pointer(s.UID)
	}
	return nil
}

// startTicks is null where a list of processes is all that is known.
func startTicks(p *scan.Process) *uint64 { return pointer(p.ID().Start) }

// told is null for a PID that a list of processes does not tell.
func told(pid int) *int {
	if pid == scan.NoPID {
		return nil
	}
	return &pid
}

func state(p *scan.Process) *string {
	if !p.State.Known() {
		return nil
	}
	s := valid(p.State.String())
	return &s
}

// rooted makes a path below the root that was read one that can be pasted.
func rooted(file string) string {
	if file == "" || strings.HasPrefix(file, "/") || !strings.Contains(file, "/") { // a line of a list
		return file
	}
	return "/" + file
}

// bounded cuts what a process may make as long as it likes, for the formats
// that programs read.
func bounded(command string) string {
	const most = 4096 // bytes
	if len(command) <= most {
		return command
	}
	return command[:most] + "…"
}
