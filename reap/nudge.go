package reap

import (
	"slices"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/diagnose/rule"
)

// cannotReap says by which rule the parent of a zombie cannot reap it, and why;
// "": it can.
func cannotReap(z *diagnose.Zombie) (id, why string) { return uselessBy(z.Rules) }

// useless says by which rule a nudge of a parent cannot work, and why; the reason
// is "" where it may work.
func (p *Plan) useless(parent *diagnose.Parent) (id, why string) {
	if id, why = uselessBy(parent.Rules); why != "" { // primary cause first
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
func uselessBy(rules []string) (id, why string) {
	for _, id := range rules {
		if n := rule.Find(id).Nudge; n.Effect == rule.NudgeUseless {
			return id, n.Why
		}
	}
	return "", ""
}
