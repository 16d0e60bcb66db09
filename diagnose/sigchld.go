package diagnose

import (
	"fmt"
	"time"

	"github.com/zombiectl/zombiectl/scan"
)

// stuck reports whether SIGCHLD is pending and blocked in every thread, by one
// look; known: that could be told.
func stuck(status scan.Opt[scan.Status], threads scan.Opt[[]scan.Thread]) (stuck, known bool) {
	st, ok := status.Get()
	pending, ok2 := st.ShdPnd.Get()
	list, ok3 := threads.Get()
	if !ok || !ok2 || !ok3 || len(list) == 0 {
		return false, false
	}
	if !scan.HasSignal(pending, scan.SIGCHLD) {
		return false, true
	}
	for i := range list {
		if ts, ok := list[i].Stat.Get(); ok && (ts.State == scan.Zombie || ts.State == scan.Dead) {
			continue
		}
		ts, _ := list[i].Status.Get()
		blocked, ok := ts.SigBlk.Get()
		if !ok {
			return false, false
		}
		if !scan.HasSignal(blocked, scan.SIGCHLD) {
			return false, true
		}
	}
	return true, true
}

// stuckTwice reports whether SIGCHLD was pending and blocked in both looks,
// while no thread waited for anything that could make up for it.
func (x *exam) stuckTwice(p *scan.Process) bool {
	if p.Deep == nil || !x.seenTwice(p.PID) {
		return false
	}
	again, ok := x.Again.Procs[p.PID]
	if !ok || again.StartTicks != p.StartTicks {
		return false
	}
	threads, _ := again.Threads.Get()
	first, second := x.waits(p), x.waitsOf(p, threads, true)
	before, ok1 := stuck(p.Deep.Status, p.Deep.Threads)
	after, ok2 := stuck(again.Status, again.Threads)
	return ok1 && ok2 && before && after && first.known && second.known && first.idle() && second.idle()
}

// sigchldBlocked is Z204.
func sigchldBlocked(x *exam, p *Parent) *Finding {
	proc := p.Process
	if proc == nil || p.Zombies == 0 || proc.KernelThread() || x.halted(proc) != "" || !x.stuckTwice(proc) {
		return nil
	}
	if chld := x.receives(proc, scan.SIGCHLD); !chld.fdKnown || chld.fd {
		return nil // it may read it from a signalfd
	}
	st, _ := proc.Deep.Status.Get()
	pending, _ := st.ShdPnd.Get()
	blocked, _ := st.SigBlk.Get()
	f := aboutProcess(proc)
	f.Zombies, f.Certainty, f.why = p.Zombies, Certain, "has SIGCHLD blocked, and does not wait"
	f.Message = fmt.Sprintf("keeps %s: SIGCHLD is pending, and blocked in every thread, in two looks; nothing reads it, and no thread waits",
		count(p.Zombies, "zombie", "zombies"))
	status := fmt.Sprintf("/proc/%d/status", proc.PID)
	f.Evidence = append([]Evidence{
		{status, "SigBlk", fmt.Sprintf("%016x", blocked)},
		{status, "ShdPnd", fmt.Sprintf("%016x", pending)},
	}, x.zombieEvidence(p)...)
	f.Advice = []string{
		"The program has to unblock SIGCHLD (sigprocmask, pthread_sigmask), or wait without it. A mask is inherited across fork and exec: it may have been blocked by what started this program.",
		"Another SIGCHLD is useless: it stays pending too.",
	}
	return f
}

// idleWithHandler reports whether a process that notices SIGCHLD sleeps, in
// both looks, and none is pending: it has had its signal, and is done with it.
func (x *exam) idleWithHandler(p *scan.Process) bool {
	chld := x.receives(p, scan.SIGCHLD)
	if p.Deep == nil || !(chld.caught && !chld.isGo || chld.fd) {
		return false
	}
	asleep := func(s scan.State, status scan.Opt[scan.Status]) bool {
		st, ok := status.Get()
		pending, ok2 := st.ShdPnd.Get()
		return s == scan.Sleeping && ok && ok2 && !scan.HasSignal(pending, scan.SIGCHLD)
	}
	if x.seenTwice(p.PID) {
		if again, ok := x.Again.Procs[p.PID]; !ok || !asleep(again.State, again.Status) {
			return false
		}
	}
	return asleep(p.State, p.Deep.Status)
}

// missedSigchld is Z203.
func missedSigchld(x *exam, p *Parent) *Finding {
	proc := p.Process
	if proc == nil || p.Zombies == 0 || !p.lasting || proc.KernelThread() || x.halted(proc) != "" || !x.hasReaped(proc) {
		return nil
	}
	w := x.waits(proc)
	if !w.known || !w.idle() || !x.idleWithHandler(proc) {
		return nil
	}
	chld := x.receives(proc, scan.SIGCHLD)
	f := aboutProcess(proc)
	f.Zombies, f.Certainty, f.why = p.Zombies, Likely, "has missed a SIGCHLD"
	how := "handles SIGCHLD"
	if chld.fd {
		how = "reads SIGCHLD from a signalfd"
	}
	f.Message = fmt.Sprintf("%s and has reaped children, and yet keeps %s, while it sleeps and no SIGCHLD is pending: several deaths may give one signal, and it reaps one child for each",
		how, count(p.Zombies, "zombie", "zombies"))
	f.Evidence = append(append(x.zombieEvidence(p), reapedEvidence(proc)), chld.evidence...)
	f.Evidence = append(f.Evidence, x.signalfds(proc)...)
	f.Advice = []string{
		fmt.Sprintf("Another signal may make it look again, and clears one zombie or all: kill -CHLD %d", proc.PID),
		"The program has to call waitpid(-1, ..., WNOHANG) until nothing is left, each time that SIGCHLD comes.",
	}
	return f
}

// signalfds points at the descriptors that SIGCHLD is read from.
func (x *exam) signalfds(p *scan.Process) []Evidence {
	var ev []Evidence
	fds, _ := p.Deep.FDs.Get()
	for _, fd := range fds {
		if mask, ok := fd.Sigmask.Get(); ok && scan.HasSignal(mask, scan.SIGCHLD) {
			ev = append(ev, Evidence{fmt.Sprintf("/proc/%d/fdinfo/%d", p.PID, fd.FD), "sigmask", fmt.Sprintf("%016x", mask)})
		}
	}
	return ev
}

// reapedBetween reports whether a process was seen reaping: its count of the
// faults of children grew between the two looks.
func (x *exam) reapedBetween(p *scan.Process) (scan.Stat, bool) {
	last, ok := x.lastLook(p)
	if !ok || !x.seenTwice(p.PID) {
		return scan.Stat{}, false
	}
	return last, last.CMinFlt > p.CMinFlt || last.CMajFlt > p.CMajFlt || last.CUTime > p.CUTime || last.CSTime > p.CSTime
}

// behind counts the zombies of a parent that it reaped between the two looks
// though they had been dead for long: it reaps, and is late.
func (x *exam) behind(pid int) int {
	of := x.passing[pid]
	if of == nil {
		return 0
	}
	n := 0
	for _, z := range of.gone {
		if x.ages.Of(z).Lasting() {
			n++
		}
	}
	return n
}

// tooSlow reports whether a parent reaps, and later than children die.
func (x *exam) tooSlow(p *Parent) bool {
	if p.Process == nil || !p.lasting {
		return false
	}
	if x.reapsLate(p) {
		return true
	}
	if x.behind(p.PID) == 0 {
		return false
	}
	_, grew := x.reapedBetween(p.Process)
	return grew && !x.idleWithHandler(p.Process)
}

// reapsLate reports whether a parent was seen reaping, some time after its children
// had died, and what it has now need not have been dead for longer.
func (x *exam) reapsLate(p *Parent) bool {
	r, ok := x.Reapings[p.PID]
	oldest, known := p.Oldest.AtLeast.Get()
	const patience = 10 * time.Second // what a loop that looks now and then may take
	return ok && known && oldest <= max(2*r.Longest, patience)
}

// reaperTooSlow is Z210.
func reaperTooSlow(x *exam, p *Parent) *Finding {
	proc := p.Process
	if proc == nil || p.Zombies == 0 || proc.KernelThread() || x.halted(proc) != "" || !x.tooSlow(p) {
		return nil
	}
	if x.reapsLate(p) {
		return x.reaperLate(p)
	}
	last, _ := x.reapedBetween(proc)
	f := aboutProcess(proc)
	f.Zombies, f.Certainty, f.why = p.Zombies, Certain, "reaps, and cannot keep up"
	f.Message = fmt.Sprintf("reaps, and cannot keep up: %s that had been dead for over %s went between the two looks, and %s are left",
		count(x.behind(p.PID), "zombie", "zombies"), duration(scan.Lasting), count(p.Zombies, "other", "others"))
	f.Evidence = []Evidence{
		{statFile(proc.PID), "field 11 (cminflt), first look", fmt.Sprint(proc.CMinFlt)},
		{statFile(proc.PID), "field 11 (cminflt), second look", fmt.Sprint(last.CMinFlt)},
	}
	if oldest := x.passing[p.PID].gone; len(oldest) > 0 {
		f.Evidence = append(f.Evidence, Evidence{statFile(oldest[0].PID), "field 3 (state), first look", "Z"})
	}
	f.Advice = []string{
		"Start fewer processes, or let it reap faster: one wait for each turn of its loop is too few. waitpid(-1, ..., WNOHANG) until nothing is left takes them all.",
		"If its loop is already like that, find what the loop spends its time on (perf top -p " + fmt.Sprint(proc.PID) + ").",
	}
	return f
}

// reaperLate is Z210 of what was seen over several looks.
func (x *exam) reaperLate(p *Parent) *Finding {
	r := x.Reapings[p.PID]
	f := aboutProcess(p.Process)
	f.Zombies, f.Certainty, f.why = p.Zombies, Certain, "reaps, and late"
	f.Message = "reaps, and late: it was seen reaping " + count(r.Zombies, "zombie", "zombies")
	if r.Longest > 0 { // else it is not known of any
		f.Message += ", of which one had been dead for " + duration(r.Longest) + " or longer"
	}
	f.Message += fmt.Sprintf(", and %s left", count(p.Zombies, "is", "are"))
	f.Evidence = []Evidence{reapedEvidence(p.Process)}
	f.Advice = []string{"Let it reap when SIGCHLD tells that a child has ended, and not now and then: each zombie takes a PID until then."}
	return f
}
