package diagnose

import (
	"fmt"

	"github.com/zombiectl/zombiectl/scan"
)

// pid1NotReaping is Z301: PID 1 keeps zombies that are not known to be its own
// children.
func pid1NotReaping(x *exam, p *Parent) *Finding {
	kept := p.Adopted + p.UnknownOrigin
	if !p.IsPID1 || kept == 0 {
		return nil
	}
	f := aboutProcess(p.Process)
	f.Zombies, f.Certainty = kept, Likely
	switch {
	case !p.lasting:
		f.Certainty = Possible // it may be about to reap them
	case p.adoptedForSure > 0:
		f.Certainty = Certain
	}
	switch {
	case p.UnknownOrigin == 0:
		f.Message = fmt.Sprintf("PID 1 keeps %s that it adopted when their parents ended", count(kept, "zombie", "zombies"))
	case p.Adopted == 0:
		f.Message = fmt.Sprintf("PID 1 keeps %s; whether it adopted them or started them itself cannot be told", count(kept, "zombie", "zombies"))
	default:
		f.Message = fmt.Sprintf("PID 1 keeps %s; %d of them it adopted, of the others that cannot be told", count(kept, "zombie", "zombies"), p.Adopted)
	}
	if p.Process.Listed != nil {
		f.Certainty = Likely
		f.Message = fmt.Sprintf("PID 1 keeps %s%s; whether it adopted them or started them itself a list does not tell", count(kept, "zombie", "zombies"), batches(p))
	}
	possibly, traces := gaps(p)
	f.Message += possibly
	f.Evidence = append(f.Evidence, traces...)
	if how := x.halted(p.Process); how != "" {
		f.Message += "; it " + how
		f.Evidence = append(f.Evidence, Evidence{statFile(p.PID), "field 3 (state)", p.Process.State.String()})
	}
	hint, ev := killed(p)
	f.Message += hint
	f.Evidence = append(f.Evidence, ev...)
	f.Evidence = append(f.Evidence, x.zombieEvidence(p)...)
	for _, z := range p.zombies {
		if z.Origin == Adopted {
			f.Evidence = append(f.Evidence, Evidence{statFile(z.Process.PID), "fields 5, 6 (pgrp, session)",
				fmt.Sprintf("%d %d: %s", z.Process.PGRP, z.Process.Session, z.OriginWhy)})
			break
		}
	}
	f.Evidence = append(f.Evidence, reapedEvidence(p.Process))
	p.InitWouldHelp, p.InitWhy = x.initForPID1(p)
	f.Advice = initAdvice(p)
	return f
}

// initForPID1 answers whether an init would help where PID 1 itself keeps
// zombies.
func (x *exam) initForPID1(p *Parent) (Answer, string) {
	if known := knownProgram(p.Process); known != nil && known.isInit() && known.reaps == Yes {
		if how := x.halted(p.Process); how != "" {
			return No, "PID 1 is an init already, and " + how
		}
		return No, "PID 1 is an init already; it does not do its work"
	}
	switch {
	case p.UnknownOrigin == 0 && p.Own == 0:
		return Yes, "these are orphans that PID 1 adopted: an init reaps what it adopts"
	case p.Adopted > 0:
		return Yes, fmt.Sprintf("%d of these are orphans that PID 1 adopted, and an init reaps what it adopts; of the others it cannot be told", p.Adopted)
	default:
		return Unknown, "an init helps if PID 1 adopted these, and does not if it started them itself"
	}
}

// neverWaits is Z201: a living parent that is not seen waiting, and has never
// waited for a child or shows no means to do so.
func neverWaits(x *exam, p *Parent) *Finding {
	zombies := p.Zombies
	if p.IsPID1 {
		zombies = p.Own // of the others Z301 speaks
	}
	proc := p.Process
	if proc == nil || zombies == 0 || proc.KernelThread() || x.halted(proc) != "" {
		return nil
	}
	if proc.Listed != nil {
		return x.neverWaitsListed(p)
	}
	w := x.waits(proc)
	if !w.idle() {
		return nil // it waits; for what, and why not for these, is another question
	}
	f := aboutProcess(proc)
	f.Zombies, f.Certainty = zombies, Likely
	f.Evidence = append(x.zombieEvidence(p), reapedEvidence(proc))
	chld := x.receives(proc, scan.SIGCHLD)
	switch {
	case !x.hasReaped(proc):
		f.Message = fmt.Sprintf("has never waited for a child, and keeps %s", count(zombies, "zombie", "zombies"))
		if p.lasting && w.known {
			f.Certainty = Certain
		}
	case p.lasting && chld.deaf(w):
		f.Message = fmt.Sprintf("keeps %s, and shows no means to reap them: no thread waits, and nothing would tell it of SIGCHLD", count(zombies, "zombie", "zombies"))
		f.Evidence = append(f.Evidence, chld.evidence...)
	default:
		return nil
	}
	hint, ev := killed(p)
	f.Message += hint
	f.Evidence = append(f.Evidence, ev...)
	if !w.known {
		f.Missing = x.unreadOf(proc.PID)
	}
	if p.Own == p.Zombies {
		p.InitWouldHelp, p.InitWhy = No, "their parent lives: only it can reap them, and an init never gets to see them"
	}
	f.Advice = []string{
		"The program has to wait for its children: in C waitpid() in a loop on SIGCHLD, in Go cmd.Wait(), in Python Popen.wait() or subprocess.run(), in Node the 'exit' event.",
		fmt.Sprintf("To clear them now, restart that program (PID %d); its zombies then pass to PID 1.", proc.PID),
	}
	return f
}

// hasReaped reports whether a process has waited for a child, by either look.
func (x *exam) hasReaped(p *scan.Process) bool {
	last, ok := x.lastLook(p)
	return p.HasReaped() || ok && last.HasReaped()
}

// halted says what keeps a process from doing anything; "": nothing does.
func (x *exam) halted(p *scan.Process) string {
	state := p.State
	if last, ok := x.lastLook(p); ok && last.State != state {
		return "" // it moves
	}
	switch state {
	case scan.Stopped:
		return "is stopped (T)"
	case scan.Traced:
		return "is held by a debugger (t)"
	case scan.Uninterruptible:
		return "is in uninterruptible sleep (D)"
	default:
		return ""
	}
}

// zombieEvidence points at a few of the zombies of a parent.
func (x *exam) zombieEvidence(p *Parent) []Evidence {
	var ev []Evidence
	for _, z := range p.zombies[:min(len(p.zombies), maxListed)] {
		ev = append(ev, Evidence{statFile(z.Process.PID), "fields 3, 4 (state, ppid)", fmt.Sprintf("Z %d", z.PPID)})
	}
	return ev
}

// reapedEvidence is the strongest single fact about a parent: the faults of a
// child are added to its parent's when it is waited for.
func reapedEvidence(p *scan.Process) Evidence {
	return Evidence{statFile(p.PID), "field 11 (cminflt)", fmt.Sprint(p.CMinFlt)}
}

func (x *exam) unreadOf(pid int) []scan.Unread {
	var out []scan.Unread
	for _, u := range x.Unread {
		if u.PID == pid {
			out = append(out, u)
		}
	}
	return out
}

// why names the cause of a parent's zombies in a few words.
func (x *exam) why(p *Parent) string {
	switch {
	case p.Zombies == 0:
		return "cannot reap them yet"
	case x.Listing != nil:
		return x.whyListed(p)
	case p.Process == nil:
		return "not in view"
	case len(p.Rules) == 0:
		if how := x.halted(p.Process); how != "" {
			return how
		}
		if w := x.waits(p.Process); w.one != nil {
			return "waits for another child"
		}
		return "cause not determined"
	case x.halted(p.Process) != "":
		return x.halted(p.Process)
	case p.Rules[0] == "Z301" && p.UnknownOrigin == p.Zombies:
		return "PID 1 " + doesNotWait(x, p)
	case p.Rules[0] == "Z301":
		return "adopted orphans, " + doesNotWait(x, p)
	case x.hasReaped(p.Process):
		return "does not wait, and would not notice"
	default:
		return "has never waited for a child"
	}
}

func doesNotWait(x *exam, p *Parent) string {
	if x.hasReaped(p.Process) {
		return "does not wait for them"
	}
	return "has never waited for a child"
}
