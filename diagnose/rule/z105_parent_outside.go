package rule

import (
	"slices"

	"github.com/zombiectl/zombiectl/diagnose/observe"
)

var _ = register(Rule{
	ID: "Z105", Name: "parent-outside", Severity: Warning,
	Rank: NoCause, Nudge: useless("its parent is outside of this PID namespace"), Zombie: findParentOutside,
	Title: "The zombie's parent is outside of this PID namespace",
	Means: `Its PPid is 0: it was started from outside, by kubectl exec, docker exec or nsenter, and its parent lives on the
node. Nobody in this namespace can reap it, not even PID 1. As long as it stays, the namespace cannot end.`,
	Confirm: `    awk '/^PPid/' /proc/PID/status            # 0 in here
    ps -o pid,ppid,comm -p PID_ON_THE_NODE    # on the node it has a parent: a shim, or conmon`,
	Fix: "Look from the node. The parent is the container runtime's shim or conmon; when it is stopped or stuck, repair that. Do not kill it casually: the container goes with it.",
})

// parentOutside is what Z105 found: a zombie whose parent is not in this PID
// namespace.
type parentOutside struct {
	noCause
	inKubernetes bool // we are
}

func findParentOutside(x *observe.Observation, z *observe.Zombie) *Finding {
	if !slices.Contains(z.Holds, observe.ParentOutside) {
		return nil
	}
	f := about(z.Process, sureOf(z), parentOutside{inKubernetes: x.Containers.OwnPlatform() == observe.InKubernetes})
	f.Zombies = 1
	f.Evidence = []observe.Evidence{observe.Stat(z.Process.PID, "0", "ppid", 4)}
	return f
}

func (parentOutside) Message() string {
	return "its parent is outside of this PID namespace: nobody in here can reap it"
}

func (o parentOutside) Advice() []Advice {
	advice := []Advice{advise(Operator, Confirm, "It was started from outside (kubectl exec, docker exec, nsenter): look from the node, where its parent has a PID. That is the runtime's shim, or conmon.")}
	if o.inKubernetes {
		advice = append(advice, advise(Operator, Confirm, "On the node, or by kubectl debug node/NODE -it --image=IMAGE, or in a pod with hostPID. "+hostPIDCost))
	}
	return advice
}
