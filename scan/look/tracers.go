package look

import (
	"strconv"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// tracerOf returns the process that traces another. TracerPid is the ID of the
// thread that does, which need not be the first of its process.
func (r *reading) tracerOf(p *facts.Process) *facts.Process {
	if p == nil || p.Deep == nil {
		return nil
	}
	st, _ := p.Deep.Status.Get()
	tid, ok := st.TracerPID.Get()
	if !ok || tid == 0 {
		return nil
	}
	if tracer := r.snap.Find(tid); tracer != nil {
		return tracer
	}
	// /proc/TID can be read, though it is not listed (proc(5)). It is not
	// recorded, or it would be one.
	if b, err := r.src.Aside().Read(facts.Path(tid, "status"), MaxFile); err == nil {
		st, _ := facts.ParseStatus(b)
		tgid, _ := st.TGID.Get()
		return r.snap.Find(tgid)
	}
	for i := range r.snap.Procs { // of the others a recording holds no threads
		if q := &r.snap.Procs[i]; q.NumThreads > 1 {
			if _, err := r.src.Aside().Read(facts.Path(q.PID, "task/"+strconv.Itoa(tid)+"/stat"), MaxStat); err == nil {
				return q
			}
		}
	}
	return nil
}
