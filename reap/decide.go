package reap

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/diagnose/rule"
	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/sys"
)

func nothing(s *Step, id, why string) { s.Deed, s.Rule, s.Why = doNothing, id, why }

// decide decides what to do about the zombies of one parent.
func (p *Plan) decide(s *Step) {
	parent := s.Parent.Process
	reapable := 0
	for _, z := range s.Zombies {
		if z.Rule, z.Why = uselessBy(z.Rules...); z.Why != "" {
			z.Held = true
		} else {
			reapable++
		}
	}
	switch {
	case s.Parent.PID == 0:
		id, why := uselessBy("Z105")
		nothing(s, id, why)
	case s.Parent.PID == p.options.Self:
		s.Deed = doWait
	case parent == nil:
		nothing(s, "", "the parent cannot be seen from here")
	case parent.KernelThread():
		nothing(s, "", "the parent is a kernel thread")
	case parent.State == facts.Zombie || parent.State == facts.Dead:
		nothing(s, "", "the parent has exited itself")
	case p.options.Stronger():
		p.decideStronger(s)
	case reapable == 0:
		nothing(s, s.Zombies[0].Rule, s.Zombies[0].Why)
	default:
		if id, why := p.useless(s.Parent); why != "" {
			nothing(s, id, why)
		} else {
			s.Deed, s.Signal = doNudge, sys.SIGCHLD
		}
	}
	if s.Deed != doWait {
		s.Instead = p.instead(s)
	}
	for _, z := range s.Zombies {
		if s.Deed == doNothing && z.Why == "" {
			z.Rule, z.Why = s.Rule, s.Why
		}
	}
}

// instead is the command that clears the zombies of one parent where a nudge
// does not. A refused action is not advised.
func (p *Plan) instead(s *Step) rule.Step {
	about, ids := s.Parent.PID, s.Parent.Rules
	if s.Zombies[0].Held {
		about, ids = s.Zombies[0].Process.PID, s.Zombies[0].Rules
	}
	a, ok := p.Diagnosis.Now(about, ids...)
	if !ok || s.Refused && strings.HasPrefix(a.Steps[0].Command, "zombiectl reap ") {
		return rule.Step{}
	}
	return a.Steps[0]
}

// useless says by which rule a nudge of a parent cannot work, and why; the reason
// is "" where it may work.
func (p *Plan) useless(parent *diagnose.Parent) (id, why string) {
	if id, why = uselessBy(parent.Rules...); why != "" { // primary cause first
		return id, why
	}
	hears := observe.HearsSIGCHLD(p.observed.Snapshot, p.observed.Waits, parent.Process)
	if hears.Answer != observe.No {
		return "", ""
	}
	// The rule that it belongs to, where there is one.
	if i := slices.IndexFunc(parent.Rules, func(id string) bool { return rule.Find(id).Nudge.Effect == rule.NudgeMayHelp }); i >= 0 {
		id = parent.Rules[i]
	}
	return id, phrase.Hears(hears.Basis)
}

// uselessBy returns the first of some rules whose zombies no nudge clears.
func uselessBy(rules ...string) (id, why string) {
	for _, id := range rules {
		if n := rule.Find(id).Nudge; n.Effect == rule.NudgeUseless {
			return id, n.Why
		}
	}
	return "", ""
}

// minAge is the age under which nothing stronger than a nudge is done about a
// zombie: its parent may be about to reap it (preap(1) has the same).
const minAge = time.Minute

func (p *Plan) decideStronger(s *Step) {
	o, parent := &p.options, s.Parent.Process
	s.Deed, s.Signal = doSignal, o.Signal
	if o.Terminate {
		s.Deed, s.Signal = doTerminate, sys.SIGTERM
	}
	why, may := p.protected(parent), ""
	if why == "" && mayEnd(parent, s.Signal) {
		why, may = p.findHeirs(s)
	}
	if why == "" && !o.Force {
		why = cmp.Or(may, tooSoon(s))
		s.Forceable = why != ""
	}
	if why != "" {
		nothing(s, "", why)
		s.Refused = true
	}
}

// tooSoon says why the parent may reap by itself; "": it will not.
func tooSoon(s *Step) string {
	switch parent := s.Parent.Process; {
	case s.Signal == sys.SIGCONT && parent.State == facts.Stopped:
		return "" // it is about to reap nothing, until this comes
	case s.Signal != sys.SIGCONT && (parent.State == facts.Stopped || parent.State == facts.Traced):
		return "the parent is stopped: it may reap when it goes on"
	}
	for _, z := range s.Zombies {
		switch least, ok := z.Age.AtLeast.Get(); {
		case !ok:
			return fmt.Sprintf("it is unknown for how long zombie %d has been dead: the parent may be about to reap it", z.Process.PID)
		case least < minAge:
			return fmt.Sprintf("zombie %d has been dead for less than a minute: the parent may be about to reap it", z.Process.PID)
		}
	}
	return ""
}

// mayEnd reports whether a signal may end a process: one that is meant to end
// it, or one that ends whoever does not handle it.
func mayEnd(p *facts.Process, signal int) bool {
	switch signal {
	case sys.SIGCHLD, sys.SIGCONT, sys.SIGURG, sys.SIGWINCH: // ignored by default
		return false
	case sys.SIGHUP, sys.SIGINT, sys.SIGQUIT, sys.SIGABRT, sys.SIGKILL, sys.SIGTERM:
		return true
	}
	if p.Deep == nil {
		return true
	}
	st, _ := p.Deep.Status.Get()
	caught, ok1 := st.SigCgt.Get()
	ignored, ok2 := st.SigIgn.Get()
	return !ok1 || !ok2 || !facts.HasSignal(caught|ignored, signal)
}

// findHeirs finds who may inherit the zombies. never says why that is not good
// enough: the one that inherits them, unless another is a subreaper, is not known to
// reap. may says that another one might inherit them which is not known to. Both "":
// whoever inherits them reaps.
func (p *Plan) findHeirs(s *Step) (never, may string) {
	heirs, whole := p.observed.Heirs.Of(s.Parent.Process)
	s.Heirs = heirs
	nearest := p.observed.Heirs.Known(s.Parent.Process)
	if !whole || nearest == nil {
		return "it is unknown who would inherit its zombies: not all of its ancestors can be seen", ""
	}
	if nearest.Reaps != observe.Yes {
		return "its zombies would pass to " + doubt(nearest), ""
	}
	for i := range heirs {
		if heirs[i].Reaps != observe.Yes {
			return "", "its zombies might pass to " + doubt(&heirs[i])
		}
	}
	return "", ""
}

// doubt says of an heir why it is not good enough.
func doubt(h *observe.Heir) string {
	does := "is not known to reap"
	if h.Reaps == observe.No {
		does = "does not reap"
	}
	return fmt.Sprintf("PID %d (%s), which %s: %s", h.Process.PID, h.Process.Comm, does, phrase.Reaps(h.Basis))
}
