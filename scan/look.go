package scan

import (
	"cmp"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// maxRecorded bounds the processes that are taken from what somebody sent. Each
// costs some kilobytes by the time that it is reported on, and more where each
// is the parent of the next. A machine that is looked at live may have more.
const maxRecorded = 300_000

var errCrowd = fmt.Errorf("more than %d processes are in it, which is more than a report can be made of", maxRecorded)

// DefaultSettle is how long after the first look the second one is taken.
const DefaultSettle = 100 * time.Millisecond

// Options of a look.
type Options struct {
	// Settle is the time to the second look at zombies and their parents; 0:
	// one look only. A recording holds the second look that was taken then.
	Settle time.Duration
	// AllNamespaces also looks for the PID 1 of PID namespaces, and for the
	// first processes of containers, that have no zombie. It reads the status
	// of every process for that.
	AllNamespaces bool
	// Progress, when it is set, counts what the look has done so far.
	Progress *Progress
	// Redact leaves the values of arguments out of a capture.
	Redact bool
	// Only restricts a capture to these processes, their descendants and
	// their ancestors.
	Only []int
	// Focus are processes of interest though they may have nothing to do with a
	// zombie: they and their ancestors are looked at as closely as the parents
	// of zombies.
	Focus []int
}

// Progress counts what a look has done, for whoever wants to show it.
type Progress struct {
	Read   atomic.Int64 // processes of which stat was read
	Closer atomic.Int64 // that were looked at deeper
}

func (p *Progress) read(n int) {
	if p != nil {
		p.Read.Add(int64(n))
	}
}

func (p *Progress) closer() {
	if p != nil {
		p.Closer.Add(1)
	}
}

// Look reads a root once, and zombies and their parents twice. On a live one a
// thread of this process may end, which asked the clock of each CPU: what that
// thread had started with PR_SET_PDEATHSIG (prctl(2)) gets the signal.
func Look(r *Root, o Options) (*Snapshot, error) { return newLooker(r, o).look() }

// looker is one look in progress.
type looker struct {
	root *Root
	opts Options
	snap *Snapshot
	pids []int      // nil: all
	mu   sync.Mutex // guards snap.Unread
	// mounted holds the mounts that can tell something.
	mounted []Mount
	// again: this is the second look.
	again bool
	// kept are processes that were not read in this look: see Watch.
	kept map[int]bool
}

func newLooker(r *Root, o Options) *looker {
	l := &looker{root: r, opts: o, snap: &Snapshot{}}
	l.snap.Source = Source{Kind: Recorded, Path: r.name}
	if r.live {
		l.snap.Source.Kind = Live
	}
	return l
}

func (l *looker) look() (*Snapshot, error) {
	if s := l.root.listed; s != nil {
		if len(s.Procs) > maxRecorded {
			return nil, fmt.Errorf("%s: %w", l.root.name, errCrowd)
		}
		return s, nil
	}
	l.readHost()
	if err := l.readAll(); err != nil {
		return nil, err
	}
	if len(l.snap.Procs) == 0 {
		return nil, l.nothing()
	}
	if l.pids != nil {
		l.snap.Only = l.pids
	}
	first := time.Now()
	if l.root.live {
		l.findParents()
	}
	l.readDeep()
	l.readClocks()
	l.readLimits()
	l.readNames()
	l.readAgain(first)
	l.sortUnread()
	return l.snap, nil
}

// nothing is the error where not one process was read.
func (l *looker) nothing() error {
	for _, u := range l.snap.Unread {
		if strings.HasSuffix(u.File, "/stat") {
			return fmt.Errorf("%s: no process can be read: %s: %s", l.root.name, u.File, u.Reason)
		}
	}
	return fmt.Errorf("%s: no process in view", l.root.name)
}

// readAll is the bulk pass: /proc/PID/stat of every process, in one read each,
// spread over the CPUs.
func (l *looker) readAll() error {
	batches := make(chan []int, 1024)
	var listErr error
	go func() {
		defer close(batches)
		listErr = l.eachPID(func(pids []int) { batches <- pids })
	}()
	var mu sync.Mutex
	var parts [][]Process
	var gone atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			w := l.newStatWorker()
			for pids := range batches {
				part := make([]Process, 0, len(pids))
				for _, pid := range pids {
					if s, ok := w.read(pid); ok {
						part = append(part, Process{Stat: s})
					}
				}
				l.opts.Progress.read(len(pids))
				mu.Lock()
				parts = append(parts, part)
				mu.Unlock()
			}
			gone.Add(int64(w.gone))
		})
	}
	wg.Wait()
	switch {
	case errors.Is(listErr, errCrowd):
		return fmt.Errorf("%s: %w", l.root.name, listErr)
	case listErr != nil:
		return fmt.Errorf("%s: listing proc: %w", l.root.name, reason(listErr))
	}
	parts = slices.DeleteFunc(parts, func(p []Process) bool { return len(p) == 0 })
	slices.SortFunc(parts, func(a, b []Process) int { return cmp.Compare(a[0].PID, b[0].PID) })
	l.snap.Procs = slices.Concat(parts...)
	facts.SortProcesses(l.snap.Procs)
	l.snap.Vanished = int(gone.Load())
	return nil
}

// eachPID hands out the PIDs to read in batches.
func (l *looker) eachPID(fn func([]int)) error {
	if t, ok := l.root.proc.(liveTree); ok && l.pids == nil {
		return t.eachPID(fn)
	}
	pids := l.pids
	if pids == nil {
		names, err := l.root.list("proc")
		if err != nil {
			return err
		}
		for _, n := range names {
			if pid, ok := facts.ParsePID(n); ok {
				pids = append(pids, pid)
			} else if n != "" && n[0] >= '0' && n[0] <= '9' {
				// "007" would be a second PID 7.
				l.unread(0, "proc/"+n, errors.New("is not how the kernel writes a PID"))
			}
		}
		slices.Sort(pids)
		if len(pids) > maxRecorded && !l.root.live {
			return errCrowd
		}
	}
	for batch := range slices.Chunk(pids, 512) {
		fn(batch)
	}
	return nil
}

// statWorker reads stat files for one goroutine.
type statWorker struct {
	l    *looker
	live *statReader
	// names saves an allocation for most processes: names repeat.
	names facts.Names
	gone  int
}

func (l *looker) newStatWorker() *statWorker {
	w := &statWorker{l: l, names: facts.Names{}}
	if t, ok := l.root.proc.(liveTree); ok {
		w.live = t.statReader()
	}
	return w
}

// read returns the stat of a process; false: it has ended, or cannot be read,
// which is then recorded.
func (w *statWorker) read(pid int) (Stat, bool) {
	var b []byte
	var err error
	root := w.l.root
	if w.live != nil {
		b, err = w.live.read(pid)
		if root.tee != nil {
			root.tee.stat(pid, b, err)
		}
	} else {
		b, err = root.readLimit(facts.Path(pid, "stat"), 4096)
	}
	s, err := w.parse(pid, b, err)
	switch {
	case err == nil:
		return s, true
	case vanished(err) && (root.live || root.rec.failure(facts.Path(pid, "stat")) != nil || root.rec.leftOut(pid)),
		errors.Is(err, facts.ErrReleased):
		w.gone++
	default:
		w.l.unread(pid, facts.Path(pid, "stat"), err)
	}
	return Stat{}, false
}

func (w *statWorker) parse(pid int, b []byte, err error) (Stat, error) {
	if err != nil {
		return Stat{}, err
	}
	return w.names.ParseStat(pid, b)
}

// findParents settles what a look at a moving system leaves open: a parent
// that is not in view was born after the listing, or has ended since, in
// which case its children have another parent now. Whatever remains is a
// parent that is hidden from us.
func (l *looker) findParents() {
	w := l.newStatWorker()
	hopeless := map[int]bool{}
	for range 5 { // each round follows one more generation
		lost := map[int]bool{} // processes whose parent is not in view
		for _, p := range l.snap.Orphaned() {
			if !hopeless[p.PID] {
				lost[p.PID] = true
			}
		}
		if len(lost) == 0 {
			return
		}
		var found []Process
		reread := map[int]bool{}
		keep := l.snap.Procs[:0:0]
		for _, p := range l.snap.Procs {
			if lost[p.PID] {
				if ppid := p.PPID; !reread[ppid] {
					reread[ppid] = true
					if s, ok := w.read(ppid); ok {
						found = append(found, Process{Stat: s})
					}
				}
				s, ok := w.read(p.PID)
				if !ok || s.StartTicks != p.StartTicks {
					l.snap.Vanished++
					l.root.tee.forget(facts.Path(p.PID, "stat"))
					continue
				}
				hopeless[p.PID] = s.PPID == p.PPID && !slices.ContainsFunc(found, func(f Process) bool { return f.PID == s.PPID })
				p.Stat = s
			}
			keep = append(keep, p)
		}
		l.snap.Procs = append(keep, found...)
		facts.SortProcesses(l.snap.Procs)
		l.snap.Procs = slices.CompactFunc(l.snap.Procs, func(a, b Process) bool { return a.PID == b.PID })
	}
}

// readAgain takes the second look at zombies and their parents.
func (l *looker) readAgain(first time.Time) {
	again := &SecondLook{Procs: map[int]*Again{}}
	if rec := l.root.rec; rec != nil {
		if rec.Again == nil {
			return
		}
		again.After, again.Asked = time.Duration(rec.Again.AfterMs)*time.Millisecond, rec.Again.PIDs
	} else {
		if !l.root.live || l.opts.Settle <= 0 {
			return
		}
		if again.Asked = l.suspects(); len(again.Asked) == 0 {
			return
		}
		time.Sleep(l.opts.Settle - time.Since(first))
		again.After = time.Since(first)
	}
	if l.root.tee != nil {
		l.root.tee.prefix = againDir
	}
	w := l.newStatWorker()
	lost := map[int]bool{} // asked for, and what was seen is lost
	for _, pid := range again.Asked {
		p := l.snap.Find(pid)
		if p == nil {
			continue
		}
		b, err := l.readAgainFile(facts.Path(pid, "stat"))
		s, err := w.parse(pid, b, err)
		if err != nil {
			// Only what is known to have ended has ended: a recording may have
			// lost the file.
			ended := errors.Is(err, facts.ErrReleased) ||
				vanished(err) && (l.root.live || l.root.rec.failure(againDir+facts.Path(pid, "stat")) != nil)
			if !ended {
				l.unread(pid, againDir+facts.Path(pid, "stat"), err)
				lost[pid] = true
			}
			continue
		}
		a := &Again{Stat: s}
		if p.State != Zombie {
			l.readCloserAgain(p, a)
		}
		again.Procs[pid] = a
	}
	again.Asked = slices.DeleteFunc(slices.Clone(again.Asked), func(pid int) bool { return lost[pid] })
	slices.Sort(again.Asked) // a recording may hold them in any order
	l.snap.Again = again
}

// readCloserAgain reads what a process that lives does at the second look.
func (l *looker) readCloserAgain(p *Process, a *Again) {
	q := &Process{Stat: a.Stat, Deep: &Detail{}}
	l.again = true
	defer func() { l.again = false }()
	fact(l, q, "status", ParseStatus, &a.Status)
	fact(l, q, "wchan", facts.ParseWord, &a.Wchan)
	if p.Undecided() {
		l.readThreads(q)
		a.Threads = q.Deep.Threads
	}
}

// readAgainFile reads a file of the second look: live the file itself, in a
// recording its second copy.
func (l *looker) readAgainFile(name string) ([]byte, error) {
	if !l.root.live {
		name = againDir + name
	}
	return l.root.read(name)
}

// path is the path of a file of a process: in a recording, at the second look,
// that of its second copy.
func (l *looker) path(pid int, file string) string {
	if l.again && !l.root.live {
		return againDir + facts.Path(pid, file)
	}
	return facts.Path(pid, file)
}

// maxFirst bounds the zombies of one parent that are looked at twice though
// they are no passing ones: to see whether it reaps, and is late.
const maxFirst = 16

// suspects returns what one look cannot judge: zombies that may be passing
// ones, with their parents and the zombies that these ought to reap first;
// parents whose state or signals may be those of a moment; and a PID 1 that
// waits for the end of its namespace. Where there is nothing of the kind there
// is nothing to wait for.
func (l *looker) suspects() []int {
	var pids []int
	ages := NewAges(l.snap)
	busy := map[int]bool{}          // parents of zombies that may be passing ones
	lasting := map[int][]*Process{} // by parent
	for i := range l.snap.Procs {
		p := &l.snap.Procs[i]
		switch {
		case p.State != Zombie:
			if p.Lingers() && p.Deep != nil {
				pids = append(pids, p.PID)
			}
		case ages.Of(p).Lasting():
			lasting[p.PPID] = append(lasting[p.PPID], p)
		default:
			busy[p.PPID] = true
			pids = append(pids, p.PID)
		}
	}
	for ppid := range busy {
		if ppid != 0 {
			pids = append(pids, ppid)
		}
		// The kernel looks for a child to wait for in the order of their birth.
		first := lasting[ppid]
		slices.SortFunc(first, func(a, b *Process) int { return cmp.Compare(a.StartTicks, b.StartTicks) })
		for _, p := range first[:min(len(first), maxFirst)] {
			pids = append(pids, p.PID)
		}
	}
	for ppid := range lasting {
		if p := l.snap.Find(ppid); p != nil && p.Undecided() {
			pids = append(pids, ppid)
		}
	}
	pids = slices.DeleteFunc(pids, func(pid int) bool { return l.kept[pid] })
	slices.Sort(pids)
	return slices.Compact(pids)
}

func (l *looker) unread(pid int, file string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.snap.Unread = append(l.snap.Unread, Unread{
		PID: pid, File: file, Denied: denied(err), Reason: reason(err).Error(),
	})
}

func (l *looker) skipped(pid int, file, why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.snap.Unread = append(l.snap.Unread, Unread{PID: pid, File: file, Skipped: true, Reason: why})
}

func (l *looker) sortUnread() {
	facts.SortUnread(l.snap.Unread)
	l.snap.Unread = slices.CompactFunc(l.snap.Unread, func(a, b Unread) bool { return a.PID == b.PID && a.File == b.File })
}
