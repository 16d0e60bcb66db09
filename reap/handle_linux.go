package reap

import (
	"errors"

	"golang.org/x/sys/unix"
)

// handle is a process that a signal can be sent to. With a pidfd it is one
// process for good: when that has been reaped the handle refers to nothing, and
// never to another process that got its PID (pidfd_open(2)).
type handle struct {
	pid int
	fd  int // pidfd; -1: none was wanted
}

// errEnded: the process has ended.
var errEnded = errors.New("it has ended")

func openHandle(pid int, noPidfd bool) (*handle, error) {
	if noPidfd {
		return &handle{pid, -1}, nil
	}
	fd, err := unix.PidfdOpen(pid, 0)
	switch {
	case err == nil:
		return &handle{pid, fd}, nil
	case errors.Is(err, unix.ESRCH), errors.Is(err, unix.EINVAL): // EINVAL: no process of this PID leads a thread group
		return nil, errEnded
	case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EPERM): // seccomp says EPERM
		return nil, ErrNoPidfd
	}
	return nil, err
}

func (h *handle) close() {
	if h.fd >= 0 {
		_ = unix.Close(h.fd) // nothing was written
	}
}

// lives reports whether the process has not ended. While that holds no other
// process can have had its PID since the handle was opened, so what was read
// under that PID meanwhile was about it.
func (h *handle) lives() bool {
	if h.fd < 0 {
		return true // what was read says it
	}
	for {
		fds := []unix.PollFd{{Fd: int32(h.fd), Events: unix.POLLIN}}
		n, err := unix.Poll(fds, 0)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		return err == nil && n == 0
	}
}

// signal sends a signal; 0 only asks whether one may.
func (h *handle) signal(sig int) error {
	var err error
	if h.fd >= 0 {
		err = unix.PidfdSendSignal(h.fd, unix.Signal(sig), nil, 0)
	} else {
		err = unix.Kill(h.pid, unix.Signal(sig))
	}
	if errors.Is(err, unix.ESRCH) {
		return errEnded
	}
	return err
}
