package observe

import (
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Reaping records which parents were seen reaping, and how late.
type Reaping struct {
	looks *Looks
	dead  *Dead
}

// Between reports whether a process was seen reaping: its count of the faults of
// children grew between the two looks. It returns its stat at the second.
func (q *Reaping) Between(p *facts.Process) (facts.Stat, bool) {
	last, ok := LastLook(q.looks.Snapshot, p)
	if !ok || !Twice(q.looks.Snapshot, p.PID) {
		return facts.Stat{}, false
	}
	return last, last.CMinFlt > p.CMinFlt || last.CMajFlt > p.CMajFlt || last.CUTime > p.CUTime || last.CSTime > p.CSTime
}

// Behind counts the zombies of a parent that it reaped between the two looks
// though they had been dead for long: it reaps, and is late.
func (q *Reaping) Behind(pid int) int {
	of := q.dead.Transient[pid]
	if of == nil {
		return 0
	}
	n := 0
	for _, z := range of.Gone {
		if q.looks.Ages.Of(z).Lasting() {
			n++
		}
	}
	return n
}

// TooSlow reports whether a parent reaps, and later than children die.
func (q *Reaping) TooSlow(p *Parent) bool {
	if p.Process == nil || !p.Lasting {
		return false
	}
	if q.Late(p) {
		return true
	}
	if q.Behind(p.PID) == 0 {
		return false
	}
	_, grew := q.Between(p.Process)
	return grew && !q.HasMissed(p.Process)
}

// Late reports whether a parent was seen reaping some time after its children
// had died, and its zombies of now need not have been dead for longer.
func (q *Reaping) Late(p *Parent) bool {
	r, ok := q.looks.Reapings[p.PID]
	oldest, known := p.Oldest.AtLeast.Get()
	const patience = 10 * time.Second // what a loop that looks now and then may take
	return ok && known && oldest <= max(2*r.Longest, patience)
}

// HasMissed reports whether a process that notices SIGCHLD sleeps, in both
// looks, and none is pending: it has had its signal, and is done with it.
func (q *Reaping) HasMissed(p *facts.Process) bool {
	if p.Deep == nil || !Receives(p, facts.SIGCHLD).Noticed() {
		return false
	}
	asleep := func(s facts.State, status facts.Opt[facts.Status]) bool {
		st, ok := status.Get()
		pending, ok2 := st.ShdPnd.Get()
		return s == facts.Sleeping && ok && ok2 && !facts.HasSignal(pending, facts.SIGCHLD)
	}
	if Twice(q.looks.Snapshot, p.PID) {
		if again, ok := q.looks.Again.Procs[p.PID]; !ok || !asleep(again.State, again.Status) {
			return false
		}
	}
	return asleep(p.State, p.Deep.Status)
}
