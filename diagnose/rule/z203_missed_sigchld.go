package rule

import (
	"fmt"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/scan/facts"
)

var _ = register(Rule{
	ID: "Z203", Name: "missed-sigchld", Severity: Warning,
	Rank: MissedRank, Nudge: Nudge{Effect: NudgeMayHelp}, Parent: findMissedSigchld,
	Title: "The parent handles SIGCHLD, and has missed some",
	Means: `The parent has a handler for SIGCHLD, or reads it from a signalfd, and has reaped children before. Now it sleeps, no
SIGCHLD is pending, and there are zombies left. Signals do not queue: several deaths may give one SIGCHLD, and a
handler that calls wait once for each signal leaves the rest.`,
	Confirm: `    grep -E 'SigCgt|ShdPnd' /proc/PARENT/status   # 10000: a handler for SIGCHLD; none pending
    kill -CHLD PARENT; ps --ppid PARENT           # fewer zombies than before: that was it`,
	Fix: `In the handler call waitpid(-1, ..., WNOHANG) until it returns 0 or ECHILD. To clear those that are there, a SIGCHLD
may do: it clears one, or all. "zombiectl reap --parent PARENT" sends it again while it helps.`,
})

// missedSigchld is what Z203 found: a parent that notices SIGCHLD and reaps, and
// has left some.
type missedSigchld struct {
	pid, zombies int
	signalfd     bool // it reads SIGCHLD from one
}

func findMissedSigchld(x *observe.Observation, p *observe.Parent) *Finding {
	proc := p.Process
	if proc == nil || p.Zombies == 0 || !p.Lasting || proc.KernelThread() || x.Halts.Of(proc) != nil || !observe.HasReaped(x.Snapshot, proc) {
		return nil
	}
	w := x.Waits.Of(proc)
	if !w.Known || !w.Idle() || !x.Reaping.HasMissed(proc) {
		return nil
	}
	chld := observe.Receives(proc, facts.SIGCHLD)
	f := about(proc, observe.Likely, missedSigchld{proc.PID, p.Zombies, chld.FD})
	f.Zombies = p.Zombies
	f.Evidence = append(append(p.Evidence(), observe.Reaped(proc)), chld.Evidence...)
	f.Evidence = append(f.Evidence, observe.Signalfds(proc, facts.SIGCHLD)...)
	return f
}

func (m missedSigchld) Message() string {
	how := "handles SIGCHLD"
	if m.signalfd {
		how = "reads SIGCHLD from a signalfd"
	}
	return fmt.Sprintf("%s and has reaped children, and yet keeps %s, while it sleeps and no SIGCHLD is pending: several deaths may give one signal, and it reaps one child for each",
		how, phrase.Zombies(m.zombies))
}

func (missedSigchld) Cause() string { return "has missed a SIGCHLD" }

func (m missedSigchld) Advice() []Advice {
	return []Advice{
		advise(Operator, Now, "Another signal may make it look again, and clears one zombie or all: kill -CHLD %d", m.pid),
		advise(Developer, Cure, "The program has to call waitpid(-1, ..., WNOHANG) until nothing is left, each time that SIGCHLD comes."),
	}
}
