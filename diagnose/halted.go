package diagnose

import (
	"fmt"
	"regexp"

	"github.com/zombiectl/zombiectl/scan"
)

// halt is what keeps a process from doing anything, so that it says nothing
// about the program that it does not reap.
type halt struct {
	rule      string // "": it may have been a passing state
	certainty Certainty
	why       string // in a few words, after the name of the process
	message   string
	evidence  []Evidence
	advice    []string
}

// haltOf finds what keeps a process from doing anything; nil: nothing does. The
// first that applies is the one to undo first.
func (x *exam) haltOf(p *scan.Process) *halt {
	state := p.State
	twice := x.seenTwice(p.PID)
	if last, ok := x.lastLook(p); ok && last.State != state {
		return nil // it moves
	}
	certainty := Likely
	if twice {
		certainty = Certain
	}
	frozen := frozenBy(p)
	switch {
	case (state == scan.Traced || state == scan.Uninterruptible) && x.waits(p).any != nil:
		return nil // that is one thread, and another waits
	case state == scan.Traced:
		return x.heldByDebugger(p, certainty)
	case state == scan.Stopped:
		return &halt{
			rule: "Z205", certainty: Certain, why: "is stopped (T)",
			message:  "is stopped by a signal: it reaps nothing until it is continued",
			evidence: []Evidence{{statFile(p.PID), "field 3 (state)", "T"}},
			advice:   []string{fmt.Sprintf("Let it go on: kill -CONT %d. Somebody stopped it: SIGSTOP, a job of a shell (Ctrl-Z), or a write to the terminal from the background.", p.PID)},
		}
	case frozen != nil:
		return haltedByFreezer(frozen)
	case inFreezer(p):
		h := haltedByFreezer(&scan.Freezer{})
		wchan, _ := wchanOf(p)
		h.certainty, h.evidence = Likely, []Evidence{{fmt.Sprintf("/proc/%d/wchan", p.PID), "", wchan}}
		return h
	case state == scan.Uninterruptible && !x.inVfork(p):
		h := &halt{why: "is in uninterruptible sleep (D)"}
		if !twice || !x.vforkRuledOut(p) {
			return h
		}
		h.rule, h.certainty = "Z208", certainty
		h.evidence = []Evidence{{statFile(p.PID), "field 3 (state), in both looks", "D"}}
		h.message = "is in uninterruptible sleep, in two looks: it waits for a device or a file system"
		if wchan, ok := wchanOf(p); ok {
			h.message += " (in " + wchan + ")"
			h.evidence = append(h.evidence, Evidence{fmt.Sprintf("/proc/%d/wchan", p.PID), "", wchan})
		} else {
			h.certainty = Likely
		}
		h.advice = []string{
			"No signal gets through: repair what it waits for (a network file system, a disk, a driver). As root, cat " + fmt.Sprintf("/proc/%d/stack", p.PID) + " says where it waits.",
		}
		return h
	}
	return nil
}

// halted says what keeps a process from doing anything; "": nothing does.
func (x *exam) halted(p *scan.Process) string {
	if h := x.haltOf(p); h != nil {
		return h.why
	}
	return ""
}

func (x *exam) heldByDebugger(p *scan.Process, certainty Certainty) *halt {
	h := &halt{
		rule: "Z206", certainty: certainty, why: "is held by a debugger (t)",
		evidence: []Evidence{{statFile(p.PID), "field 3 (state)", "t"}},
		message:  "is stopped by a tracer",
	}
	if by, ev, ok := x.tracer(p); ok {
		h.message += ", " + by
		h.evidence = append(h.evidence, ev)
	}
	h.message += ": it reaps nothing until that lets it go on"
	h.advice = []string{"Let the debugger continue or detach. Ending it lets the parent go on too."}
	return h
}

// tracer names who traces a process (TracerPid); false: nobody in view does.
func (x *exam) tracer(p *scan.Process) (string, Evidence, bool) {
	if p.Deep == nil {
		return "", Evidence{}, false
	}
	st, _ := p.Deep.Status.Get()
	tid, ok := st.TracerPID.Get()
	if !ok || tid == 0 {
		return "", Evidence{}, false
	}
	ev := Evidence{fmt.Sprintf("/proc/%d/status", p.PID), "TracerPid", fmt.Sprint(tid)}
	by := x.ownerOf(tid)
	if by == nil {
		return fmt.Sprintf("PID %d", tid), ev, true
	}
	return fmt.Sprintf("%s (PID %d)", by.Comm, by.PID), ev, true
}

// ownerOf returns the process that a thread belongs to; nil: it is not in view.
func (x *exam) ownerOf(tid int) *scan.Process {
	p, known := x.owners[tid]
	if !known {
		p = x.Owner(tid)
		x.owners[tid] = p
	}
	return p
}

func frozenBy(p *scan.Process) *scan.Freezer {
	if p.Deep == nil {
		return nil
	}
	for i := range p.Deep.Freezers {
		if f := &p.Deep.Freezers[i]; f.Frozen {
			return f
		}
	}
	return nil
}

// inFreezer reports whether a process sleeps where frozen ones do, for when its
// cgroup is out of sight: get_signal, with the trap of the v2 freezer inlined,
// or the refrigerator of v1.
func inFreezer(p *scan.Process) bool {
	if p.Deep == nil || len(p.Deep.Freezers) > 0 {
		return false
	}
	wchan, _ := wchanOf(p)
	switch kernelFunction(wchan) {
	case "get_signal", "do_freezer_trap", "__refrigerator":
		return p.State == scan.Sleeping || p.State == scan.Uninterruptible
	}
	return false
}

// plainPath is a path that means nothing to a shell.
var plainPath = regexp.MustCompile(`^[A-Za-z0-9_./:@%+=,-]+$`)

func haltedByFreezer(f *scan.Freezer) *halt {
	h := &halt{
		rule: "Z207", certainty: Certain, why: "is frozen with its cgroup",
		message:  "is frozen with its cgroup: it reaps nothing until that is thawed",
		evidence: []Evidence{{"/" + f.File, f.Field, f.Value}},
		advice:   []string{"Thaw the cgroup, by the tool that froze it (docker unpause, podman unpause, systemctl thaw), or by hand:"},
	}
	// A cgroup may have any name, and what is advised is pasted into a shell.
	if !plainPath.MatchString(f.By) {
		f = &scan.Freezer{Field: f.Field}
	}
	switch {
	case f.By == "":
		h.advice[0] = "Thaw the cgroup, by the tool that froze it: docker unpause, podman unpause, systemctl thaw."
	case f.Field == "": // v1
		h.evidence = append(h.evidence, Evidence{"/" + f.By, "", "1"})
		h.advice = append(h.advice, "  echo THAWED > /"+f.By[:len(f.By)-len("self_freezing")]+"state")
	default:
		h.evidence = append(h.evidence, Evidence{"/" + f.By, "", "1"})
		h.advice = append(h.advice, "  echo 0 > /"+f.By)
	}
	return h
}

// inVfork reports whether a process is suspended by a child that it started
// with vfork(2): that looks like waiting for a device, and is not.
func (x *exam) inVfork(p *scan.Process) bool {
	w := x.waits(p)
	return w.vfork != nil
}

// vforkRuledOut reports whether it can be told that it is not. Where the kernel
// does not tell what it sleeps in, it is enough that no living child is left
// that has not called execve.
func (x *exam) vforkRuledOut(p *scan.Process) bool {
	_, known := wchanOf(p)
	return known || x.notYetExec(p) == nil
}

// notYetExec returns the youngest living child that still runs its parent's
// program.
func (x *exam) notYetExec(p *scan.Process) *scan.Process {
	var found *scan.Process
	for _, c := range x.forkedOf(p) {
		if found == nil || c.StartTicks >= found.StartTicks {
			found = c
		}
	}
	return found
}

// forkedOf returns the living children that have not called execve.
func (x *exam) forkedOf(p *scan.Process) []*scan.Process {
	if x.forked == nil {
		x.forked = map[int][]*scan.Process{}
		for i := range x.Procs {
			if c := &x.Procs[i]; c.Forked() && c.State != scan.Zombie && !c.KernelThread() {
				x.forked[c.PPID] = append(x.forked[c.PPID], c)
			}
		}
	}
	return x.forked[p.PID]
}

// wchanOf returns the kernel function that a process sleeps in. "0" is what
// strangers are told.
func wchanOf(p *scan.Process) (string, bool) {
	if p.Deep == nil {
		return "", false
	}
	wchan, ok := p.Deep.Wchan.Get()
	return wchan, ok && wchan != "0" && wchan != ""
}

// haltedAs makes the rule about one way to be halted.
func haltedAs(rule string) func(*exam, *Parent) *Finding {
	return func(x *exam, p *Parent) *Finding {
		if p.Process == nil || p.Zombies == 0 || p.Process.KernelThread() {
			return nil
		}
		h := x.haltOf(p.Process)
		if h == nil || h.rule != rule {
			return nil
		}
		f := aboutProcess(p.Process)
		f.Zombies, f.Certainty, f.why = p.Zombies, h.certainty, h.why
		if !p.lasting {
			f.Certainty = Likely
		}
		f.Message = fmt.Sprintf("keeps %s, and %s", count(p.Zombies, "zombie", "zombies"), h.message)
		f.Evidence = append(h.evidence, x.zombieEvidence(p)...)
		f.Advice = h.advice
		return f
	}
}
