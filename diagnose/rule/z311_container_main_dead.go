package rule

import (
	"fmt"
	"maps"
	"slices"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/scan/facts"
)

var _ = register(Rule{
	ID: "Z311", Name: "container-main-dead", Severity: Critical,
	Rank: MainDeadRank, Nudge: Nudge{Effect: NudgeMayHelp}, Whole: findContainerMainDead,
	Title: "A container's main process is a zombie under its shim",
})

type containerMainDead struct {
	shim    *facts.Process
	threads bool // of it are running
	more    int  // main processes under the same shim: it may hold all containers of a pod
	pid     int
	place   place // of the shim
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
		found := containerMainDead{shim: shim, threads: p.NumThreads > 1, more: len(dead[pid]) - 1, pid: p.PID, place: placeOf(x, shim)}
		if c := x.Containers.OfZombie(p, pid); c != nil && c.ID != "" && found.more == 0 {
			found.place.container = c
		}
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
	message := "was the main process of a container, and is a zombie under its shim, " + phrase.Process(d.shim.Comm, d.shim.PID) + ": the runtime takes the container for running"
	if d.threads {
		message += ". It has running threads, for which the shim has to wait"
	}
	if d.more > 0 {
		message += fmt.Sprintf(". The same holds for %s under this shim", english.Count(d.more, "other main process", "other main processes"))
	}
	return message
}

// Cause is that of the zombies of the shim.
func (containerMainDead) Cause() string {
	return "the main process of its container has exited, and the runtime still reports it as running"
}

func (d containerMainDead) Advice() []Advice {
	look := advise(Operator, Confirm, "Look at what the shim waits for, and at the runtime's log: it lost the exit, or is stuck.").by(stack(d.place.pid))
	if d.threads {
		look = advise(Operator, Confirm, "Look at its threads: the runtime is told when the last of them has exited.").by(Step{Command: fmt.Sprintf("ls /proc/%d/task", d.pid)})
	}
	if d.place.halt != nil && d.place.halt.Sure {
		return append([]Advice{look}, d.place.release()...)
	}
	now := advise(Operator, Now, "Make the runtime remove the container, which it still reports as running.").by(d.place.remove()...)
	return []Advice{look, now}
}
