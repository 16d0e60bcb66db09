package simulate

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// player plays the steps of a script. Everything it points to is made before shed, and nothing is allocated after.
// What system calls write is here and not on the stack, of which nosplit functions have less than 800 bytes.
type player struct {
	report  uintptr // file descriptor that takes marks and errors
	environ []*byte
	args    arguments
	prefix  string // of errors

	child    uintptr // forked last
	kept     uintptr // a PID or a file descriptor
	result   uintptr // of the last call
	errno    syscall.Errno
	status   int32  // of the child that was waited for
	sigchld  uint64 // a signal set
	noSignal uint64 // another
	marks    [256]byte
	times    []*timespec
	actions  []*sigaction
	buffer   [128]byte // a signalfd_siginfo
	ufd      [8]uint64 // what userfaultfd is told
	script   script
}

// sigaction is the struct of rt_sigaction(2) on amd64 and arm64.
type sigaction struct{ handler, flags, restorer, mask uintptr }

const (
	lastSignal = 64
	saOnStack  = 0x08000000
	saRestorer = 0x04000000
	allSignals = ^uint64(0)
)

// shed makes this process single-threaded, with every signal at its default and none blocked, as if it were written in
// C. It has to run on the process's first thread, and the Go runtime is gone when it returns: from here on only code
// that is nosplit, allocates nothing and makes raw system calls may run.
//
// Every other thread is sent a signal whose handler ends just that thread. unshare(CLONE_THREAD) says when all have
// gone: it changes nothing and succeeds only in a process with a single thread (check_unshare_flags).
//
//go:nosplit
//go:norace
func shed(leave uintptr) syscall.Errno {
	mask := allSignals
	rawCall(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&mask)), 0, sigsetLen)
	act := sigaction{handler: leave, flags: saOnStack | saRestorer, restorer: leave, mask: ^uintptr(0)}
	if _, errno := rawCall(unix.SYS_RT_SIGACTION, uintptr(syscall.SIGUSR1), uintptr(unsafe.Pointer(&act)), 0, sigsetLen); errno != 0 {
		return errno
	}
	self, _ := rawCall(unix.SYS_GETPID, 0, 0, 0, 0)
	for range 100_000 { // of 0.05 ms and more: it takes a few dozen
		if _, errno := rawCall(unix.SYS_UNSHARE, unix.CLONE_THREAD, 0, 0, 0); errno == 0 {
			for sig := uintptr(1); sig <= lastSignal; sig++ {
				// Ignoring a signal throws away the pending ones (do_sigaction).
				act = sigaction{handler: 1}
				rawCall(unix.SYS_RT_SIGACTION, sig, uintptr(unsafe.Pointer(&act)), 0, sigsetLen)
				act = sigaction{}
				rawCall(unix.SYS_RT_SIGACTION, sig, uintptr(unsafe.Pointer(&act)), 0, sigsetLen)
			}
			mask = 0
			rawCall(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&mask)), 0, sigsetLen)
			return 0
		}
		rawCall(unix.SYS_KILL, self, uintptr(syscall.SIGUSR1), 0, 0) // any one thread that does not block it
		rest := timespec{nsec: 50_000}
		rawCall(unix.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&rest)), 0, 0, 0)
	}
	return syscall.ETIMEDOUT
}

// leaveThread is a signal handler that never returns. It is entered the C way, not the Go way, and may touch nothing.
//
//go:nosplit
//go:norace
func leaveThread() {
	for {
		syscall.RawSyscall6(unix.SYS_EXIT, 0, 0, 0, 0, 0, 0)
	}
}

// doNothing and reapOne are signal handlers too, and return: by way of the restorer.
//
//go:nosplit
//go:norace
func doNothing() {}

//go:nosplit
//go:norace
func reapOne() {
	syscall.RawSyscall6(unix.SYS_WAIT4, anyChild, 0, unix.WNOHANG, 0, 0, 0)
}

//go:nosplit
//go:norace
func rawCall(nr, a, b, c, d uintptr) (uintptr, syscall.Errno) {
	r, _, errno := syscall.RawSyscall6(nr, a, b, c, d, 0, 0)
	return r, errno
}

// play plays the steps and never returns. The child of a fork goes on in this same loop, on its own copy of everything.
//
//go:nosplit
//go:norace
func (p *player) play(st *step) {
	for {
		next := st.next
		p.errno = 0
		if st.aIs != nil {
			st.a = *st.aIs
		}
		if st.bIs != nil {
			st.b = *st.bIs
		}
		switch st.do {
		case doCall:
			p.call(st)
		case doFork:
			p.call(st)
			p.child = p.result
			if p.errno == 0 && p.result == 0 {
				next = st.sub
			}
		case doKeep:
			p.kept = st.a
		case doDrain:
			for p.call(st); p.errno == 0 && p.result != 0; {
				p.call(st)
			}
		case doExitAs:
			if p.status&0x7f != 0 {
				end(128 + uintptr(p.status&0x7f)) // killed by a signal: as a shell says it
			}
			end(uintptr(p.status>>8) & 0xff)
		case doTitle:
			overwrite(st.over, st.text)
		}
		if p.errno != 0 && p.errno != st.pass && st.pass != passAny {
			p.fail(st)
		}
		st = next
	}
}

// overwrite is copy, which the race detector takes part in: it may wait there for a thread that was shed.
//
//go:nosplit
//go:norace
func overwrite(to, from []byte) {
	for i := range from {
		if i < len(to) {
			to[i] = from[i]
		}
	}
}

//go:nosplit
//go:norace
func (p *player) call(st *step) {
	p.result, _, p.errno = syscall.RawSyscall6(st.nr, st.a, st.b, st.c, st.d, 0, 0)
}

// fail writes the error that was made beforehand, with the number in its place, and ends the actor.
//
//go:nosplit
//go:norace
func (p *player) fail(st *step) {
	st.errno[0] = '0' + byte(p.errno/100%10)
	st.errno[1] = '0' + byte(p.errno/10%10)
	st.errno[2] = '0' + byte(p.errno%10)
	syscall.RawSyscall6(unix.SYS_WRITE, p.report, uintptr(unsafe.Pointer(unsafe.SliceData(st.failure))), uintptr(len(st.failure)), 0, 0, 0)
	if p.errno == syscall.ENOENT {
		end(127) // as a shell does when the program does not exist
	}
	end(126)
}

//go:nosplit
//go:norace
func end(status uintptr) {
	for {
		syscall.RawSyscall6(unix.SYS_EXIT_GROUP, status, 0, 0, 0, 0, 0)
	}
}
