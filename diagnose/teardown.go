package diagnose

import (
	"fmt"
	"slices"
	"time"

	"github.com/zombiectl/zombiectl/scan"
)

// teardownTime is how long the end of a PID namespace may take: SIGKILL reaches
// all of it at once.
const teardownTime = 10 * time.Second

// namespaceTeardown is Z308: PID 1 has ended, and waits for the others of its
// namespace in zap_pid_ns_processes.
func namespaceTeardown(x *exam) []*Finding {
	var out []*Finding
	for i := range x.Procs {
		p := &x.Procs[i]
		if !p.Zapping() || !x.seenTwice(p.PID) {
			continue
		}
		if last, ok := x.lastLook(p); !ok || !last.Lingers() {
			continue
		}
		wchan, _ := x.Again.Procs[p.PID].Wchan.Get()
		if !scan.InZap(wchan) {
			continue
		}
		since, ok := x.ages.Asleep(p)
		if !ok || since < teardownTime {
			continue
		}
		f := aboutProcess(p)
		f.Certainty = Certain
		f.Message = fmt.Sprintf("was PID 1 of a PID namespace, has ended, and has been waiting for the rest of it for over %s", duration(since))
		f.Evidence = []Evidence{{fmt.Sprintf("/proc/%d/wchan", p.PID), "", wchan}}
		if ev, ok := execStart(p); ok {
			f.Evidence = append(f.Evidence, ev)
		}
		rest := x.restOf(p)
		for _, m := range rest {
			if m.State == scan.Zombie {
				x.heldUp(f, m)
			}
		}
		for j, m := range rest {
			if j == maxListed {
				f.Message += fmt.Sprintf(", and %d more", len(rest)-j)
				break
			}
			sep := ", and for "
			if j == 0 {
				sep = ": for "
			}
			why, ev := x.remains(m, p)
			f.Message += sep + fmt.Sprintf("%s (PID %d)", m.Comm, m.PID) + why
			f.Evidence = append(f.Evidence, ev...)
		}
		if len(rest) == 0 {
			f.Message += "; which process that is cannot be seen from here"
		}
		f.Advice = []string{
			"The container cannot end, nor be removed, before that process does. SIGKILL was sent to all of it already: look at what the process named here waits for.",
		}
		out = append(out, f)
	}
	return out
}

// heldUp counts a zombie that a namespace waits for, and puts that first among
// what is said of its parent.
func (x *exam) heldUp(f *Finding, z *scan.Process) {
	f.Zombies++
	p := x.parents[z.PPID]
	if p == nil || p.Zombies == 0 || p.PID == f.Subject.PID || slices.Contains(f.alsoAbout, p.PID) {
		return
	}
	f.alsoAbout = append(f.alsoAbout, p.PID)
	why := "keeps a PID namespace from ending"
	if cause := x.why(p); len(p.Rules) > 0 {
		why = cause + ", which " + why
	}
	if !slices.Contains(p.Rules, "Z308") {
		p.Rules = append([]string{"Z308"}, p.Rules...)
	}
	p.whys["Z308"], p.Certainty = why, f.Certainty
}

// teardownClause says in the line for the ticket that a namespace cannot end.
func (x *exam) teardownClause() string {
	for i := range x.d.Findings {
		if f := &x.d.Findings[i]; f.Rule == "Z308" {
			return fmt.Sprintf(" A PID namespace cannot end: its PID 1, %s (PID %d), waits for the rest of it.", f.Comm, f.Subject.PID)
		}
	}
	return ""
}

// restOf returns the members of the namespace of a PID 1 but for itself, those
// first that nothing in it can end.
func (x *exam) restOf(pid1 *scan.Process) []*scan.Process {
	ns, ok := pid1.PIDNS()
	if !ok {
		return nil
	}
	var rest []*scan.Process
	for i := range x.Procs {
		p := &x.Procs[i]
		if id, ok := p.PIDNS(); ok && id == ns && p != pid1 {
			rest = append(rest, p)
		}
	}
	rank := func(p *scan.Process) int {
		switch {
		case p.State == scan.Uninterruptible:
			return 0
		case p.State != scan.Zombie:
			return 1
		default:
			return 2
		}
	}
	slices.SortStableFunc(rest, func(a, b *scan.Process) int { return rank(a) - rank(b) })
	return rest
}

// remains says why a member of a dying namespace is still there.
func (x *exam) remains(p, pid1 *scan.Process) (string, []Evidence) {
	state := Evidence{statFile(p.PID), "fields 3, 4 (state, ppid)", fmt.Sprintf("%s %d", p.State, p.PPID)}
	if p.State != scan.Zombie {
		if f := frozenBy(p); f != nil {
			return ", which is frozen with its cgroup", append([]Evidence{state}, haltedByFreezer(f).evidence...)
		}
		why := ", in state " + p.State.String()
		if wchan, ok := wchanOf(p); ok {
			return why + " (in " + wchan + ")", []Evidence{state, {fmt.Sprintf("/proc/%d/wchan", p.PID), "", wchan}}
		}
		return why, []Evidence{state}
	}
	for i := range x.d.Zombies {
		if z := &x.d.Zombies[i]; z.Process == p && len(z.Rules) > 0 {
			return ", a zombie that its parent cannot reap (" + z.Rules[0] + ")", []Evidence{state}
		}
	}
	parent := x.Find(p.PPID)
	if parent == nil || parent == pid1 {
		return ", a zombie", []Evidence{state}
	}
	why := fmt.Sprintf(", a zombie that %s (PID %d) has not reaped", parent.Comm, parent.PID)
	ns, ok1 := parent.PIDNS()
	own, ok2 := pid1.PIDNS()
	if ok1 && ok2 && ns != own {
		why += ", from outside of the namespace"
	}
	return why, []Evidence{state}
}
