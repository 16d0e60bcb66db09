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
		if slices.Contains(w.awaited, z.Process.PID) || slices.Contains(w.groups, z.Process.PGRP) {
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
		f.Message = fmt.Sprintf("keeps %s, and waits for another child%s: it will not see these", kept, x.awaitedNames(&w))
		if len(w.awaited) == 1 && len(w.unplaced) == 0 {
			if c := x.Find(w.awaited[0]); c != nil {
				f.why = fmt.Sprintf("waits for %s (PID %d)", c.Comm, c.PID)
			}
		}
		f.Evidence = append([]Evidence{*w.one}, x.placed(proc, w.awaited)...)
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
func (x *exam) awaitedNames(w *waiting) string {
	var parts []string
	for _, pid := range w.awaited {
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
	for _, pid := range w.unplaced {
		parts = append(parts, fmt.Sprintf("PID %d inside of its PID namespace", pid))
	}
	if rest := len(parts) - maxListed; rest > 0 {
		parts = append(parts[:maxListed], fmt.Sprintf("and %d more", rest))
	}
	if len(parts) == 0 {
		return ""
	}
	return ", " + strings.Join(parts, ", ")
}

// placed is how the PID that a process waits for leads to the one that we see,
// where the two differ.
func (x *exam) placed(parent *scan.Process, pids []int) []Evidence {
	var ev []Evidence
	for _, pid := range pids[:min(len(pids), maxListed)] {
		if inside := x.Find(pid).NSpid(); len(parent.NSpid()) > 1 && len(inside) > 1 {
			ev = append(ev, Evidence{fmt.Sprintf("/proc/%d/status", pid), "NSpid", strings.Trim(fmt.Sprint(inside), "[]")})
		}
	}
	return ev
}
