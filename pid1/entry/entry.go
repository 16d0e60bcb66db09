// Package entry does the work of an init that must come before the runtime of Go
// and its libraries have changed what this process was given: it remembers the
// signal mask, the ignored signals and the limit on open files, and it catches
// signals from the first possible moment.
//
// There are two ways in. Where the linker got the option, with
//
//	go build -ldflags=-E=zombiectl_entry
//
// the process begins in our code (entry_linux_*.s), before the runtime.
// Otherwise it begins in Go's, and the state that the runtime has changed by
// then is lost: see Complete. This package imports nothing, so that even then
// its variables are initialized before those of package syscall, which raises
// the limit on open files when it is.
package entry

// Signals is how many signals Linux has: they are numbered from 1 to Signals.
const Signals = 64

// State is what a process is given by whoever executes it. In a mask, bit n-1
// stands for signal n.
type State struct {
	// Blocked is the signal mask.
	Blocked uint64
	// Ignored are the signals whose disposition is SIG_IGN.
	Ignored uint64
	// NoFile is the soft limit on open files (RLIMIT_NOFILE of getrlimit(2)),
	// and NoFileMax the hard one.
	NoFile, NoFileMax uint64
}

// Has reports whether signal n is in a mask.
func Has(mask uint64, n int) bool { return mask>>(n-1)&1 != 0 }

// DropIn reports whether a program with that name must behave as tini does. The
// names are those of tini, and those by which container engines call their init:
// docker-init (Docker), init and podman-init (Podman, earlier and later).
func DropIn(argv0 string) bool {
	for i := len(argv0) - 1; i >= 0; i-- {
		if argv0[i] == '/' {
			argv0 = argv0[i+1:]
			break
		}
	}
	switch argv0 {
	case "tini", "tini-static", "docker-init", "podman-init", "init":
		return true
	}
	return false
}

// IsInit reports whether a command line is one of an init.
func IsInit(args []string) bool {
	return len(args) > 0 && DropIn(args[0]) || len(args) > 1 && args[1] == "init"
}

// fault are the signals by which the kernel reports a program's own mistakes to
// it. They keep their default action: a mistake ends us even as PID 1, while the
// kernel keeps them from PID 1 when a process sends them.
const fault = 1<<(4-1) | 1<<(5-1) | 1<<(6-1) | 1<<(7-1) | 1<<(8-1) | 1<<(11-1) | 1<<(31-1)

// private are the two signals that C libraries use for themselves.
const private = 1<<(32-1) | 1<<(33-1)

// Caught reports whether Catch catches a signal, when it is asked to catch those
// of the terminal too.
func Caught(n int) bool {
	const never = 1<<(9-1) | 1<<(19-1) // SIGKILL and SIGSTOP
	return n >= 1 && n <= Signals && !Has(fault|private|never, n)
}
