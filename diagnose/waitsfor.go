package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/scan"
)

// waitsForOne is Z202: every thread that waits at all waits for another child.
func waitsForOne(x *exam, p *Parent) *Finding {
	proc := p.Process
	if proc == nil || p.Zombies == 0 || proc.KernelThread() || x.halted(proc) != "" {
		return nil
	}
	w := x.waits(proc)
	if w.one == nil && w.vfork == nil || w.any != nil || w.some != nil || w.sigwait != nil {
		return nil
	}
	for _, z := range p.zombies {
		if slices.Contains(w.awaited, z.Process.PID) {
			return nil // it is about to reap it
		}
	}
	f := aboutProcess(proc)
	f.Zombies, f.Certainty, f.why = p.Zombies, Likely, "waits for another child"
	chld := x.receives(proc, scan.SIGCHLD)
	// A handler, or another thread, may reap what this wait does not.
	if p.lasting && w.known && (!chld.caught || chld.isGo) {
		f.Certainty = Certain
	}
	kept := count(p.Zombies, "zombie", "zombies")
	switch {
	case w.one == nil:
		f.why = "is suspended in vfork"
		f.Message = fmt.Sprintf("keeps %s, and is suspended until the child that it started with vfork calls exec or ends", kept)
		f.Evidence = []Evidence{*w.vfork}
		if c := x.notYetExec(proc); c != nil {
			f.Message += fmt.Sprintf(": %s (PID %d)", c.Comm, c.PID)
			f.Evidence = append(f.Evidence, Evidence{statFile(c.PID), "fields 2, 4 (comm, ppid)", fmt.Sprintf("%s %d", c.Comm, proc.PID)})
		}
		f.Advice = []string{"Look at that child: something keeps it from calling exec."}
	default:
		f.Message = fmt.Sprintf("keeps %s, and waits for another child%s: it will not see these", kept, x.awaitedNames(w.awaited))
		if len(w.awaited) == 1 {
			if c := x.Find(w.awaited[0]); c != nil {
				f.why = fmt.Sprintf("waits for %s (PID %d)", c.Comm, c.PID)
			}
		}
		f.Evidence = []Evidence{*w.one}
		f.Advice = []string{
			"The program has to wait for all of its children: waitpid(-1, ...) in a loop, or one wait for each that it starts. SIGCHLD does not help: it waits for that one alone.",
		}
		if x.languageOf(proc) != "" {
			f.Advice = append(f.Advice, x.waitAdvice(proc))
		}
	}
	if !w.known {
		f.Missing = x.unreadOf(proc.PID)
	}
	f.Evidence = append(f.Evidence, x.zombieEvidence(p)...)
	return f
}

// awaitedNames names the children that are waited for.
func (x *exam) awaitedNames(pids []int) string {
	if len(pids) == 0 {
		return ""
	}
	var parts []string
	for _, pid := range pids[:min(len(pids), maxListed)] {
		c := x.Find(pid)
		if c == nil {
			parts = append(parts, fmt.Sprintf("PID %d", pid))
			continue
		}
		about := fmt.Sprintf("%s (PID %d, %s", c.Comm, pid, c.State)
		if i := slices.IndexFunc(x.d.Zombies, func(z Zombie) bool { return z.Process == c && len(z.Rules) > 0 }); i >= 0 {
			about += ", " + x.d.Zombies[i].Rules[0]
		}
		parts = append(parts, about+")")
	}
	if rest := len(pids) - len(parts); rest > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", rest))
	}
	return ", " + strings.Join(parts, ", ")
}
