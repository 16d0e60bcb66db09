package look

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"sync"
	"sync/atomic"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// readAll is the bulk pass: /proc/PID/stat of every process, in one read each,
// spread over the CPUs.
func (r *reading) readAll() error {
	batches := make(chan []int, 1024)
	var listErr error
	go func() {
		defer close(batches)
		listErr = r.eachPID(func(pids []int) { batches <- pids })
	}()
	var mu sync.Mutex
	var parts [][]facts.Process
	var gone atomic.Int64
	var wg sync.WaitGroup
	for range r.workers {
		wg.Go(func() {
			w := r.newStatWorker()
			for pids := range batches {
				part := make([]facts.Process, 0, len(pids))
				for _, pid := range pids {
					if s, ok := w.read(pid); ok {
						part = append(part, facts.Process{Stat: s})
					}
				}
				r.opts.Progress.Read.Add(int64(len(pids)))
				mu.Lock()
				parts = append(parts, part)
				mu.Unlock()
			}
			gone.Add(int64(w.gone))
		})
	}
	wg.Wait()
	if listErr != nil {
		return listErr
	}
	parts = slices.DeleteFunc(parts, func(p []facts.Process) bool { return len(p) == 0 })
	sort.Slice(parts, func(i, j int) bool { return parts[i][0].PID < parts[j][0].PID })
	r.snap.Procs = slices.Concat(parts...)
	facts.SortProcesses(r.snap.Procs)
	r.snap.Vanished = int(gone.Load())
	return nil
}

func (r *reading) eachPID(fn func([]int)) error {
	odd, err := r.src.PIDs(fn)
	for _, name := range odd {
		r.unread(0, "proc/"+name, errors.New("the kernel writes no PID like this")) // "007" would be a second PID 7
	}
	switch {
	case errors.Is(err, ErrCrowd):
		return fmt.Errorf("%s: %w", r.src.Name(), err)
	case err != nil:
		return fmt.Errorf("%s: listing proc: %w", r.src.Name(), Reason(err))
	}
	return nil
}

type statWorker struct {
	r     *reading
	stats StatReader
	names facts.Names
	gone  int
}

func (r *reading) newStatWorker() *statWorker {
	return &statWorker{r: r, stats: r.src.Stats(), names: facts.Names{}}
}

// read returns the stat of a process; false: it has exited, or cannot be read,
// which is then noted.
func (w *statWorker) read(pid int) (facts.Stat, bool) {
	b, err := w.stats.Read(pid)
	return w.take(pid, b, err)
}

// reread is read for a process that has been read before: a recording then has
// its state of now, and that it exited.
func (w *statWorker) reread(pid int) (facts.Stat, bool) {
	b, err := w.r.src.Read(facts.Path(pid, "stat"), MaxStat)
	return w.take(pid, b, err)
}

func (w *statWorker) take(pid int, b []byte, err error) (facts.Stat, bool) {
	var s facts.Stat
	if err == nil {
		s, err = w.names.ParseStat(pid, b)
	}
	switch {
	case err == nil:
		return s, true
	case w.r.src.Ended(pid, "stat", err):
		w.gone++
	default:
		w.r.unread(pid, facts.Path(pid, "stat"), err)
	}
	return facts.Stat{}, false
}

// findParents settles what a look at a moving system leaves open: a parent that
// we do not see was born after the listing, or has exited since, in which case
// its children have another parent now. Any other missing parent is hidden from
// us.
func (r *reading) findParents() {
	w := r.newStatWorker()
	hopeless := map[int]bool{}
	for range 5 { // each round follows one more generation
		lost := map[int]bool{} // processes whose parent is not visible
		for _, p := range r.snap.Orphaned() {
			if !hopeless[p.PID] {
				lost[p.PID] = true
			}
		}
		if len(lost) == 0 {
			return
		}
		var found []facts.Process
		reread := map[int]bool{}
		keep := r.snap.Procs[:0:0]
		for _, p := range r.snap.Procs {
			if lost[p.PID] {
				if ppid := p.PPID; !reread[ppid] {
					reread[ppid] = true
					if s, ok := w.read(ppid); ok {
						found = append(found, facts.Process{Stat: s})
					}
				}
				s, ok := w.reread(p.PID)
				if !ok {
					r.snap.Vanished++
					continue
				}
				if s.StartTicks == p.StartTicks {
					hopeless[p.PID] = s.PPID == p.PPID && !slices.ContainsFunc(found, func(f facts.Process) bool { return f.PID == s.PPID })
				} else { // another process has its PID now
					r.snap.Vanished++
					p = facts.Process{}
				}
				p.Stat = s
			}
			keep = append(keep, p)
		}
		r.snap.Procs = append(keep, found...)
		facts.SortProcesses(r.snap.Procs)
		r.snap.Procs = slices.CompactFunc(r.snap.Procs, func(a, b facts.Process) bool { return a.PID == b.PID })
	}
}
