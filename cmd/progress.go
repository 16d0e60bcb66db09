package cmd

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/zombiectl/zombiectl/scan"
)

// When standard error is gone nobody is left to report to.

const (
	// patience is how long a look may take before its progress is shown.
	patience = time.Second
	// wiping is how long an answer waits at most until the progress is wiped off.
	// Where the terminal is read that takes no time.
	wiping = 200 * time.Millisecond
)

// showProgress shows on a terminal how far a look is, when it takes longer than
// wait. The function that it returns stops that, and leaves nothing behind. An
// unread terminal does not delay the look, and delays the caller of that
// function no longer than wiping.
func showProgress(w io.Writer, p *scan.Progress, wait time.Duration) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	var late atomic.Bool // progress from now on would be within the answer
	go func() {
		defer close(ended)
		select {
		case <-done:
			return
		case <-time.After(wait):
		}
		const wipe = "\r\x1b[K"
		shown := false
		for tick := time.NewTicker(max(wait/4, time.Millisecond)); ; {
			if takes(w) {
				shown = true
				_, _ = fmt.Fprintf(w, wipe+"zombiectl: %d processes read, %d looked at closer", p.Read.Load(), p.Closer.Load())
			}
			select {
			case <-done:
				tick.Stop()
				if shown && !late.Load() {
					_, _ = fmt.Fprint(w, wipe)
				}
				return
			case <-tick.C:
			}
		}
	}()
	return func() {
		close(done)
		select {
		case <-ended:
		case <-time.After(wiping):
			late.Store(true)
		}
	}
}
