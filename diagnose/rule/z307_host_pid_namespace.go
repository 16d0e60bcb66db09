package rule

import (
	"slices"

	"github.com/zombiectl/zombiectl/diagnose/observe"
)

var _ = register(Rule{
	ID: "Z307", Name: "host-pid-namespace", Severity: Info,
	Rank: NoCause, Nudge: Nudge{Effect: NotAboutParents}, Whole: findHostPIDNamespace,
	Title: "We are in a container, and in the machine's PID namespace",
	Means: "The container runs with hostPID: true (docker run --pid=host): every process of the node is in view, with its arguments.",
	Confirm: `    readlink /proc/self/ns/pid                  # pid:[4026531836] is the machine's own
    ps -p 2 -o comm                             # kthreadd: kernel threads are in view`,
	Fix: `Nothing, where it is meant (a node agent). Elsewhere take hostPID away. The Pod Security levels baseline and restricted
forbid it; PodSecurityPolicy is gone since Kubernetes 1.25. See also the topic host-pid-namespace.`,
})

// hostPIDNamespace is what Z307 found: we are in a container, and in the
// machine's PID namespace.
type hostPIDNamespace struct {
	noCause
	exposed exposure
}

func findHostPIDNamespace(x *observe.Observation) []*Finding {
	if x.Viewpoint.Place != observe.OnHostPID {
		return nil
	}
	seen, ev := exposed(x)
	return []*Finding{{
		Certainty: observe.Likely, Facts: hostPIDNamespace{exposed: seen},
		Evidence: slices.Concat(x.Viewpoint.Evidence, ev),
	}}
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
