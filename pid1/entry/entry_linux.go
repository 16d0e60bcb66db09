//go:build linux && (amd64 || arm64)

package entry

import "unsafe"

// What the entry point leaves behind. It is assembly, and knows these by name.
var (
	ran     uint32              // 1: it was ours
	stack   *[2]uintptr         // where the kernel put argc, then argv
	blocked uint64              // the signal mask
	ignored uint64              // signals whose disposition is SIG_IGN
	limit   [2]uint64           // RLIMIT_NOFILE, soft and hard
	action  sigaction           // scratch
	zero    [2]uint64           //nolint:unused // a struct timespec: do not wait
	arrived [Signals + 1]uint32 // how often each signal came since it was last taken
)

// What the signal handler needs.
var (
	wake int32       // an eventfd
	self int32       //nolint:unused // our PID
	one  = uint64(1) //nolint:unused // it is added to wake
)

// A sigaction is the one of the system call, not that of the C library.
type sigaction struct {
	handler  uintptr
	flags    uint64
	restorer uintptr
	mask     uint64
}

const (
	sigDefault = 0
	sigIgnore  = 1

	sigURG  = 23
	sigCHLD = 17
	sigTTIN = 21
	sigTTOU = 22

	saNoChildStop = 0x00000001
	saSiginfo     = 0x00000004
	saOnStack     = 0x08000000
	saRestart     = 0x10000000

	rlimitNoFile = 7

	cloexec       = 0x80000 // EFD_CLOEXEC
	dupFDCloexec  = 1030    // F_DUPFD_CLOEXEC
	firstFreeFD   = 3
	everySignal   = ^uint64(0)
	sizeofSigmask = 8
)

// Assembly, because this package imports nothing, and because a signal may come
// when no goroutine can run Go code.
func call(number, a, b, c, d uintptr) (result uintptr)
func handler() //nolint:unused // by addresses
func addresses() (handler, restorer uintptr)

// Initialised when the runtime runs, and next to nothing else.
var catching = start()

func start() bool {
	if ran == 0 {
		lateEntry()
		return false
	}
	if IsInit(arguments()) {
		return catch()
	}
	// Somebody had blocked these when he sent them. They are for us, as they
	// would have been without our entry point.
	for n := 1; n <= Signals; n++ {
		for range Take(n) {
			call(sysKill, call(sysGetpid, 0, 0, 0, 0), uintptr(n), 0, 0)
		}
	}
	return false
}

// lateEntry remembers the state that is still there when the entry point was
// Go's.
func lateEntry() {
	call(sysSigprocmask, 0, 0, uintptr(unsafe.Pointer(&blocked)), sizeofSigmask)
	for n := 1; n <= Signals; n++ {
		call(sysSigaction, uintptr(n), 0, uintptr(unsafe.Pointer(&action)), sizeofSigmask)
		if action.handler == sigIgnore {
			ignored |= 1 << (n - 1)
		}
	}
	call(sysPrlimit, 0, rlimitNoFile, 0, uintptr(unsafe.Pointer(&limit)))
}

// arguments returns the first two arguments of this process.
func arguments() []string {
	var args []string
	argv := unsafe.Slice((**byte)(unsafe.Pointer(&stack[1])), stack[0])
	for _, p := range argv[:min(2, len(argv))] {
		n := 0
		for *(*byte)(unsafe.Add(unsafe.Pointer(p), n)) != 0 {
			n++
		}
		args = append(args, unsafe.String(p, n))
	}
	return args
}

// Complete reports whether the entry point of this program was ours. If it was
// not, Inherited lacks the state that the runtime of Go has changed: Blocked has
// no signal that it never leaves blocked, and Ignored none that it handles.
func Complete() bool { return ran != 0 }

// Inherited returns what this process was given when it was executed.
func Inherited() State {
	return State{Blocked: blocked, Ignored: ignored, NoFile: limit[0], NoFileMax: limit[1]}
}

// Catch counts every signal from now on that can be caught, but for those by
// which the kernel reports a program's own mistakes. Go does not see them any
// more, and nothing of package os/signal works. SIGTTIN and SIGTTOU are ignored,
// unless tty is set.
func Catch(tty bool) {
	if !catching {
		catching = catch()
	}
	if tty {
		h, restorer := addresses()
		dispose(sigTTIN, h, restorer)
		dispose(sigTTOU, h, restorer)
	}
}

func catch() bool {
	self = int32(call(sysGetpid, 0, 0, 0, 0))
	// Ready from the start: the entry point may have counted signals already.
	fd := call(sysEventfd2, 1, cloexec, 0, 0)
	if fd < firstFreeFD {
		// Standard input or output was closed. Writes to it must not wake us.
		low := fd
		fd = call(sysFcntl, low, dupFDCloexec, firstFreeFD, 0)
		call(sysClose, low, 0, 0, 0)
	}
	wake = int32(fd)
	h, restorer := addresses()
	for n := 1; n <= Signals; n++ {
		switch {
		case Has(fault|private, n):
			dispose(n, sigDefault, restorer)
		case n == sigTTIN || n == sigTTOU:
			dispose(n, sigIgnore, restorer)
		default: // fails for SIGKILL and SIGSTOP
			dispose(n, h, restorer)
		}
	}
	return true
}

func dispose(n int, handler, restorer uintptr) {
	action = sigaction{handler: handler, flags: saSiginfo | saOnStack | saRestart | restorerFlag, restorer: restorer, mask: everySignal}
	if n == sigCHLD {
		action.flags |= saNoChildStop
	}
	call(sysSigaction, uintptr(n), uintptr(unsafe.Pointer(&action)), 0, sizeofSigmask)
}

// WakeFD is an eventfd(2) that can be read when a signal has been counted.
func WakeFD() int { return int(wake) }

// Take returns how often signal n came since it was last taken.
func Take(n int) uint32 { return swap(&arrived[n]) }

// swap sets a counter to zero, and returns its earlier value.
func swap(p *uint32) uint32
