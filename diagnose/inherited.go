package diagnose

import (
	"fmt"
	"strings"

	"github.com/zombiectl/zombiectl/scan"
)

// inherited is what shows that a process was executed over another program,
// which had started children; nil: nothing shows it.
type inherited struct {
	program string // what ran before
	// until is when the youngest child was started that it left, in ticks.
	until    uint64
	evidence []Evidence
}

// inheritance looks at children that have not called execve: what they run,
// their parent ran when it forked them. Whoever adopts has children of others,
// of which that is not true.
func (x *exam) inheritance(p *Parent) *inherited {
	proc := p.Process
	if proc == nil || p.IsPID1 || p.Adopted > 0 || proc.Forked() || proc.KernelThread() || knownSubreaper(proc) || x.pid1s.Of(proc) == nil {
		return nil
	}
	var found *inherited
	see := func(c *scan.Process, program string, ev Evidence) {
		if found == nil {
			found = &inherited{program: program}
		}
		found.until = max(found.until, c.StartTicks)
		if len(found.evidence) < maxListed {
			found.evidence = append(found.evidence, ev)
		}
	}
	own, known := exeOf(proc)
	for _, c := range x.forkedOf(proc) {
		if exe, ok := exeOf(c); ok && known && exe != own && !renamed(c) {
			see(c, base(exe), Evidence{fmt.Sprintf("/proc/%d/exe", c.PID), "", exe})
		}
	}
	switch e := knownProgram(proc); {
	case e != nil && e.kind == "shell":
		return found
	case e != nil && e.kind == "idle" && found == nil: // it starts nothing itself
		for _, z := range p.zombies {
			see(z.Process, "another program", Evidence{fmt.Sprintf("/proc/%d/comm", proc.PID), "", proc.Comm})
		}
		if found != nil {
			found.evidence = found.evidence[:1] // it is the same for each
		}
		return found
	}
	for _, z := range p.zombies {
		if q := z.Process; q.Forked() && q.Comm != proc.Comm {
			// Few programs give their children the name of a shell.
			if e := lookUp(q.Comm, nil); e != nil && e.kind == "shell" {
				see(q, q.Comm, Evidence{statFile(q.PID), "fields 2, 9 (comm, flags)", fmt.Sprintf("%s %d: has not called execve", q.Comm, q.Flags)})
			}
		}
	}
	return found
}

// renamed reports whether a process has another name in its status than it had
// in its stat, which was read before: it may have called execve in between, and
// what was read of it is of two programs.
func renamed(p *scan.Process) bool {
	st, ok := p.Deep.Status.Get()
	return !ok || st.Name != p.Comm
}

func exeOf(p *scan.Process) (string, bool) {
	if p.Deep == nil {
		return "", false
	}
	exe, ok := p.Deep.Exe.Get()
	return strings.TrimSuffix(exe, " (deleted)"), ok
}

// inheritedByExec is Z209.
func inheritedByExec(x *exam, p *Parent) *Finding {
	in := x.inheritance(p)
	if in == nil {
		return nil
	}
	n := 0
	for _, z := range p.zombies {
		if z.Process.StartTicks <= in.until {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	f := aboutProcess(p.Process)
	f.Zombies, f.Certainty = n, Likely
	f.why = "was executed over " + in.program + ", whose children these are"
	f.Message = fmt.Sprintf("was executed over %s: %s older than what it runs now, which does not know them",
		in.program, count(n, "zombie is", "zombies are"))
	f.Evidence = in.evidence
	if exe, ok := exeOf(p.Process); ok {
		f.Evidence = append(f.Evidence, Evidence{fmt.Sprintf("/proc/%d/exe", p.PID), "", exe})
	}
	f.Advice = []string{"Start nothing in the background before exec: what the script leaves running becomes a child of the program, which never waits for it. Start it from the program, or as a service of its own."}
	return f
}
