package facts

import (
	"fmt"
	"strconv"
	"strings"
)

// SIGCHLD is 17 on every architecture that Linux containers run on.
const SIGCHLD = 17

// HasSignal reports whether the mask has the signal.
func HasSignal(mask uint64, signal int) bool { return mask>>(signal-1)&1 != 0 }

// SignalName names a signal by its number on Linux, whatever this system is.
func SignalName(n int) string {
	const rtMin = 34 // the C library keeps 32 and 33 for itself
	switch {
	case n >= 1 && n < len(signalNames):
		return "SIG" + signalNames[n]
	case n >= rtMin && n <= 64:
		return fmt.Sprintf("SIGRTMIN+%d", n-rtMin)
	default:
		return fmt.Sprintf("signal %d", n)
	}
}

var signalNames = [...]string{"", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
	"PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM",
	"PROF", "WINCH", "IO", "PWR", "SYS"}

// ParseSignal reads a signal as SignalName writes it, without the SIG, or as a
// number: "SIGCONT", "cont", "18".
func ParseSignal(s string) (int, bool) {
	if n, err := strconv.Atoi(s); err == nil {
		return n, n >= 1 && n <= 64
	}
	name := strings.TrimPrefix(strings.ToUpper(s), "SIG")
	for n := 1; n <= 64; n++ {
		if "SIG"+name == SignalName(n) {
			return n, true
		}
	}
	return 0, false
}
