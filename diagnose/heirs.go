package diagnose

import (
	"strings"

	"github.com/zombiectl/zombiectl/scan"
)

// Heir is a process that may inherit the children of another when that ends.
type Heir struct {
	Process *scan.Process
	Command string // see CommandOf
	PID1    bool   // of the namespace of the process that it inherits from
	Reaps   Answer // does it reap what it adopts?
	Why     string // in a few words
}

// Heirs returns who may inherit the children of a process: the nearest ancestor
// that is a subreaper, else PID 1 of its PID namespace (find_new_reaper). Which
// ancestors are subreapers the kernel does not tell, so it is all of them,
// nearest first, and PID 1 last. false: one of them is not in view.
func (d *Diagnosis) Heirs(p *scan.Process) ([]Heir, bool) {
	x := d.exam
	pid1 := x.pid1s.Of(p)
	if pid1 == nil {
		return nil, false
	}
	var heirs []Heir
	add := func(q *scan.Process) {
		reaps, why := x.reaps(q, knownProgram(q), x.waits(q), x.receives(q, scan.SIGCHLD))
		heirs = append(heirs, Heir{Process: q, Command: CommandOf(q), PID1: q == pid1, Reaps: reaps, Why: why})
	}
	q := p
	for range len(x.Procs) {
		ppid := q.PPID
		if last, ok := x.lastLook(q); ok {
			ppid = last.PPID
		}
		if ppid == 0 { // it came into the namespace from outside: PID 1 inherits
			add(pid1)
			return heirs, true
		}
		if q = x.Find(ppid); q == nil {
			return heirs, false
		}
		switch space := x.pid1s.Of(q); {
		case space == nil:
			return heirs, false
		case q == pid1 || space != pid1: // no subreaper above it matters
			add(pid1)
			return heirs, true
		}
		add(q)
	}
	return heirs, false // parents that form a loop
}

// HearsSIGCHLD answers whether a process would notice SIGCHLD, and says in a few
// words what that rests on. It does not say whether it would wait then.
func (d *Diagnosis) HearsSIGCHLD(p *scan.Process) (Answer, string) {
	x := d.exam
	chld, w := x.receives(p, scan.SIGCHLD), x.waits(p)
	switch {
	case chld.caught && !chld.isGo:
		return Yes, "it has a handler for SIGCHLD"
	case chld.fd:
		return Yes, "it reads SIGCHLD from a signalfd"
	case w.sigwait != nil:
		return Yes, "a thread waits for signals"
	case chld.ignored:
		return No, "it ignores SIGCHLD"
	case chld.isGo && !x.hasReaped(p):
		return No, "its handlers are those of the Go runtime, and it has never waited for a child"
	case chld.isGo:
		return Unknown, "its handlers are those of the Go runtime"
	case chld.deaf(w):
		return No, "no handler, no signalfd, no thread that waits: nothing would tell it of SIGCHLD"
	default:
		return Unknown, "whether it would notice SIGCHLD cannot be told"
	}
}

// Names returns the names that a process goes by: the one it runs under, and the
// base names of its first argument and of its executable, as far as they are
// known.
func Names(p *scan.Process) []string {
	names := []string{p.Comm}
	if args := argsOf(p); len(args) > 0 {
		names = append(names, base(args[0]))
	}
	if p.Deep != nil {
		if exe, ok := p.Deep.Exe.Get(); ok {
			names = append(names, base(strings.TrimSuffix(exe, " (deleted)")))
		}
	}
	return names
}

// IsInit reports whether a process is a program that is made to be PID 1, by
// its name.
func IsInit(p *scan.Process) bool {
	known := knownProgram(p)
	return known != nil && known.isInit()
}

// Hazard says what side effects it may have when a process reaps an orphan, by
// its name; "": none is known.
func Hazard(p *scan.Process) string {
	known := knownProgram(p)
	if known == nil || known.kind != "server" {
		return ""
	}
	return known.note
}

// ContainerOf returns the container that a process is in; nil: unknown.
func (d *Diagnosis) ContainerOf(p *scan.Process) *Container { return d.exam.containerOf(p) }
