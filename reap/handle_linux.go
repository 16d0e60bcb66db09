package reap

import (
	"errors"

	"github.com/zombiectl/zombiectl/sys"
)

// handle is a process that a signal can be sent to: with a descriptor it is one
// process for good.
type handle struct {
	pid int
	fd  *sys.Pidfd // nil: none was wanted
}

func openHandle(pid int, noPidfd bool) (*handle, error) {
	if noPidfd {
		return &handle{pid, nil}, nil
	}
	fd, err := sys.OpenPidfd(pid)
	if errors.Is(err, sys.ErrNoPidfd) {
		return nil, ErrNoPidfd
	}
	if err != nil {
		return nil, err
	}
	return &handle{pid, fd}, nil
}

func (h *handle) close() {
	if h.fd != nil {
		h.fd.Close()
	}
}

// lives reports whether the process has not ended; without a descriptor what was
// read says it.
func (h *handle) lives() bool { return h.fd == nil || !h.fd.Ended() }

// signal sends a signal; 0 only asks whether one may.
func (h *handle) signal(n int) error {
	if h.fd != nil {
		return h.fd.Signal(n)
	}
	return sys.Kill(h.pid, n)
}
