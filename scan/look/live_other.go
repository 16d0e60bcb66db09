//go:build !linux

package look

import (
	"errors"
	"runtime"
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// OpenLive opens the running machine whose root directory is dir.
func OpenLive(string) (Source, error) {
	return nil, errors.New("looking at a running machine needs Linux, and this is " + runtime.GOOS +
		"; recordings and what ps printed can be looked at with --from, and a machine that ssh reaches with: zombiectl capture --script | ssh HOST sh | zombiectl scan --from -")
}

// OpenProc opens the machine that a procfs shows.
func OpenProc(dir string) (Source, error) { return OpenLive(dir) }

// IsProcfs reports whether dir is the mount point of a procfs.
func IsProcfs(string) bool { return false }

func now() (taken facts.Opt[time.Time], up facts.Opt[time.Duration]) { return taken, up }

type pidfds struct{}

func (*pidfds) close()                                 {}
func (*pidfds) ended() map[int]bool                    { return nil }
func (w *Watch) arm(*facts.Snapshot, []*facts.Process) { w.blunt = errors.ErrUnsupported }
