package observe

import "github.com/zombiectl/zombiectl/scan/facts"

// stuck reports whether SIGCHLD is pending and blocked in every thread, by one
// look; known: that could be told.
func stuck(status facts.Opt[facts.Status], threads facts.Opt[[]facts.Thread]) (stuck, known bool) {
	st, ok := status.Get()
	pending, ok2 := st.ShdPnd.Get()
	list, ok3 := threads.Get()
	if !ok || !ok2 || !ok3 || len(list) == 0 {
		return false, false
	}
	if !facts.HasSignal(pending, facts.SIGCHLD) {
		return false, true
	}
	for i := range list {
		if ts, ok := list[i].Stat.Get(); ok && (ts.State == facts.Zombie || ts.State == facts.Dead) {
			continue
		}
		ts, _ := list[i].Status.Get()
		blocked, ok := ts.SigBlk.Get()
		if !ok {
			return false, false
		}
		if !facts.HasSignal(blocked, facts.SIGCHLD) {
			return false, true
		}
	}
	return true, true
}

// StuckTwice reports whether SIGCHLD was pending for a process and blocked in
// every thread in both looks, while no thread waited for anything that could
// make up for it.
func StuckTwice(s *facts.Snapshot, q *Waits, p *facts.Process) bool {
	if p.Deep == nil || !Twice(s, p.PID) {
		return false
	}
	again, ok := s.Again.Procs[p.PID]
	if !ok || again.StartTicks != p.StartTicks {
		return false
	}
	threads, _ := again.Threads.Get()
	first, second := q.Of(p), q.OfThreads(p, threads, true)
	before, ok1 := stuck(p.Deep.Status, p.Deep.Threads)
	after, ok2 := stuck(again.Status, again.Threads)
	return ok1 && ok2 && before && after && first.Known && second.Known && first.Idle() && second.Idle()
}
