//go:build linux && (amd64 || arm64)

package pid1

import (
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"
	"unsafe"

	"github.com/zombiectl/zombiectl/pid1/entry"
)

// wait is wait4(2) for a child, or for any (-1), without waiting. Where many is
// set it goes on until it has met main, or no other is left. The scheduler of Go
// need not know about the call, since it never blocks; and may not take a thread
// away that is in the middle of thousands (nosplit).
//
//go:nosplit
func wait(which, main int, many bool, status *syscall.WaitStatus) (pid int, errno uintptr) {
	for {
		p, e := raw(syscall.SYS_WAIT4, uintptr(which), uintptr(unsafe.Pointer(status)), syscall.WNOHANG, 0)
		if pid, errno = int(p), e; !many || errno != 0 || pid == 0 || pid == main {
			return pid, errno
		}
	}
}

// kill is kill(2). errno is not an error, as in raw.
func kill(pid, signal int) (errno uintptr) {
	_, errno = raw(syscall.SYS_KILL, uintptr(pid), uintptr(signal), 0, 0)
	return errno
}

const (
	prSetParentDeath    = 1 // prctl(2)
	prSetChildSubreaper = 36
	prGetChildSubreaper = 37
)

func prctl(option, argument uintptr) syscall.Errno {
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PRCTL, option, argument, 0, 0, 0, 0)
	return errno
}

// isReaper reports whether the kernel gives us orphans.
func isReaper() bool {
	if os.Getpid() == 1 {
		return true
	}
	var is int32
	return prctl(prGetChildSubreaper, uintptr(unsafe.Pointer(&is))) == 0 && is != 0
}

// forever is how long waitForSignal can wait at most.
const forever = time.Duration(1<<63 - 1)

// waitForSignal waits until a signal has been counted, at most for so long, and
// reports whether there may be one. It asks for the next after this one.
func waitForSignal(d time.Duration) bool {
	timeout := syscall.NsecToTimespec(int64(d))
	n, _ := poll(entry.WakeFD(), 1, &timeout) // POLLIN
	if n == 1 {
		var counter [8]byte
		raw(syscall.SYS_READ, uintptr(entry.WakeFD()), uintptr(unsafe.Pointer(&counter)), uintptr(len(counter)), 0)
	}
	return n != 0 // interrupted: there may be
}

// poll is ppoll(2) for one descriptor. The time that is left stands in timeout then.
func poll(fd int, events int16, timeout *syscall.Timespec) (n uintptr, errno syscall.Errno) {
	of := struct {
		fd              int32
		events, revents int16
	}{fd: int32(fd), events: events}
	// It blocks, so the scheduler has to know: others of its threads rest then.
	n, _, errno = syscall.Syscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&of)), 1, uintptr(unsafe.Pointer(timeout)), 0, 0, 0)
	return n, errno
}

// nextDead returns the PID of a child that is dead and not reaped, 0 when there is
// none. errno is not an error, as in raw. It is not the waitid of package sys, since an
// init imports nothing that would have to be initialized before it begins, and
// nothing that it would carry around afterwards.
func nextDead() (pid int, errno uintptr) {
	const (
		all     = 0          // P_ALL of waitid(2)
		exited  = 4          // WEXITED
		noReap  = 0x01000000 // WNOWAIT
		bytesOf = 128        // siginfo_t; si_pid is its fifth int
	)
	var info [bytesOf / 4]int32
	_, errno = raw(syscall.SYS_WAITID, all, 0, uintptr(unsafe.Pointer(&info)), exited|noReap|syscall.WNOHANG)
	return int(info[4]), errno
}

// ourProc reports whether /proc shows the PIDs that we see: it may be missing,
// or be that of another PID namespace.
func ourProc() bool {
	me, err := os.Readlink("/proc/self")
	return err == nil && me == strconv.Itoa(os.Getpid())
}

// giveUpTerminal lets go of the terminal that we lead, so that another session
// can have it. The SIGHUP and SIGCONT that come of it are from ourselves, and are
// not passed on.
func giveUpTerminal() {
	raw(syscall.SYS_IOCTL, 0, syscall.TIOCNOTTY, 0, 0) // ENOTTY: we have none
}

// setMaskHow is SIG_SETMASK of sigprocmask(2).
const setMaskHow = 2

// sizeofSigmask is what the kernel wants to hear the size of a signal mask is.
const sizeofSigmask = 8

// setMask sets the signal mask of this thread.
func setMask(mask uint64) {
	raw(syscall.SYS_RT_SIGPROCMASK, setMaskHow, uintptr(unsafe.Pointer(&mask)), 0, sizeofSigmask)
}

// stuck is whether nobody took the last write.
var stuck bool

// writable waits for a moment until there is room. To wait for longer, for
// somebody who holds a pipe open and does not read, would be to reap nothing.
func writable(fd int) bool {
	patience := syscall.NsecToTimespec(int64(time.Second))
	if stuck {
		patience = syscall.Timespec{}
	}
	for {
		n, errno := poll(fd, 4, &patience) // POLLOUT
		if errno != syscall.EINTR {
			stuck = n == 0
			return !stuck
		}
	}
}

// room is how much fits at least where there is room at all (PIPE_BUF, pipe(7)).
const room = 4096

// write is write(2) of all of a text. A pipe that nobody reads any more must end
// neither us, as os.File ends a program for it, nor the program that we run, to
// which we would pass on the SIGPIPE that came of it. So the signal waits
// meanwhile, and is taken away.
func write(fd int, text string) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const sigBlock = 0
	mask, before := uint64(1)<<(syscall.SIGPIPE-1), uint64(0)
	raw(syscall.SYS_RT_SIGPROCMASK, sigBlock, uintptr(unsafe.Pointer(&mask)), uintptr(unsafe.Pointer(&before)), sizeofSigmask)
	for b := []byte(text); len(b) > 0 && writable(fd); {
		n, err := syscall.Write(fd, b[:min(len(b), room)])
		if err == syscall.EPIPE {
			var zero syscall.Timespec
			raw(syscall.SYS_RT_SIGTIMEDWAIT, uintptr(unsafe.Pointer(&mask)), 0, uintptr(unsafe.Pointer(&zero)), sizeofSigmask)
		}
		if err != nil && err != syscall.EINTR {
			break
		}
		b = b[max(n, 0):]
	}
	setMask(before)
}

// raw is a system call for where Go must not take part: it neither allocates
// nor grows the stack, and the scheduler does not hear of it. errno is not an error,
// so that nobody has to look at it where nothing can be done about it.
//
//go:norace
//go:nosplit
func raw(number, a, b, c, d uintptr) (result, errno uintptr) {
	r, _, e := syscall.RawSyscall6(number, a, b, c, d, 0, 0)
	return r, uintptr(e)
}
