package sys

import (
	"fmt"
	"strconv"
	"strings"
)

// Signals of Linux by number, whatever this system is: signal(7). They are the
// same on every architecture that containers run on.
const (
	SIGHUP   = 1
	SIGINT   = 2
	SIGQUIT  = 3
	SIGABRT  = 6
	SIGKILL  = 9
	SIGTERM  = 15
	SIGCHLD  = 17
	SIGCONT  = 18
	SIGSTOP  = 19
	SIGTTOU  = 22
	SIGURG   = 23
	SIGWINCH = 28

	// LastSignal is the highest number that a signal has (SIGRTMAX).
	LastSignal = 64

	rtMin = 34 // SIGRTMIN: the C library keeps 32 and 33 for itself
)

var signalNames = [...]string{"", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
	"PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM",
	"PROF", "WINCH", "IO", "PWR", "SYS"}

// SignalName names a signal by its number on Linux: "SIGTERM", "SIGRTMIN+3", and
// "signal 32" for one without a name.
func SignalName(n int) string {
	switch {
	case n >= 1 && n < len(signalNames):
		return "SIG" + signalNames[n]
	case n >= rtMin && n <= LastSignal:
		return fmt.Sprintf("SIGRTMIN+%d", n-rtMin)
	default:
		return fmt.Sprintf("signal %d", n)
	}
}

// ExitText says how a process exited, by a signal unless that is 0: "exit 3",
// "SIGSEGV, core dumped".
func ExitText(signal, code int, coreDumped bool) string {
	switch {
	case signal == 0:
		return fmt.Sprintf("exit %d", code)
	case coreDumped:
		return SignalName(signal) + ", core dumped"
	default:
		return SignalName(signal)
	}
}

// ParseSignal reads a signal as SignalName writes it, with or without the SIG
// and in any case, or as a number: "SIGCONT", "cont", "18". false: it is not a
// signal.
func ParseSignal(s string) (int, bool) {
	if n, err := strconv.Atoi(s); err == nil {
		return n, n >= 1 && n <= LastSignal
	}
	name := "SIG" + strings.TrimPrefix(strings.ToUpper(s), "SIG")
	for n := 1; n <= LastSignal; n++ {
		if name == SignalName(n) {
			return n, true
		}
	}
	return 0, false
}
