package look

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"syscall"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// readZombie reads the files that a zombie still has. It leaves out its cgroup:
// on v1 that is always "/", so the parent's shows more.
func (r *reading) readZombie(p *facts.Process) {
	r.opts.Progress.Closer.Add(1)
	if p.Deep != nil {
		return // by the look before: nothing of it changes
	}
	p.Deep = &facts.Detail{}
	fact(r, p, "status", facts.ParseStatus, &p.Deep.Status)
	if p.Gone {
		return
	}
	fact(r, p, "sched", facts.ParseSched, &p.Deep.Sched)
	// With one PID it is in the namespace of the procfs, which is known. Where
	// its exit status is in doubt the link shows whether we may see that.
	if len(p.NSpid()) != 1 || !p.ExitVisible() {
		r.readPIDNS(p)
	}
	if p.NumThreads > 1 {
		r.readThreads(p)
	}
}

func (r *reading) readRelative(p *facts.Process, near bool) {
	if p.Deep != nil {
		return
	}
	r.opts.Progress.Closer.Add(1)
	p.Deep = &facts.Detail{}
	// Between stat and status, whose names show whether it was exec'd meanwhile.
	exe, err := r.src.Readlink(facts.Path(p.PID, "exe"))
	fact(r, p, "status", facts.ParseStatus, &p.Deep.Status)
	if p.Gone {
		return
	}
	if err == nil {
		p.Deep.Exe = facts.Some(exe)
	} else {
		r.missed(p, "exe", err)
	}
	r.readPIDNS(p)
	fact(r, p, "cgroup", facts.ParseCgroups, &p.Deep.Cgroups)
	fact(r, p, "wchan", facts.ParseWord, &p.Deep.Wchan)
	if near {
		fact(r, p, "sched", facts.ParseSched, &p.Deep.Sched)
		r.readThreads(p)
		r.readFDs(p)
	}
}

func (r *reading) readPIDNS(p *facts.Process) {
	ns, err := namespaceOf(r.src, p.PID)
	if err != nil {
		r.missed(p, "ns/pid", err)
		return
	}
	p.Deep.PIDNS = facts.Some(ns)
}

// readFDs reads pidfds and signalfds: what a process waits for. Its other open
// files are nobody's business.
func (r *reading) readFDs(p *facts.Process) {
	names, err := r.src.Descriptors(p.PID)
	if err != nil {
		r.missed(p, "fdinfo", err)
		return
	}
	fds := []facts.FDInfo{}
	for _, n := range names {
		fd, err := strconv.Atoi(n)
		if err != nil || fd < 0 {
			continue
		}
		info, err := Parsed(r.src, facts.Path(p.PID, "fdinfo/"+n), facts.ParseFDInfo)
		if err != nil {
			r.missed(p, "fdinfo/"+n, err)
			continue
		}
		info.FD = fd
		fds = append(fds, info)
	}
	sort.Slice(fds, func(i, j int) bool { return fds[i].FD < fds[j].FD })
	p.Deep.FDs = facts.Some(fds)
}

// readCmdlines reads command lines last of all, since it may hang.
func (r *reading) readCmdlines() {
	var procs []*facts.Process
	for p := range r.snap.All() {
		if p.Deep != nil && p.State != facts.Zombie && !p.Gone && !p.Deep.Cmdline.Known() {
			procs = append(procs, p)
		}
	}
	r.each(procs, func(p *facts.Process) {
		b, err := r.src.ReadSlow(facts.Path(p.PID, "cmdline"), facts.MaxCmdline)
		switch {
		case err == nil:
			p.Deep.Cmdline = facts.Some(facts.ParseCmdline(b))
		case errors.Is(err, syscall.ETIMEDOUT):
			r.skipped(p.PID, facts.Path(p.PID, "cmdline"), "did not answer in time")
		default:
			r.missed(p, "cmdline", err)
		}
	})
}

// maxThreads bounds the threads that are read of one process. A reader of more
// than that many threads would be the load that it looks for.
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
// thread in sigtimedwait shows another mask than it has outside. When it is in
// another system call afterwards it has moved, and counts as running.
func (r *reading) readWait(p *facts.Process, sub string, t *facts.Thread) {
	aside := r.src.Aside()
	read := func(file string) ([]byte, error) { return aside.Read(facts.Path(p.PID, sub+file), MaxFile) }
	call, callErr := read("syscall")
	wchan, wchanErr := read("wchan")
	status, statusErr := read("status")
	if first, err := facts.ParseSyscall(call); callErr == nil && err == nil {
		again, againErr := read("syscall")
		if second, err := facts.ParseSyscall(again); againErr != nil || err != nil || second != first {
			call, wchan, wchanErr = []byte("running\n"), nil, syscall.EAGAIN
		}
	}
	r.src.Keep(facts.Path(p.PID, sub+"syscall"), call, callErr)
	r.src.Keep(facts.Path(p.PID, sub+"wchan"), wchan, wchanErr)
	r.src.Keep(facts.Path(p.PID, sub+"status"), status, statusErr)
	parsed(r, p, sub+"syscall", call, callErr, facts.ParseSyscall, &t.Syscall)
	parsed(r, p, sub+"wchan", wchan, wchanErr, facts.ParseWord, &t.Wchan)
	parsed(r, p, sub+"status", status, statusErr, facts.ParseStatus, &t.Status)
	if st, ok := t.Status.Get(); ok {
		st.Groups = facts.Opt[[]int]{} // may be long, and nobody asks a thread
		t.Status = facts.Some(st)
	}
}
