package look

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
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
				r.opts.Progress.read(len(pids))
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
	slices.SortFunc(parts, func(a, b []facts.Process) int { return cmp.Compare(a[0].PID, b[0].PID) })
	r.snap.Procs = slices.Concat(parts...)
	facts.SortProcesses(r.snap.Procs)
	r.snap.Vanished = int(gone.Load())
	return nil
}

// eachPID hands out the PIDs to read in batches.
func (r *reading) eachPID(fn func([]int)) error {
	odd, err := r.src.PIDs(fn)
	for _, name := range odd {
		r.unread(0, "proc/"+name, errors.New("is not how the kernel writes a PID")) // "007" would be a second PID 7
	}
	switch {
	case errors.Is(err, ErrCrowd):
		return fmt.Errorf("%s: %w", r.src.Name(), err)
	case err != nil:
		return fmt.Errorf("%s: listing proc: %w", r.src.Name(), Reason(err))
	}
	return nil
}

// statWorker reads stat files for one goroutine.
type statWorker struct {
	r     *reading
	stats StatReader
	names facts.Names
	gone  int
}

func (r *reading) newStatWorker() *statWorker {
	return &statWorker{r: r, stats: r.src.Stats(), names: facts.Names{}}
}

// read returns the stat of a process; false: it has ended, or cannot be read,
// which is then noted.
func (w *statWorker) read(pid int) (facts.Stat, bool) {
	b, err := w.stats.Read(pid)
	return w.take(pid, b, err)
}

// reread is read for one that has been read before: a recording then has what it
// is now, and that it ended.
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
