package cmd

import (
	"errors"
	"os"
	"os/signal"
	"runtime/debug"
	"time"

	"golang.org/x/sys/unix"

	"github.com/zombiectl/zombiectl/screen"
	"github.com/zombiectl/zombiectl/sys"
)

func (w *watcher) run() error {
	// It allocates the same things again and again, and has time: memory that
	// stays small is worth more than speed here.
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, append(ends(), unix.SIGQUIT, unix.SIGCHLD, unix.SIGWINCH, unix.SIGTSTP, unix.SIGCONT)...)
	defer signal.Stop(signals)
	ended, stop := untilEnd(unix.SIGQUIT)
	defer stop()
	// One that nobody reads any more shall not keep it from ending.
	w.terminal = w.s.Out
	w.s.Out = &endable{Writer: w.s.Out, ctx: ended, patient: farewell}

	w.view.Interval = w.flags.interval
	began := time.Now()
	if err := w.look(true); err != nil {
		return err
	}
	keys := w.fill()
	defer w.screen.Leave() // however it exits
	err := w.goOn(began, keys, signals)
	if w.screen != nil && errors.Is(err, unix.EIO) { // the terminal is gone, and the signal that says so is on its way
		return w.end(false)
	}
	return err
}

// goOn shows the look, then looks and shows until it is to stop, and exits.
func (w *watcher) goOn(began time.Time, keys <-chan screen.Key, signals <-chan os.Signal) error {
	if err := w.show(); err != nil {
		return err
	}
	for next := began.Add(w.view.Interval); ; {
		if w.reached() || w.flags.length > 0 && time.Since(began) >= w.flags.length {
			return w.end(true)
		}
		at := next
		if end := began.Add(w.flags.length); w.flags.length > 0 && end.Before(at) {
			at = end
		}
		select {
		case <-time.After(time.Until(at)):
			if at != next {
				continue // the time is up: the last look comes at the end
			}
			if err := w.look(time.Since(w.fullAt) >= max(fullEvery, fullShare*w.fullCost)); err != nil {
				return err
			}
			if err := w.show(); err != nil {
				return err
			}
			// Counted from the end when a look took longer than the interval.
			if next = next.Add(w.view.Interval); next.Before(time.Now()) {
				next = time.Now().Add(w.view.Interval)
			}
		case sig := <-signals:
			if end, err := w.signal(sig); err != nil {
				return err
			} else if end {
				return w.end(sig != unix.SIGHUP) // then the terminal is gone
			}
		case k := <-keys:
			if end, err := w.key(k); err != nil {
				return err
			} else if end {
				return w.end(true)
			}
		}
	}
}

// signal does what a signal asks for, and reports whether to end.
func (w *watcher) signal(sig os.Signal) (end bool, err error) {
	switch sig {
	case unix.SIGCHLD:
		sys.ReapAdopted()
	case unix.SIGWINCH:
		return false, w.redraw()
	case unix.SIGTSTP:
		w.screen.Leave()
		return false, stop()
	case unix.SIGCONT:
		// Whoever stopped us had the terminal meanwhile, and may have it still.
		w.screen.Leave()
		return false, w.redraw()
	default:
		return true, nil
	}
	return false, nil
}
