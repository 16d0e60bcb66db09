package rule

import (
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
)

var _ = register(Rule{
	ID: "Z303", Name: "pid1-drops-sigterm", Severity: Warning,
	Rank: NoCause, Nudge: Nudge{Effect: NotAboutParents}, Whole: findPID1DropsSigterm,
	Title: "SIGTERM does not get through PID 1",
	Means: `The kernel drops every signal to PID 1 of a PID namespace for which it has no handler. This PID 1 has none for
SIGTERM, and does not read it from a signalfd or wait for it. A stop (kubectl delete pod, docker stop) therefore
waits out its whole grace period and ends in SIGKILL: no clean shutdown, and slow roll-outs. It counts in a
check only where it is named in --fail-on.`,
	Confirm: "    grep SigCgt /proc/1/status                  # bit 4000 is SIGTERM\n    docker inspect -f '{{.Config.StopSignal}}' IMAGE   # another signal may be meant",
	Fix:     "An init as PID 1 passes SIGTERM on. Or handle it in the program. In a shell script: exec the program as the last command.",
})

// pid1DropsSigterm is what Z303 found: a PID 1 that SIGTERM does not get through.
type pid1DropsSigterm struct {
	noCause
	basis observe.Basis
}

func findPID1DropsSigterm(x *observe.Observation) []*Finding {
	var out []*Finding
	for _, ns := range x.Scope.Namespaces {
		v := ns.PID1
		if v == nil || ns.Host || v.ForwardsSigterm != observe.No {
			continue
		}
		term, sure := observe.Receives(v.Process, observe.SIGTERM), observe.Likely
		if term.Deaf(x.Waits.Of(v.Process)) {
			sure = observe.Certain
		}
		f := about(v.Process, sure, pid1DropsSigterm{basis: v.SigtermBasis})
		f.Evidence = term.Evidence
		f.Missing = observe.UnreadOf(x.Snapshot, v.Process.PID)
		out = append(out, f)
	}
	return out
}

func (d pid1DropsSigterm) Message() string {
	return "SIGTERM does not get through PID 1 (" + phrase.Sigterm(d.basis) + ")"
}

func (pid1DropsSigterm) Advice() []Advice {
	return []Advice{advise(Developer, Cure, "An init as PID 1 passes SIGTERM on; so does a handler in the program itself. An image may name another STOPSIGNAL.").ofPID1()}
}
