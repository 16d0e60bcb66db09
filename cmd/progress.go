package cmd

import (
	"fmt"
	"io"
	"time"

	"github.com/zombiectl/zombiectl/scan"
)

// When standard error is gone there is nobody left to tell.

// patience is how long a look may take before its progress is shown.
const patience = time.Second

// showProgress shows on a terminal how far a look is, when it takes longer
// than wait. The function that it returns ends that, and leaves nothing behind.
func showProgress(w io.Writer, p *scan.Progress, wait time.Duration) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-done:
			return
		case <-time.After(wait):
		}
		const wipe = "\r\x1b[K"
		for tick := time.NewTicker(max(wait/4, time.Millisecond)); ; {
			_, _ = fmt.Fprintf(w, wipe+"zombiectl: %d processes read, %d looked at closer", p.Read.Load(), p.Closer.Load())
			select {
			case <-done:
				tick.Stop()
				_, _ = fmt.Fprint(w, wipe)
				return
			case <-tick.C:
			}
		}
	}()
	return func() { close(done); <-ended }
}
