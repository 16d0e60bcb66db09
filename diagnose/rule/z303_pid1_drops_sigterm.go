package rule

import (
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
)

var _ = register(Rule{
	ID: "Z303", Name: "pid1-drops-sigterm", Severity: Warning,
	Rank: NoCause, Nudge: Nudge{Effect: NotAboutParents}, Whole: findPID1DropsSigterm,
	Title:  "PID 1 ignores SIGTERM, or does not pass it on",
	Advice: []Advice{advise(Developer, Cure, "Handle SIGTERM in the program, or give the container an init: it passes SIGTERM on.").by(Step{Text: "An image may name another STOPSIGNAL."})},
})

type pid1DropsSigterm struct {
	aboutPID1
	basis observe.Basis
}

func findPID1DropsSigterm(x *observe.Observation) []*Finding {
	var out []*Finding
	for _, ns := range x.Scope.Namespaces {
		v := ns.PID1
		if v == nil || ns.Host || v.ForwardsSigterm != observe.No {
			continue
		}
		term := observe.Receives(v.Process, observe.SIGTERM)
		f := about(v.Process, observe.CertainIf(term.Deaf(x.Waits.Of(v.Process))), 0, pid1DropsSigterm{basis: v.SigtermBasis}, term.Evidence...)
		f.Missing = observe.UnreadOf(x.Snapshot, v.Process.PID)
		out = append(out, f)
	}
	return out
}

func (d pid1DropsSigterm) Message() string {
	if d.basis.Kind == observe.NoHandler {
		return "ignores SIGTERM: it has no handler, so the kernel drops it. Stopping this container takes the whole grace period"
	}
	return "does not pass SIGTERM on: " + phrase.Sigterm(d.basis)
}
