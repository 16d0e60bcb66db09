package rule

import (
	"fmt"
	"maps"
	"slices"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/scan/facts"
)

var _ = register(Rule{
	ID: "Z311", Name: "container-main-dead", Severity: Critical,
	Rank: MainDeadRank, Nudge: Nudge{Effect: NudgeMayHelp}, Whole: findContainerMainDead,
	Title: "A container's main process is a zombie under its shim",
})

type containerMainDead struct {
	shim    *facts.Process
	threads bool // of it live
	more    int  // main processes under the same shim: it may hold all containers of a pod
}

func findContainerMainDead(x *observe.Observation) []*Finding {
	dead := map[int][]*facts.Process{} // by the shim's PID
	for i := range x.Scope.Zombies {
		z := &x.Scope.Zombies[i]
		inside := z.Process.NSpid()
		if parent := x.Parents.ByPID[z.PPID]; parent != nil && observe.IsShim(parent.Process) && z.Lasting && len(inside) > 1 && inside[len(inside)-1] == 1 {
			dead[z.PPID] = append(dead[z.PPID], z.Process)
		}
	}
	var out []*Finding
	for _, pid := range slices.Sorted(maps.Keys(dead)) {
		p, shim := dead[pid][0], x.Parents.ByPID[pid].Process
		found := containerMainDead{shim: shim, threads: p.NumThreads > 1, more: len(dead[pid]) - 1}
		f := about(p, observe.Certain, len(dead[pid]), found,
			observe.NSpid(p), observe.StatePPID(p.PID, p.State, pid), observe.Stat(pid, shim.Comm, "comm", 2))
		f.AlsoAbout, f.CauseOf = []int{pid}, []int{pid}
		if found.threads {
			f.Certainty = observe.Likely
			f.Evidence = append(f.Evidence, observe.Stat(p.PID, fmt.Sprint(p.NumThreads), "num_threads", 20))
		}
		out = append(out, f)
	}
	return out
}

func (d containerMainDead) Message() string {
	message := "is the main process of a container, has ended, and is a zombie under its shim, " + phrase.Process(d.shim.Comm, d.shim.PID) + ": the runtime takes the container for running"
	if d.threads {
		message += "; it has live threads, for which the shim has to wait"
	}
	if d.more > 0 {
		message += fmt.Sprintf("; so are %d more under the same shim", d.more)
	}
	return message
}

// Cause is that of the zombies of the shim.
func (containerMainDead) Cause() string {
	return "the main process of its container has exited, and the runtime takes it for running"
}

func (d containerMainDead) Advice() []Advice {
	first := advise(Operator, Confirm, "The runtime lost its exit event, or its shim is stuck: look at the shim (state, wchan), and at the runtime's log.")
	if d.threads {
		first = advise(Operator, Confirm, "Look at its threads first: the runtime is told when the last of them ends.")
	}
	return []Advice{
		first,
		advise(Operator, Now, "Make the runtime stop and remove the container (crictl stopp, docker rm -f, podman rm -f). Ending the shim (PID %d) by hand is the last resort: what else it holds goes with it.", d.shim.PID).ending("the container"),
	}
}
