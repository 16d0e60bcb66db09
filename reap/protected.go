package reap

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/scan/facts"
)

//go:embed protected.tsv
var protectedTable string

// protectedProgram is one that is spared, and why.
type protectedProgram struct{ name, why string }

var protectedPrograms = sync.OnceValue(func() []protectedProgram {
	var table []protectedProgram
	for line := range strings.Lines(protectedTable) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		name, why, _ := strings.Cut(line, "\t")
		table = append(table, protectedProgram{name, why})
	}
	return table
})

// protected says why a process is never sent anything stronger than SIGCHLD,
// whatever the flags; "": it may be.
func (p *Plan) protected(proc *facts.Process) string {
	pids := proc.NSpid()
	switch {
	case proc.KernelThread():
		return "it is a kernel thread"
	case proc.PID == p.options.Self:
		return "that is this program itself"
	case proc.PID == 1 || len(pids) > 0 && pids[len(pids)-1] == 1:
		return "it is PID 1 of its PID namespace: all others in it end with it"
	case len(pids) == 0:
		return "whether it is PID 1 of a PID namespace cannot be told"
	}
	above, whole := p.ancestors()
	switch {
	case slices.Contains(above, proc.PID):
		return "it is an ancestor of this program"
	case !whole:
		return "whether it is an ancestor of this program cannot be told: not all of those are in view"
	}
	names := observe.Names(proc)
	for _, e := range protectedPrograms() {
		if slices.ContainsFunc(names, e.matches) {
			return "it is " + e.name + ": " + e.why
		}
	}
	if known := observe.ProgramOf(proc); known != nil && known.IsInit() {
		return "it is an init"
	}
	return ""
}

func (e protectedProgram) matches(name string) bool {
	if stem, ok := strings.CutSuffix(e.name, "*"); ok {
		return strings.HasPrefix(name, stem)
	}
	return name == e.name
}

// ancestors returns the PIDs above this program; false: the list has a hole.
func (p *Plan) ancestors() (above []int, whole bool) {
	s := p.Diagnosis.Snapshot
	q := s.Find(p.options.Self)
	for range len(s.Procs) {
		if q == nil {
			return above, false
		}
		if q.PPID == 0 {
			return above, true
		}
		above = append(above, q.PPID)
		q = s.Find(q.PPID)
	}
	return above, false
}
