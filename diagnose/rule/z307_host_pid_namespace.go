package rule

import (
	"fmt"
	"slices"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/english"
)

var _ = register(Rule{
	ID: "Z307", Name: "host-pid-namespace", Severity: Info,
	Rank: NoCause, Nudge: Nudge{Effect: NotAboutParents}, Whole: findHostPIDNamespace,
	Title: "This container runs in the machine's PID namespace",
	Advice: []Advice{
		advise(Operator, Cure, "Take hostPID: true, or docker run --pid=host, away where that is not meant.").by(Step{Text: hostPIDCost}),
	},
})

type hostPIDNamespace struct {
	aboutNone
	exposed exposure
}

func findHostPIDNamespace(x *observe.Observation) []*Finding {
	if x.Viewpoint.Place != observe.OnHostPID {
		return nil
	}
	seen, ev := exposed(x)
	return []*Finding{{Certainty: observe.Likely, Facts: hostPIDNamespace{exposed: seen}, Evidence: slices.Concat(x.Viewpoint.Evidence, ev)}}
}

func (h hostPIDNamespace) Message() string {
	return "This container runs in the machine's own PID namespace. " + h.exposed.text("the node")
}

// exposure is what a container can see of others.
type exposure struct {
	foreign int  // processes beside our own
	open    bool // their files as well, as those of PID 1 are to us
}

// exposed returns how much is exposed, and the evidence. The kernel asks for the
// same right for /proc/PID/root as for /proc/PID/exe (ptrace(2),
// PTRACE_MODE_READ_FSCREDS).
func exposed(x *observe.Observation) (exposure, []observe.Evidence) {
	exe, ok := observe.Deep(x.Find(1)).Exe.Get()
	if !ok {
		return exposure{foreign: x.Viewpoint.Foreign}, nil
	}
	return exposure{x.Viewpoint.Foreign, true}, []observe.Evidence{observe.ProcFile(1, "exe", exe)}
}

// text says it in sentences; the others are "the node"'s, or "other containers"'.
func (e exposure) text(whose string) string {
	text := fmt.Sprintf("This container can see %s besides its own, those of %s among them, with their command lines (/proc/PID/cmdline). ",
		english.Count(e.foreign, "process", "processes"), whose)
	if e.open {
		return text + "It can also read their files through /proc/PID/root, as it can those of PID 1"
	}
	return text + "Their files are open, through /proc/PID/root, to processes that may trace them; this one may not trace PID 1"
}
