package scan

import (
	"fmt"
	"strconv"
	"strings"
)

// Exit is how a process ended: its wait status (wait(2)).
type Exit struct {
	Signal     int // that ended it; 0: it exited
	Code       int // exit code, where it exited
	CoreDumped bool
}

// Exit returns how a zombie ended, where that can be known. /proc/PID/stat
// field 52 silently reads 0 without ptrace permission, so a 0 counts only
// where something shows that we have it.
func (p *Process) Exit() Opt[Exit] {
	status, ok := p.ExitCode.Get()
	if !ok || p.State != Zombie || p.NumThreads > 1 { // with live threads it has not ended
		return Opt[Exit]{}
	}
	if !p.exitVisible() {
		if _, ok := p.PIDNS(); !ok {
			return Opt[Exit]{}
		}
	}
	if sig := status & 0x7f; sig != 0 {
		return Some(Exit{Signal: sig, CoreDumped: status&0x80 != 0})
	}
	return Some(Exit{Code: status >> 8 & 0xff})
}

// exitVisible reports whether the stat of a zombie itself shows that its exit
// status is real: it is not 0, or field 35 (wchan) is 1, as it is for a zombie
// on 5.16 and later exactly where the reader has ptrace permission.
func (p *Process) exitVisible() bool {
	status, _ := p.ExitCode.Get()
	wchan, _ := p.Wchan.Get()
	return status != 0 || wchan == 1
}

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
