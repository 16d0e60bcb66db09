package rule

import (
	"fmt"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/scan/facts"
)

var _ = register(Rule{
	ID: "Z204", Name: "sigchld-blocked", Severity: Warning,
	Rank: BlockedRank, Nudge: useless("the parent blocks SIGCHLD: another one stays pending like the first"), Parent: findSigchldBlocked,
	Title: "SIGCHLD is blocked in every thread, and pending",
})

type sigchldBlocked struct {
	zombies int
	place   place
}

func findSigchldBlocked(x *observe.Observation, p *observe.Parent) *Finding {
	proc := p.Process
	if proc == nil || p.Zombies == 0 || proc.KernelThread() || x.Halts.Of(proc) != nil || !observe.StuckTwice(x.Snapshot, x.Waits, proc) {
		return nil
	}
	if chld := observe.Receives(proc, facts.SIGCHLD); !chld.FDKnown || chld.FD {
		return nil // it may read it from a signalfd
	}
	st, _ := proc.Deep.Status.Get()
	pending, _ := st.ShdPnd.Get()
	blocked, _ := st.SigBlk.Get()
	masks := []observe.Evidence{observe.StatusMask(proc.PID, "SigBlk", blocked), observe.StatusMask(proc.PID, "ShdPnd", pending)}
	return about(proc, observe.Certain, p.Zombies, sigchldBlocked{p.Zombies, placeOf(x, proc)}, append(masks, p.Evidence()...)...)
}

func (b sigchldBlocked) Message() string {
	return fmt.Sprintf("has left %s: SIGCHLD is pending, and blocked in every thread, in both looks. Nothing reads it, and no thread waits", phrase.Zombies(b.zombies))
}

func (sigchldBlocked) Cause() string { return "it blocks SIGCHLD in every thread, and does not wait" }

func (b sigchldBlocked) Advice() []Advice {
	cure := advise(Developer, Cure, "%s must unblock SIGCHLD (sigprocmask, pthread_sigmask), or wait without it.", b.place.name).
		by(Step{Text: "What started it may have blocked it: a mask is inherited across fork and exec. Another SIGCHLD does not help: it stays pending too."})
	return append([]Advice{cure}, b.place.clear()...)
}
