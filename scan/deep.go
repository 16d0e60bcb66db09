package scan

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// readDeep reads more of the processes of interest, so that depth costs with
// the zombies and not with the machine: zombies; their parents, all ancestors
// and tracers; the PID 1 of our namespace and of each that holds a zombie.
func (l *looker) readDeep() {
	var zombies []*Process
	for i := range l.snap.Procs {
		if p := &l.snap.Procs[i]; p.State == Zombie {
			zombies = append(zombies, p)
		}
	}
	l.each(zombies, l.readZombie)

	in := newInterest(l.snap)
	for _, z := range zombies {
		in.addParents(z)
		in.add(l.tracerOf(z), true)
	}
	in.add(l.snap.Find(1), true)
	// What a capture was restricted to is what somebody will ask about.
	for _, pid := range slices.Concat(l.opts.Only, l.opts.Focus) {
		in.addFocus(l.snap.Find(pid))
	}
	for i := range l.snap.Procs {
		if p := &l.snap.Procs[i]; p.Lingers() {
			in.add(p, true)
		}
	}
	l.each(in.list(), func(p *Process) { l.readRelative(p, in.close[p.PID]) })
	l.readNextOfKin(zombies)
	l.readInits(zombies)

	// Namespaces whose PID 1 is no ancestor of the zombie: it was entered from
	// outside. Rare, and the only way to find its PID 1 is to look at all.
	asked := slices.Clone(zombies)
	for _, pid := range l.opts.Focus {
		if p := l.snap.Find(pid); p != nil {
			asked = append(asked, p)
		}
	}
	if missing := l.namespacesWithoutPID1(asked); len(missing) > 0 {
		pid1s := l.findPID1s(missing)
		l.each(pid1s, func(p *Process) { l.readRelative(p, true) })
		in.add(l.snap.Find(1), true)
	}
	if l.opts.AllNamespaces {
		l.each(l.findTops(), func(p *Process) { l.readRelative(p, true) })
	}
	l.readDying()
	l.readCmdlines()
}

// interest collects the processes that are worth a deeper look; close are
// those of which threads and descriptors are read too.
type interest struct {
	snap  *Snapshot
	procs map[int]*Process
	close map[int]bool
}

func newInterest(s *Snapshot) *interest {
	return &interest{snap: s, procs: map[int]*Process{}, close: map[int]bool{}}
}

func (in *interest) add(p *Process, near bool) {
	if p == nil || p.State == Zombie || p.KernelThread() {
		return
	}
	in.close[p.PID] = in.close[p.PID] || near
	in.procs[p.PID] = p
}

// addParents adds the parent of a zombie, and the ancestors of that.
func (in *interest) addParents(z *Process) {
	in.add(in.snap.Find(z.PPID), true)
	for p := in.snap.Find(z.PPID); p != nil; {
		if p = in.snap.Find(p.PPID); p == nil || in.procs[p.PID] != nil {
			return
		}
		in.add(p, false)
		if p.State == Zombie || p.KernelThread() {
			return
		}
	}
}

// addFocus adds a process and all of its ancestors.
func (in *interest) addFocus(p *Process) {
	for range len(in.snap.Procs) { // parents that form a loop end, too
		if p == nil {
			return
		}
		in.add(p, true)
		p = in.snap.Find(p.PPID)
	}
}

func (in *interest) list() []*Process {
	out := make([]*Process, 0, len(in.procs))
	for _, p := range in.procs {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b *Process) int { return a.PID - b.PID })
	return out
}

// each calls fn for every process, on all CPUs.
func (l *looker) each(procs []*Process, fn func(*Process)) {
	l.eachIndex(len(procs), func(i int) { fn(procs[i]) })
}

// eachIndex calls fn for 0 to n-1, on all CPUs.
func (l *looker) eachIndex(n int, fn func(int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				fn(i)
			}
		})
	}
	wg.Wait()
}

// readZombie reads what is left of a zombie. Its cgroup is not: on v1 it is
// always "/", so the parent's tells more.
func (l *looker) readZombie(p *Process) {
	l.opts.Progress.closer()
	if p.Deep != nil {
		return // by the look before: nothing of it changes
	}
	p.Deep = &Detail{}
	fact(l, p, "status", ParseStatus, &p.Deep.Status)
	if p.Gone {
		return
	}
	fact(l, p, "sched", ParseSched, &p.Deep.Sched)
	// With one PID it is in the namespace of the procfs, which is known. Where
	// its exit status is in doubt the link shows whether we may see that.
	if len(p.NSpid()) != 1 || !p.ExitVisible() {
		l.readPIDNS(p)
	}
	if p.NumThreads > 1 {
		l.readThreads(p)
	}
}

// readRelative reads a live process of interest.
func (l *looker) readRelative(p *Process, near bool) {
	if p.Deep != nil {
		return
	}
	l.opts.Progress.closer()
	p.Deep = &Detail{}
	// Between stat and status, whose names tell whether it was exec'd meanwhile.
	exe, err := l.root.readlink(facts.Path(p.PID, "exe"))
	fact(l, p, "status", ParseStatus, &p.Deep.Status)
	if p.Gone {
		return
	}
	if err == nil {
		p.Deep.Exe = Some(exe)
	} else {
		l.missed(p, "exe", err)
	}
	l.readPIDNS(p)
	fact(l, p, "cgroup", ParseCgroups, &p.Deep.Cgroups)
	fact(l, p, "wchan", facts.ParseWord, &p.Deep.Wchan)
	if near {
		fact(l, p, "sched", ParseSched, &p.Deep.Sched)
		l.readThreads(p)
		l.readFDs(p)
	}
}

// fact reads and parses one file of a process.
func fact[T any](l *looker, p *Process, file string, parse func([]byte) (T, error), to *Opt[T]) {
	b, err := l.root.read(l.path(p.PID, file))
	if err == nil {
		var v T
		if v, err = parse(b); err == nil {
			*to = Some(v)
			return
		}
	}
	l.missed(p, file, err)
}

// missed notes why a fact is missing. That a process ended is no reason to
// note, and a kernel may have been built without the file.
func (l *looker) missed(p *Process, file string, err error) {
	if errors.Is(err, syscall.EAGAIN) {
		return // it moved while it was looked at
	}
	if why, ok := errors.AsType[errLeftOut](err); ok {
		l.skipped(p.PID, facts.Path(p.PID, file), why.Error())
		return
	}
	if !vanished(err) {
		l.unread(p.PID, facts.Path(p.PID, file), err)
		return
	}
	if file == "status" && (l.root.live || l.root.rec.failure(facts.Path(p.PID, file)) != nil) {
		p.Gone = true
	}
}

func (l *looker) readPIDNS(p *Process) {
	s, err := l.root.readlink(facts.Path(p.PID, "ns/pid"))
	if err == nil {
		p.Deep.PIDNS, err = facts.ParseNamespace(s)
	}
	if err != nil {
		l.missed(p, "ns/pid", err)
	}
}

// maxThreads bounds what is read of one process. A reader of more than that
// many threads would be the load that it looks for.
const maxThreads = 4096

func (l *looker) readThreads(p *Process) {
	dir := l.path(p.PID, "task")
	names, err := l.root.list(dir)
	if err != nil {
		l.missed(p, "task", err)
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
		l.skipped(p.PID, facts.Path(p.PID, "task"), fmt.Sprintf("%d threads, only %d were looked at", len(tids), maxThreads))
		tids, p.Deep.ThreadsCut = tids[:maxThreads], true
	}
	threads := make([]Thread, 0, len(tids))
	for _, tid := range tids {
		t := Thread{TID: tid}
		sub := "task/" + strconv.Itoa(tid) + "/"
		fact(l, p, sub+"stat", ParseStat, &t.Stat)
		if s, ok := t.Stat.Get(); ok && s.State != Zombie && s.State != Dead {
			l.readWait(p, sub, &t)
			if p.State != Zombie && p.NumThreads == 1 { // of several threads the order says nothing
				fact(l, p, sub+"children", facts.ParseChildren, &t.Children)
			}
		}
		threads = append(threads, t)
	}
	p.Deep.Threads = Some(threads)
}

// readWait reads what a thread waits for and its signal mask, of one moment: a
// thread in sigtimedwait shows another mask than it has outside. When it moved
// meanwhile it counts as running, in a recording too.
func (l *looker) readWait(p *Process, sub string, t *Thread) {
	fact(l, p, sub+"syscall", ParseSyscall, &t.Syscall)
	fact(l, p, sub+"wchan", facts.ParseWord, &t.Wchan)
	fact(l, p, sub+"status", ParseStatus, &t.Status)
	if st, ok := t.Status.Get(); ok {
		st.Groups = Opt[[]int]{} // may be long, and nobody asks a thread
		t.Status = Some(st)
	}
	first, ok := t.Syscall.Get()
	if !ok || !l.root.live {
		return
	}
	var again Opt[Syscall]
	fact(l, p, sub+"syscall", ParseSyscall, &again)
	if second, ok := again.Get(); !ok || second != first {
		t.Syscall, t.Wchan = Some(Syscall{Running: true}), Opt[string]{}
		l.root.tee.read(facts.Path(p.PID, sub+"syscall"), []byte("running\n"), nil)
		l.root.tee.read(facts.Path(p.PID, sub+"wchan"), nil, syscall.EAGAIN)
	}
}

// readFDs reads pidfds and signalfds: what a process waits for. What else it
// has open is nobody's business.
func (l *looker) readFDs(p *Process) {
	names, err := l.root.list(facts.Path(p.PID, "fdinfo"))
	if err != nil {
		l.missed(p, "fdinfo", err)
		return
	}
	fds := []FDInfo{}
	for _, n := range names {
		fd, err := strconv.Atoi(n)
		if err != nil || fd < 0 {
			continue
		}
		if l.root.live && !l.waitable(p.PID, n) {
			continue // a recording holds no others
		}
		b, err := l.root.read(facts.Path(p.PID, "fdinfo/"+n))
		if err == nil {
			var info FDInfo
			if info, err = facts.ParseFDInfo(fd, b); err == nil {
				fds = append(fds, info)
			}
		}
		if err != nil {
			l.missed(p, "fdinfo/"+n, err)
		}
	}
	slices.SortFunc(fds, func(a, b FDInfo) int { return a.FD - b.FD })
	p.Deep.FDs = Some(fds)
}

// waitable tells pidfds and signalfds from the rest by the link's text, which
// is not recorded.
func (l *looker) waitable(pid int, fd string) bool {
	s, err := l.root.proc.readlink(facts.Path(pid, "fd/"+fd))
	return err == nil && (s == "anon_inode:[signalfd]" || s == "anon_inode:[pidfd]" || strings.HasPrefix(s, "pidfd:"))
}

// cmdlineTimeout is how long reading a command line may take. It needs the
// mmap lock of the process, which one stuck in the kernel never gives back.
const (
	cmdlineTimeout = 200 * time.Millisecond
)

// readCmdlines reads command lines last of all, since it may hang.
func (l *looker) readCmdlines() {
	var procs []*Process
	for i := range l.snap.Procs {
		if p := &l.snap.Procs[i]; p.Deep != nil && p.State != Zombie && !p.Gone && !p.Deep.Cmdline.Known() {
			procs = append(procs, p)
		}
	}
	var stuck atomic.Int64
	l.each(procs, func(p *Process) {
		if stuck.Load() > 8 { // each leaves a thread behind that nothing can end
			l.root.tee.read(facts.Path(p.PID, "cmdline"), nil, syscall.ETIMEDOUT)
			l.skipped(p.PID, facts.Path(p.PID, "cmdline"), "did not answer in time")
			return
		}
		b, err := l.readSlow(facts.Path(p.PID, "cmdline"))
		if errors.Is(err, syscall.ETIMEDOUT) {
			stuck.Add(1)
			l.skipped(p.PID, facts.Path(p.PID, "cmdline"), "did not answer in time")
			return
		}
		if err != nil {
			l.missed(p, "cmdline", err)
			return
		}
		p.Deep.Cmdline = Some(facts.ParseCmdline(b))
	})
}

func (l *looker) readSlow(name string) ([]byte, error) {
	t, ok := l.root.proc.(liveTree)
	if !ok {
		return l.root.readLimit(name, facts.MaxCmdline)
	}
	type result struct {
		b   []byte
		err error
	}
	done := make(chan result, 1)
	go func() {
		b, err := t.readBlocking(name, facts.MaxCmdline)
		done <- result{b, err}
	}()
	var got result
	select {
	case got = <-done:
	case <-time.After(cmdlineTimeout):
		got.err = syscall.ETIMEDOUT
	}
	l.root.tee.read(name, got.b, got.err)
	return got.b, got.err
}
