package rule

import (
	"fmt"
	"slices"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/scan/facts"
)

var _ = register(Rule{
	ID: "Z203", Name: "missed-sigchld", Severity: Warning,
	Rank: MissedRank, Nudge: Nudge{Effect: NudgeMayHelp}, Parent: findMissedSigchld,
	Title: "The parent handles SIGCHLD, but has missed some",
})

type missedSigchld struct {
	zombies  int
	signalfd bool // it reads SIGCHLD from one
	place    place
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
	ev := slices.Concat(p.Evidence(), []observe.Evidence{observe.Reaped(proc)}, chld.Evidence, observe.Signalfds(proc, facts.SIGCHLD))
	return about(proc, observe.Likely, p.Zombies, missedSigchld{p.Zombies, chld.FD, placeOf(x, proc)}, ev...)
}

func (m missedSigchld) Message() string {
	how := "handles SIGCHLD"
	if m.signalfd {
		how = "reads SIGCHLD from a signalfd"
	}
	return fmt.Sprintf("%s and has reaped children, but has left %s while it sleeps and no SIGCHLD is pending. Several exits may give one signal, and it reaps one child for each signal",
		how, phrase.Zombies(m.zombies))
}

func (missedSigchld) Cause() string { return "it has missed a SIGCHLD" }

func (m missedSigchld) Advice() []Advice {
	at := m.place
	nudge := Step{Command: fmt.Sprintf("zombiectl reap --parent %d", at.pid), Text: "it sends SIGCHLD, again while that helps"}
	return []Advice{
		advise(Operator, Now, "Make %s look again: another SIGCHLD clears one zombie, or all.", at).naming(at.pid).by(nudge),
		advise(Developer, Cure, "%s must call waitpid(-1, ..., WNOHANG) until nothing is left, each time SIGCHLD comes.", at.name),
	}
}
