package diagnose

import (
	"slices"

	"github.com/zombiectl/zombiectl/diagnose/rule"
)

// Now returns the advice whose first step clears the zombies of a parent: that
// of the cause first. ids are the rules that say why they are there. false:
// there is no such advice.
func (d *Diagnosis) Now(pid int, ids ...string) (rule.Advice, bool) {
	for _, id := range append(slices.Clone(ids), "Z902") {
		for i := range d.Findings {
			f := &d.Findings[i]
			if f.Rule != id || f.Subject.PID != pid && !slices.Contains(f.CauseOf, pid) {
				continue
			}
			for _, a := range f.Advice() {
				if a.When == rule.Now && len(a.Steps) > 0 && a.Steps[0].Command != "" {
					return a, true
				}
			}
		}
	}
	return rule.Advice{}, false
}
