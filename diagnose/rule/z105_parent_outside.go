package rule

import (
	"slices"

	"github.com/zombiectl/zombiectl/diagnose/observe"
)

var _ = register(Rule{
	ID: "Z105", Name: "parent-outside", Severity: Warning,
	Rank: NoCause, Nudge: useless("its parent is outside this PID namespace"), Zombie: findParentOutside,
	Title: "The zombie's parent is outside this PID namespace",
})

type parentOutside struct {
	inKubernetes bool // we are
}

func findParentOutside(x *observe.Observation, z *observe.Zombie) *Finding {
	if !slices.Contains(z.Holds, observe.ParentOutside) {
		return nil
	}
	found := parentOutside{inKubernetes: x.Containers.OwnPlatform() == observe.InKubernetes}
	return about(z.Process, observe.CertainIf(z.Lasting), 1, found, observe.Stat(z.Process.PID, "0", "ppid", 4))
}

func (parentOutside) Message() string {
	return "has its parent outside this PID namespace: nobody in here can reap it"
}

// Cause is that of this zombie.
func (parentOutside) Cause() string { return "its parent is outside this PID namespace" }

func (o parentOutside) Advice() []Advice {
	look := advise(Operator, Confirm, "Look from the node: its parent has a PID there. That is the runtime's shim, or conmon.")
	if o.inKubernetes {
		look = look.by(Step{Command: "kubectl debug node/NODE -it --image=IMAGE", Text: "NODE is the pod's node, IMAGE one with zombiectl; a pod with hostPID does too. " + hostPIDCost})
	}
	return []Advice{look.by(Step{Text: "It was started from outside: by kubectl exec, docker exec or nsenter."})}
}
