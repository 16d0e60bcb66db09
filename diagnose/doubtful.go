package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/scan"
)

// doubtful is Z901 for processes of a list that may be zombies: by each reason,
// with the first of them, so that somebody can look whether they are.
func (x *exam) doubtful() []*Finding {
	l := x.Listing
	var misplaced, bracketed []*scan.Process
	for _, pid := range l.Doubtful {
		if p := x.Find(pid); strings.Contains(p.Listed.Text, "<defunct") {
			misplaced = append(misplaced, p)
		} else {
			bracketed = append(bracketed, p)
		}
	}
	var out []*Finding
	add := func(of []*scan.Process, what string) {
		f := &Finding{Certainty: Certain, Message: what,
			Advice: []string{"A list with states is needed: ps -eo pid,ppid,stat,args; with busybox: ps -o pid,ppid,stat,args"}}
		for _, p := range of[:min(len(of), maxListed)] {
			f.Evidence = append(f.Evidence, x.lineEvidence(p.Listed.Line))
		}
		out = append(out, f)
	}
	if l.Zombies == scan.Unmarked {
		if len(l.Doubtful) == 0 {
			return nil
		}
		what := "the list shows names only, and no states: which are zombies it does not tell"
		if len(x.d.Zombies) > 0 {
			what += ", but of those with <defunct> behind their names"
		}
		add(slices.Concat(misplaced, bracketed), what)
		return out
	}
	if n := len(misplaced); n > 0 {
		add(misplaced, count(n, "process may be a zombie", "processes may be zombies")+firstPIDs(misplaced)+": <defunct> stands there, but not as ps writes it behind the name of a zombie")
	}
	if n := len(bracketed); n > 0 {
		why := "busybox writes kernel threads so as well"
		if l.Zombies == scan.ByDefunct {
			why = "ps writes <defunct> behind a zombie, which may have been lost on the way, and brackets alone around what has no arguments"
		}
		add(bracketed, count(n, "process in brackets may be a zombie", "processes in brackets may be zombies")+firstPIDs(bracketed)+": "+why)
	}
	return out
}

// firstPIDs names some processes: " (PID 7, 9, 12, …)".
func firstPIDs(of []*scan.Process) string {
	const most = 5
	var pids []string
	for _, p := range of[:min(len(of), most)] {
		pids = append(pids, fmt.Sprint(p.PID))
	}
	if len(of) > most {
		pids = append(pids, "…")
	}
	return " (PID " + strings.Join(pids, ", ") + ")"
}
