//go:build !linux

package scan

import (
	"errors"
	"runtime"
	"time"
)

func isProcfs(string) bool { return false }

func openLive(string, string) (*Root, error) {
	return nil, errors.New("looking at a running machine needs Linux, and this is " + runtime.GOOS +
		"; recordings and what ps printed can be looked at with --from, and a machine that ssh reaches with: zombiectl capture --script | ssh HOST sh | zombiectl scan --from -")
}

// liveTree exists on Linux only; nothing here can make one.
type liveTree struct{ tree }

type statReader struct{}

func (liveTree) statReader() *statReader                  { return nil }
func (liveTree) owner(int) (int, bool)                    { return 0, false }
func (*statReader) read(int) ([]byte, error)              { return nil, errors.ErrUnsupported }
func (liveTree) mountID() (string, bool)                  { return "", false }
func (liveTree) eachPID(func([]int)) error                { return errors.ErrUnsupported }
func (liveTree) readBlocking(string, int) ([]byte, error) { return nil, errors.ErrUnsupported }
func readClocks([]int) []CPUClock                         { return nil }
func suspended() Opt[time.Duration]                       { return Opt[time.Duration]{} }
func bootClock() (time.Duration, bool)                    { return 0, false }
func machine() (kernel, arch string)                      { return "", "" }

// pidfds do not exist here.
type pidfds struct{}

func (*pidfds) close()                     {}
func (*pidfds) ended() map[int]bool        { return nil }
func (w *Watch) arm(*Snapshot, []*Process) { w.blunt = errors.ErrUnsupported }
