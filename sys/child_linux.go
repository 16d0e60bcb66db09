package sys

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Exit is how a process exited: its wait status (wait(2)).
type Exit struct {
	Signal     int // that ended it; 0: it exited by itself
	Code       int // exit code, where it exited
	CoreDumped bool
}

// Child is the answer of waitid(2) about a child that has exited. The zero Child
// stands for no child.
type Child struct {
	PID int // si_pid
	Exit
}

// Waitid waits for a child that has exited (WEXITED): the one of that PID, or
// any for 0. The options are those of waitid(2): with WNOWAIT it stays a zombie,
// with WNOHANG the answer is the zero Child where none has exited, with WALL one
// counts whatever its exit signal. An interrupted call is begun again.
//
// The error is that of the kernel, wrapped; errors.Is(err, unix.ECHILD): no such
// child exists at all.
func Waitid(pid, options int) (Child, error) {
	which := unix.P_PID
	if pid == 0 {
		which = unix.P_ALL
	}
	for {
		var info unix.Siginfo
		err := unix.Waitid(which, pid, &info, unix.WEXITED|options, nil)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return Child{}, fmt.Errorf("waitid: %w", err)
		case info.Signo == 0: // no child has exited
			return Child{}, nil
		}
		return decode(&info)
	}
}

// ofChild is a siginfo_t with those members that the kernel fills for SIGCHLD
// (sigaction(2)). They are a part of a union, which is aligned as a pointer. The
// library's Siginfo names no member after si_code.
type ofChild struct {
	_     [3]int32 // si_signo, si_errno, si_code: in another order on MIPS
	child struct {
		_                [0]uintptr
		pid, uid, status int32
	}
}

// Values of si_code for SIGCHLD (sigaction(2)).
const (
	cldExited = 1
	cldKilled = 2
	cldDumped = 3
)

func decode(info *unix.Siginfo) (Child, error) {
	of := (*ofChild)(unsafe.Pointer(info)).child
	c := Child{PID: int(of.pid)}
	switch info.Code {
	case cldExited:
		c.Code = int(of.status)
	case cldKilled, cldDumped:
		c.Signal, c.CoreDumped = int(of.status), info.Code == cldDumped
	default:
		return Child{}, fmt.Errorf("waitid: unknown si_code %d", info.Code)
	}
	return c, nil
}
