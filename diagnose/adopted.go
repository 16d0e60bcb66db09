package diagnose

import (
	"fmt"
	"strings"

	"github.com/zombiectl/zombiectl/scan"
)

// initNotFirst is Z304: an init runs, but below the PID 1 that keeps zombies.
func initNotFirst(x *exam) []*Finding {
	var out []*Finding
	// Of most processes only the name is known, and names repeat.
	byName := map[string]*program{}
	programOf := func(q *scan.Process) *program {
		if q.Deep != nil || q.Listed != nil {
			return knownProgram(q)
		}
		known, ok := byName[q.Comm]
		if !ok {
			known = knownProgram(q)
			byName[q.Comm] = known
		}
		return known
	}
	for _, p := range x.order {
		if !p.IsPID1 || p.Adopted+p.UnknownOrigin == 0 {
			continue
		}
		if v := x.verdictOver(p.Process); v == nil || v.Reaps != No {
			continue
		}
		for i := range x.Procs {
			q := &x.Procs[i]
			if q == p.Process || q.State == scan.Zombie {
				continue
			}
			// What adopts for those below it does what it can.
			if known := programOf(q); known == nil || known.kind != "init" || x.pid1s.Of(q) != p.Process || knownSubreaper(q) {
				continue
			}
			f := aboutProcess(q)
			f.Certainty, f.Zombies = Likely, p.Adopted+p.UnknownOrigin
			f.Message = fmt.Sprintf("is an init, but not PID 1: that is %s (PID %d), which adopts the orphans and keeps them", shortCommand(p.Process), p.PID)
			f.Evidence = []Evidence{{fmt.Sprintf("/proc/%d/comm", q.PID), "", q.Comm}}
			if inside := q.NSpid(); len(inside) > 0 {
				f.Evidence = append(f.Evidence, Evidence{fmt.Sprintf("/proc/%d/status", q.PID), "NSpid", strings.Trim(fmt.Sprint(inside), "[]")})
			}
			f.Advice = []string{
				fmt.Sprintf("Let the container begin with the init: ENTRYPOINT [%q, \"--\", ...], and no shell or wrapper before it. In a script: exec %s -- ... as its last line.", q.Comm, q.Comm),
				"Where it cannot be first, make it a subreaper, which adopts what is below it: tini -s (TINI_SUBREAPER=), zombiectl init -s.",
			}
			out = append(out, f)
			if len(out) == maxListed {
				return out
			}
		}
	}
	return out
}

// hazardousReaper is Z309: PID 1 is a server that reaps what it adopts, and
// takes it for something of its own.
func hazardousReaper(x *exam) []*Finding {
	var out []*Finding
	for _, ns := range x.spaces {
		v := ns.PID1
		if v == nil || ns.Host || v.Reaps != Yes {
			continue
		}
		known := knownProgram(v.Process)
		if known == nil || known.kind != "server" || known.note == "" {
			continue
		}
		f := aboutProcess(v.Process)
		f.Certainty = Likely
		f.Message = fmt.Sprintf("PID 1 is %s, which reaps the orphans that it adopts, with side effects: %s", v.Program, known.note)
		f.Evidence = []Evidence{{fmt.Sprintf("/proc/%d/comm", v.Process.PID), "", v.Process.Comm}, reapedEvidence(v.Process)}
		f.Advice = []string{x.initLine(v.Process, "as PID 1, and it never sees an orphan")}
		out = append(out, f)
	}
	return out
}

// liveOrphans is Z312: processes that PID 1 adopted and that live still, below
// a PID 1 that does not reap.
func liveOrphans(x *exam) []*Finding {
	var out []*Finding
	for _, ns := range x.spaces {
		v := ns.PID1
		if v == nil || v.Reaps != No || x.halted(v.Process) != "" {
			continue
		}
		f := aboutProcess(v.Process)
		f.Certainty = Likely
		var names []string
		n := 0
		for i := range x.Procs {
			p := &x.Procs[i]
			if p.PPID != v.Process.PID || p.State == scan.Zombie || p.KernelThread() {
				continue
			}
			from, sure, why := x.origin(p, p.Stat)
			if from != Adopted {
				continue
			}
			if sure == Certain {
				f.Certainty = Certain
			}
			if n++; n <= maxListed {
				names = append(names, fmt.Sprintf("%s (PID %d)", p.Comm, p.PID))
				f.Evidence = append(f.Evidence, Evidence{statFile(p.PID), "fields 4, 5, 6 (ppid, pgrp, session)", fmt.Sprintf("%d %d %d: %s", p.PPID, p.PGRP, p.Session, why)})
			}
		}
		if n == 0 {
			continue
		}
		if n > len(names) {
			names = append(names, fmt.Sprintf("and %d more", n-len(names)))
		}
		f.Message = fmt.Sprintf("PID 1 has adopted %s: %s; it does not reap, so each will be a zombie when it ends",
			count(n, "process that lives", "processes that live"), strings.Join(names, ", "))
		f.Advice = []string{x.initLine(v.Process, "from its start on, before they end")}
		out = append(out, f)
	}
	return out
}
