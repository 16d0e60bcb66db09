package cmd

import (
	"fmt"
	"io"
	"time"

	"golang.org/x/sys/unix"

	"github.com/zombiectl/zombiectl/cmd/watchview"
	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/verdict"
	"github.com/zombiectl/zombiectl/report"
	"github.com/zombiectl/zombiectl/report/doc"
	"github.com/zombiectl/zombiectl/scan"
	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/screen"
	"github.com/zombiectl/zombiectl/sys"
)

// watcher looks again and again, and shows the result.
type watcher struct {
	s      Streams
	flags  watchFlags
	src    *sourceFlags
	policy verdict.Policy
	style  report.Style
	format string
	scan   *scan.Watch

	screen   *screen.Screen // nil: not on a terminal
	terminal io.Writer      // where screen is shown
	picture  *watchview.View

	view     doc.Watch
	process  *diagnose.Process // whose page is open; nil: none is, or it is not there
	fullAt   time.Time
	fullCost time.Duration // CPU time of a full look
	noted    string
}

// These are how often everything is read, also the facts that pidfds do not
// show. However much that costs, it shall be no more than 2 % of a CPU.
const (
	fullEvery = 30 * time.Second
	fullShare = 50
	// bluntShare bounds the cost where every look is a full one: 5 %.
	bluntShare = 20
)

func (w *watcher) look(full bool) error {
	// We have no children of our own: these were given to us. To watch for who
	// does not reap without reaping would not do.
	sys.ReapAdopted()
	before, wasSharp := cpuTime(), w.scan.Blunt() == nil
	take := w.scan.Quick
	if full {
		take = w.scan.Full
	}
	s, err := take()
	if err != nil {
		return err
	}
	d := w.diagnose(s)
	w.view.Full = full
	if w.view.Tally == nil {
		if w.src.filter.Set() && !d.Matched {
			return w.src.noMatch()
		}
		w.view.Tally = diagnose.NewTally(d)
	} else if w.view.Step, err = w.view.Tally.Add(d); err != nil {
		return err
	}
	cost := cpuTime() - before
	if full {
		w.fullAt, w.fullCost = time.Now(), cost
	}
	w.adjust(cost, full, wasSharp)
	return nil
}

// diagnose judges a look, and answers about the process whose page is open.
func (w *watcher) diagnose(s *facts.Snapshot) *diagnose.Diagnosis {
	w.process = nil
	if w.picture != nil {
		if pid, open := w.picture.Asked(); open && pid > 0 {
			w.process = diagnose.Inspect(s, pid, w.src.options())
		}
	}
	if w.process != nil {
		return w.process.Diagnosis
	}
	return diagnose.Diagnose(s, w.src.options())
}

// adjust keeps the cost bounded where a cheap way to look is missing.
func (w *watcher) adjust(cost time.Duration, full, wasSharp bool) {
	w.view.Interval, w.view.Note = w.flags.interval, ""
	blunt := w.scan.Blunt()
	if blunt != nil {
		if least := bluntShare * cost; least > w.flags.interval {
			const step = 100 * time.Millisecond
			w.view.Interval = (least + step - 1).Truncate(step)
			w.view.Note = fmt.Sprintf("looks every %s and not every %s, to cost no more than 5 %% of a CPU: every process has to be read, because %v",
				w.view.Interval, w.flags.interval, blunt)
		}
	}
	if !full && (wasSharp || blunt != nil) {
		share := float64(cost) / float64(w.view.Interval)
		if was, ok := w.view.Cost.Get(); ok {
			share = was + (share-was)/8 // one look is noise
		}
		w.view.Cost = facts.Some(share)
	}
}

// cpuTime is what we have used until now, of all CPUs.
func cpuTime() time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
