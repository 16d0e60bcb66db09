//go:build !linux

package look

import (
	"errors"
	"runtime"
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Live is a running machine, which only Linux can be here.
type Live struct{ Nothing }

// OpenLive opens the running machine whose root directory is dir.
func OpenLive(string) (*Live, error) {
	return nil, errors.New("looking at a running machine needs Linux, and this is " + runtime.GOOS +
		"; recordings and what ps printed can be looked at with --from, and a machine that ssh reaches with: zombiectl capture --script | ssh HOST sh | zombiectl scan --from -")
}

// OpenProc opens the machine that a procfs shows.
func OpenProc(dir string) (*Live, error) { return OpenLive(dir) }

// IsProcfs reports whether dir is the mount point of a procfs.
func IsProcfs(string) bool { return false }

// MountID returns the ID of the mount of the procfs, as mountinfo lists it.
func (*Live) MountID() (string, bool) { return "", false }

func now() (taken facts.Opt[time.Time], up facts.Opt[time.Duration]) { return taken, up }

// pidfds do not exist here.
type pidfds struct{}

func (*pidfds) close()                                 {}
func (*pidfds) ended() map[int]bool                    { return nil }
func (w *Watch) arm(*facts.Snapshot, []*facts.Process) { w.blunt = errors.ErrUnsupported }
