package observe

import (
	"fmt"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Tracer is who traces a process (ptrace(2)).
type Tracer struct {
	TID      int            // of the thread that does: TracerPid
	Process  *facts.Process // the one of that thread; nil: it is not visible
	Evidence Evidence
}

// Tracers finds who traces processes.
type Tracers struct {
	looks  *Looks
	owners map[int]*facts.Process // by thread
}

// Of returns who traces a process (/proc/PID/status TracerPid); nil: no visible
// process does.
func (q *Tracers) Of(p *facts.Process) *Tracer {
	st, _ := Deep(p).Status.Get()
	tid, ok := st.TracerPID.Get()
	if !ok || tid == 0 {
		return nil
	}
	by, known := q.owners[tid]
	if !known {
		by = q.looks.Owner(tid)
		q.owners[tid] = by
	}
	return &Tracer{TID: tid, Process: by, Evidence: Status(p.PID, "TracerPid", fmt.Sprint(tid))}
}
