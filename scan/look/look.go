// Package look reads /proc: every process once, those that have to do with
// zombies closer, and the undecided ones twice. It reads facts and judges
// nothing.
package look

import (
	"fmt"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Look reads a source once, and zombies and their parents twice. On a running
// machine a thread of this process may end, which asked the clock of each CPU:
// what that thread had started with PR_SET_PDEATHSIG (prctl(2)) gets the signal.
func Look(src Source, o Options) (*facts.Snapshot, error) {
	r := newReading(src, o)
	if src.Describe(r.snap) {
		return r.snap, nil
	}
	r.readHost()
	r.readSelf()
	if err := r.readAll(); err != nil {
		return nil, err
	}
	if len(r.snap.Procs) == 0 {
		return nil, r.nothing()
	}
	first := time.Now()
	if src.Kind() == facts.Live {
		r.findParents()
	}
	r.readCloser()
	r.readClocks()
	r.readProcessLimits()
	r.readContainerNames()
	r.readAgain(first, nil)
	r.sortUnread()
	return r.snap, nil
}

// Processes reads no more than /proc/PID/stat of every process.
func Processes(src Source) (*facts.Snapshot, error) {
	r := newReading(src, Options{})
	err := r.readAll()
	return r.snap, err
}

func (r *reading) nothing() error {
	for _, u := range r.snap.Unread {
		if strings.HasSuffix(u.File, "/stat") {
			return fmt.Errorf("%s: no process can be read: %s: %s", r.src.Name(), u.File, u.Reason)
		}
	}
	return fmt.Errorf("%s: no process is visible", r.src.Name())
}
