package rule

import (
	"slices"

	"github.com/zombiectl/zombiectl/diagnose/observe"
)

var _ = register(Rule{
	ID: "Z307", Name: "host-pid-namespace", Severity: Info,
	Rank: NoCause, Nudge: Nudge{Effect: NotAboutParents}, Whole: findHostPIDNamespace,
	Title: "We are in a container, and in the machine's PID namespace",
})

// hostPIDNamespace is what Z307 found: we are in a container, and in the
// machine's PID namespace.
type hostPIDNamespace struct{ exposed exposure }

func findHostPIDNamespace(x *observe.Observation) []*Finding {
	if x.Viewpoint.Place != observe.OnHostPID {
		return nil
	}
	seen, ev := exposed(x)
	return []*Finding{{Certainty: observe.Likely, Facts: hostPIDNamespace{exposed: seen}, Evidence: slices.Concat(x.Viewpoint.Evidence, ev)}}
}

func (h hostPIDNamespace) Message() string {
	return "we are in a container, and in the machine's own PID namespace. " + h.exposed.text("the node")
}

func (hostPIDNamespace) Advice() []Advice {
	return []Advice{
		advise(Operator, Cure, "Where that is not meant, take it away (hostPID: true, docker run --pid=host)."),
		advise(Operator, Cure, hostPIDCost),
	}
}
