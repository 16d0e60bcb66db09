package diagnose

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/zombiectl/zombiectl/scan"
)

// pid1NotReaping is Z301: PID 1 keeps zombies that are not known to be its own
// children.
func pid1NotReaping(x *exam, p *Parent) *Finding {
	kept := p.Adopted + p.UnknownOrigin
	if !p.IsPID1 || kept == 0 || x.tooSlow(p) {
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
	}
	if p.Process.Listed != nil && p.Adopted == 0 {
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
	f.Advice = x.initAdvice(p)
	whom := "adopted orphans, "
	switch {
	case p.UnknownOrigin == p.Zombies:
		whom = "PID 1 "
	case p.Zombies == 1:
		whom = "adopted an orphan, "
	}
	f.why = whom + doesNotWait(x, p)
	return f
}

// neverWaits is Z201: a living parent that is not seen waiting, and has never
// waited for a child or shows no means to do so.
func neverWaits(x *exam, p *Parent) *Finding {
	zombies := p.Zombies
	switch {
	case p.IsPID1:
		zombies = p.Own // of the others Z301 speaks
	case p.Adopted > 0:
		zombies -= p.Adopted // of these Z310 does
	}
	proc := p.Process
	if proc == nil || zombies == 0 || proc.KernelThread() || x.halted(proc) != "" || x.tooSlow(p) {
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
	kept := count(zombies, "zombie", "zombies")
	_, reaping := x.reapedBetween(proc)
	switch {
	case !x.hasReaped(proc):
		f.Message, f.why = "has never waited for a child, and keeps "+kept, "has never waited for a child"
		if !w.known { // it may be waiting for the first time
			f.Message, f.why = "has never reaped a child, and keeps "+kept, "has never reaped a child"
		}
		// Of a program that was executed over another it says nothing of its
		// own children.
		if in := x.inheritance(p); in != nil {
			f.why += ", and was executed over " + in.program
		} else if p.lasting && w.known {
			f.Certainty = Certain
		}
	case p.lasting && chld.deaf(w) && reaping:
		f.Message, f.why = "reaps others of its children, and keeps "+kept+", for which no thread waits and of which nothing would tell it", "does not wait for these"
	case p.lasting && chld.deaf(w):
		f.Message = "keeps " + kept + ", and shows no means to reap " + p.them() + ": no thread waits, and nothing would tell it of SIGCHLD"
		f.why = "does not wait, and would not notice"
	default:
		return nil
	}
	if chld.isGo {
		f.Message += "; its handler for SIGCHLD is the Go runtime's, which reaps nothing"
	}
	f.Evidence = append(f.Evidence, chld.evidence...)
	hint, ev := killed(p)
	f.Message += hint
	f.Evidence = append(f.Evidence, ev...)
	if !w.known {
		f.Missing = x.unreadOf(proc.PID)
	}
	f.Advice = []string{x.waitAdvice(proc), x.clearAdvice(proc)}
	return f
}

// hasReaped reports whether a process has waited for a child, by either look.
func (x *exam) hasReaped(p *scan.Process) bool {
	last, ok := x.lastLook(p)
	return p.HasReaped() || ok && last.HasReaped()
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
	// They are ordered by PID.
	from, _ := slices.BinarySearchFunc(x.Unread, pid, func(u scan.Unread, pid int) int { return cmp.Compare(u.PID, pid) })
	to := from
	for to < len(x.Unread) && x.Unread[to].PID == pid {
		to++
	}
	return slices.Clone(x.Unread[from:to])
}

// why names the cause of a parent's zombies in a few words.
func (x *exam) why(p *Parent) string {
	switch {
	case p.Zombies == 0:
		return "cannot reap " + p.them() + " yet"
	case x.Listing != nil:
		return x.whyListed(p)
	case p.Process == nil:
		return "not in view"
	case len(p.Rules) > 0 && p.whys[p.Rules[0]] != "":
		return p.whys[p.Rules[0]]
	}
	if how := x.halted(p.Process); how != "" {
		return how
	}
	if w := x.waits(p.Process); w.one != nil {
		return "waits for another child"
	}
	return "cause not determined"
}

func doesNotWait(x *exam, p *Parent) string {
	if x.hasReaped(p.Process) {
		return "does not wait for " + p.them()
	}
	return "has never waited for a child"
}

// them is how its zombies are spoken of once they were named.
func (p *Parent) them() string {
	if p.Zombies == 1 {
		return "it"
	}
	return "them"
}
