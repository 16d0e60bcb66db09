package rule

import (
	"fmt"
	"time"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/scan/facts"
)

var _ = register(Rule{
	ID: "Z210", Name: "reaper-too-slow", Severity: Warning,
	Rank: TooSlowRank, Nudge: useless("the parent reaps, but more slowly than its children exit: it needs no telling"), Parent: findReaperTooSlow,
	Title: "The parent reaps, but cannot keep up",
})

// reaperTooSlow is what Z210 found where zombies that had been dead for long
// went between the two looks.
type reaperTooSlow struct {
	zombies int
	gone    int // zombies
	place   place
}

// reaperLate is what Z210 found where the parent was seen reaping over several looks.
type reaperLate struct {
	zombies int
	reaped  int           // zombies
	longest time.Duration // that one of these had been dead; 0: unknown
	pid     int
	name    string
}

func findReaperTooSlow(x *observe.Observation, p *observe.Parent) *Finding {
	proc := p.Process
	if proc == nil || p.Zombies == 0 || proc.KernelThread() || x.Halts.Of(proc) != nil || !x.Reaping.TooSlow(p) {
		return nil
	}
	if x.Reaping.Late(p) {
		r := x.Reapings[p.PID]
		return about(proc, observe.Certain, p.Zombies, reaperLate{p.Zombies, r.Zombies, r.Longest, proc.PID, nameOf(proc)}, observe.Reaped(proc))
	}
	last, _ := x.Reaping.Between(proc)
	f := about(proc, observe.Certain, p.Zombies, reaperTooSlow{p.Zombies, x.Reaping.Behind(p.PID), placeOf(x, proc)},
		observe.Reaped(proc).At(observe.FirstLook),
		observe.Stat(proc.PID, fmt.Sprint(last.CMinFlt), "cminflt", 11).At(observe.SecondLook))
	if oldest := x.Dead.Transient[p.PID].Gone; len(oldest) > 0 {
		f.Evidence = append(f.Evidence, observe.Stat(oldest[0].PID, facts.Zombie.String(), "state", 3).At(observe.FirstLook))
	}
	return f
}

func (s reaperTooSlow) Message() string {
	return fmt.Sprintf("reaps, but cannot keep up: %s that had been dead for over %s %s gone at the second look, and %s left",
		phrase.Zombies(s.gone), english.Duration(facts.Lasting), english.Agree(s.gone, "was", "were"), english.Count(s.zombies, "other is", "others are"))
}

func (reaperTooSlow) Cause() string { return "it reaps, but cannot keep up" }

func (s reaperTooSlow) Advice() []Advice {
	cure := advise(Developer, Cure, "%s must reap all that is dead in each turn: waitpid(-1, ..., WNOHANG) until nothing is left.", s.place.name).
		by(Step{Text: "Or let it start fewer processes."})
	look := advise(Developer, Confirm, "Look at what its loop spends its time on.").naming(s.place.pid).by(Step{Command: fmt.Sprintf("perf top -p %d", s.place.pid)})
	return []Advice{cure, look} // it does reap: to end it would be worse
}

func (l reaperLate) Message() string {
	message := "reaps, but late: it was seen reaping " + phrase.Zombies(l.reaped)
	if l.longest > 0 {
		message += english.Agree(l.reaped, ", which had been", ", one of which had been") + " dead for " + english.Duration(l.longest) + " or longer"
	}
	return message + fmt.Sprintf(", and %s left", english.Count(l.zombies, "is", "are"))
}

func (reaperLate) Cause() string { return "it reaps, but late" }

func (l reaperLate) Advice() []Advice {
	return []Advice{
		advise(Developer, Cure, "%s must reap when SIGCHLD comes, and not now and then.", l.name).by(Step{Text: "Each zombie takes a PID until it is reaped."}),
		advise(Operator, Confirm, "Watch whether it keeps up.").by(Step{Command: "zombiectl watch --for 60s"}),
	}
}
