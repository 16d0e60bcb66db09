package reap

import (
	"errors"
	"fmt"
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/sys"
)

// Action is one thing that was done, or was about to be: for the log.
type Action struct {
	Time time.Time
	Deed Deed
	// Signal that was sent; 0: none, it was waited for.
	Signal int
	To     facts.ID
	Comm   string // of the process that it was done to
	// Result is what came of it: "sent", "exit 3", "not permitted".
	Result string
	Err    error // why it was not done
}

// How says how a plan is carried out.
type How struct {
	// Wait is how long to look, after a signal, whether it helps.
	Wait time.Duration
	// NoPidfd: send signals by PID, on kernels without pidfds. A PID that is
	// reused after the facts were read is signalled then.
	NoPidfd bool
	// Confirm is asked before anything that is stronger than a nudge, when the
	// pidfd is held; false: it is not done.
	Confirm func(*Step) bool
	// Log is told of every action, one at a time.
	Log func(Action)
}

// ErrNoPidfd says that the kernel has no pidfds, or does not let us have them.
var ErrNoPidfd = errors.New("no pidfd can be had here (Linux 5.3): a PID that is reused could not be told from the process that was looked at")

var errOtherNamespace = errors.New("/proc is not that of this program's PID namespace: the PIDs in it are others")

// exitText says a wait status: "exit 3", "SIGSEGV, core dumped".
func exitText(e facts.Exit) string {
	switch {
	case e.Signal == 0:
		return fmt.Sprintf("exit %d", e.Code)
	case e.CoreDumped:
		return sys.SignalName(e.Signal) + ", core dumped"
	default:
		return sys.SignalName(e.Signal)
	}
}
