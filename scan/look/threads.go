package look

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// maxThreads bounds what is read of one process. A reader of more than that
// many threads would be the load that it looks for.
const maxThreads = 4096

func (r *reading) readThreads(p *facts.Process) {
	names, err := r.src.List(facts.Path(p.PID, "task"))
	if err != nil {
		r.missed(p, "task", err)
		return
	}
	var tids []int
	for _, n := range names {
		if tid, ok := facts.ParsePID(n); ok {
			tids = append(tids, tid)
		}
	}
	slices.Sort(tids)
	if len(tids) > maxThreads {
		r.skipped(p.PID, facts.Path(p.PID, "task"), fmt.Sprintf("%d threads, only %d were looked at", len(tids), maxThreads))
		tids, p.Deep.ThreadsCut = tids[:maxThreads], true
	}
	threads := make([]facts.Thread, 0, len(tids))
	for _, tid := range tids {
		t := facts.Thread{TID: tid}
		sub := "task/" + strconv.Itoa(tid) + "/"
		fact(r, p, sub+"stat", facts.ParseStat, &t.Stat)
		if s, ok := t.Stat.Get(); ok && s.State != facts.Zombie && s.State != facts.Dead {
			r.readWait(p, sub, &t)
			if p.State != facts.Zombie && p.NumThreads == 1 { // of several threads the order says nothing
				fact(r, p, sub+"children", facts.ParseChildren, &t.Children)
			}
		}
		threads = append(threads, t)
	}
	p.Deep.Threads = facts.Some(threads)
}

// readWait reads what a thread waits for and its signal mask, of one moment: a
// thread in sigtimedwait shows another mask than it has outside.
func (r *reading) readWait(p *facts.Process, sub string, t *facts.Thread) {
	w := r.src.Wait(facts.Path(p.PID, sub))
	parsed(r, p, sub+"syscall", w.Syscall, facts.ParseSyscall, &t.Syscall)
	parsed(r, p, sub+"wchan", w.Wchan, facts.ParseWord, &t.Wchan)
	parsed(r, p, sub+"status", w.Status, facts.ParseStatus, &t.Status)
	if st, ok := t.Status.Get(); ok {
		st.Groups = facts.Opt[[]int]{} // may be long, and nobody asks a thread
		t.Status = facts.Some(st)
	}
}
