package observe

import "github.com/zombiectl/zombiectl/scan/facts"

// Hearing answers whether a process would notice SIGCHLD.
type Hearing struct {
	Answer Answer
	Basis  HearingBasis
}

// HearingBasis says what the answer rests on.
type HearingBasis string

// What it may rest on.
const (
	ByHandler     HearingBasis = "handler"
	BySignalfd    HearingBasis = "signalfd"
	BySigwait     HearingBasis = "sigwait"
	IsIgnored     HearingBasis = "ignored"
	GoNeverWaited HearingBasis = "go-never-waited" // its handlers are the Go runtime's, and it has never waited for a child
	ByGo          HearingBasis = "go"              // its handlers are the Go runtime's
	ByNothing     HearingBasis = "nothing"         // no handler, no signalfd, no thread that waits
	NotKnown      HearingBasis = "unknown"
)

// HearsSIGCHLD answers whether a process would notice SIGCHLD. It does not say
// whether it would wait then.
func HearsSIGCHLD(s *facts.Snapshot, q *Waits, p *facts.Process) Hearing {
	chld, w := Receives(p, facts.SIGCHLD), q.Of(p)
	switch {
	case chld.Caught && !chld.IsGo:
		return Hearing{Yes, ByHandler}
	case chld.FD:
		return Hearing{Yes, BySignalfd}
	case w.Sigwait != nil:
		return Hearing{Yes, BySigwait}
	case chld.Ignored:
		return Hearing{No, IsIgnored}
	case chld.IsGo && !HasReaped(s, p):
		return Hearing{No, GoNeverWaited}
	case chld.IsGo:
		return Hearing{Unknown, ByGo}
	case chld.Deaf(w):
		return Hearing{No, ByNothing}
	default:
		return Hearing{Unknown, NotKnown}
	}
}
