package pid1

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Signals of Linux that this package has to know by number, on every system that
// it is built on: see signal(7).
const (
	sigHUP    = 1
	sigINT    = 2
	sigKILL   = 9
	sigTERM   = 15
	sigSTKFLT = 16
	sigCHLD   = 17
	sigCONT   = 18
	sigSTOP   = 19
	sigTSTP   = 20
	sigTTIN   = 21
	sigTTOU   = 22
	sigIO     = 29
	sigPWR    = 30
	sigRTMIN  = 34 // as the C library has it: 32 and 33 are its own
	sigRTMAX  = 64

	lastNamed = 31
)

// signalNames, signalName and signalNumber are not those of package sys: an init
// imports nothing of ours (see nextDead). A test holds the names against those.
var signalNames = [lastNamed + 1]string{
	1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE",
	9: "SIGKILL", 10: "SIGUSR1", 11: "SIGSEGV", 12: "SIGUSR2", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM",
	16: "SIGSTKFLT", 17: "SIGCHLD", 18: "SIGCONT", 19: "SIGSTOP", 20: "SIGTSTP", 21: "SIGTTIN", 22: "SIGTTOU",
	23: "SIGURG", 24: "SIGXCPU", 25: "SIGXFSZ", 26: "SIGVTALRM", 27: "SIGPROF", 28: "SIGWINCH", 29: "SIGIO",
	30: "SIGPWR", 31: "SIGSYS",
}

// signalNumber reads SIGTERM, TERM, sigterm, 15, SIGRTMIN+3 or SIGRTMAX-1.
// 0: it is not a signal.
func signalNumber(s string) int {
	if n, err := strconv.Atoi(s); err == nil {
		if n < 1 || n > sigRTMAX {
			return 0
		}
		return n
	}
	name := "SIG" + strings.TrimPrefix(strings.ToUpper(s), "SIG")
	if n := slices.Index(signalNames[:], name); n > 0 {
		return n
	}
	for base, first := range map[string]int{"SIGRTMIN": sigRTMIN, "SIGRTMAX": sigRTMAX} {
		offset, ok := strings.CutPrefix(name, base)
		if !ok {
			continue
		}
		n, err := strconv.Atoi(cmp.Or(offset, "0"))
		if n += first; err == nil && n >= sigRTMIN && n <= sigRTMAX {
			return n
		}
	}
	return 0
}

func signalName(n int) string {
	switch {
	case n >= 1 && n <= lastNamed:
		return signalNames[n]
	case n == sigRTMIN:
		return "SIGRTMIN"
	case n > sigRTMIN && n <= sigRTMAX:
		return "SIGRTMIN+" + strconv.Itoa(n-sigRTMIN)
	}
	return strconv.Itoa(n)
}
