package sys

import (
	"errors"

	"golang.org/x/sys/unix"
)

// Pidfd is a descriptor of a process (pidfd_open(2)): it refers to that process
// for good. When that has been reaped it refers to nothing, and never to another
// process that got its PID.
type Pidfd struct{ fd int }

// Errors of a Pidfd.
var (
	// ErrEnded: the process has exited, and has been reaped; or no process ever
	// had this PID.
	ErrEnded = errors.New("it has ended")
	// ErrNoPidfd: the kernel has none (before Linux 5.3), or seccomp forbids it.
	ErrNoPidfd = errors.New("no pidfd can be had here")
)

// OpenPidfd returns a descriptor of a process, to be closed. It may be a zombie.
// The error is ErrEnded, ErrNoPidfd, or what the kernel said, such as EMFILE.
func OpenPidfd(pid int) (*Pidfd, error) {
	fd, err := unix.PidfdOpen(pid, 0)
	switch {
	case err == nil:
		return &Pidfd{fd}, nil
	case errors.Is(err, unix.ESRCH), errors.Is(err, unix.EINVAL): // EINVAL: no process of this PID leads a thread group
		return nil, ErrEnded
	case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EPERM): // seccomp says EPERM
		return nil, ErrNoPidfd
	}
	return nil, err
}

// Close gives the descriptor back.
func (p *Pidfd) Close() { _ = unix.Close(p.fd) } // nothing was written

// Ended reports whether the process has exited: it is a zombie, or gone. While
// it has not, no other process can have had its PID since the descriptor was
// opened, so the facts that were read under that PID meanwhile were about it.
func (p *Pidfd) Ended() bool {
	for {
		fds := []unix.PollFd{{Fd: int32(p.fd), Events: unix.POLLIN}}
		n, err := unix.Poll(fds, 0)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		return err != nil || n != 0
	}
}

// Signal sends a signal; 0 only asks whether one may. The error is ErrEnded where
// the process has been reaped, or what the kernel said, such as EPERM.
func (p *Pidfd) Signal(n int) error { return gone(unix.PidfdSendSignal(p.fd, unix.Signal(n), nil, 0)) }

// Kill is kill(2) for one process, with the errors of [Pidfd.Signal]: it may reach
// another process that got the PID.
func Kill(pid, n int) error { return gone(unix.Kill(pid, unix.Signal(n))) }

func gone(err error) error {
	if errors.Is(err, unix.ESRCH) {
		return ErrEnded
	}
	return err
}
