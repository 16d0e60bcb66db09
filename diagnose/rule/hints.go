package rule

import (
	"fmt"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// killed is how many of the zombies of a parent SIGKILL ended, where there are
// too many of them for an accident.
type killed struct {
	zombies int               // 0: too few
	oom     facts.Opt[uint64] // counts how often the OOM killer struck in the parent's cgroup
}

// findKilled looks for a common killer of many children of a parent, and for the
// evidence of it.
func findKilled(p *observe.Parent) (killed, []observe.Evidence) {
	n := 0
	for _, z := range p.Children {
		if e, ok := z.Exit.Get(); ok && e.Signal == observe.SIGKILL {
			n++
		}
	}
	if n < observe.MinPoints || n*2 < len(p.Children) {
		return killed{}, nil
	}
	oom, ok := observe.Deep(p.Process).OOM.Get()
	if !ok {
		return killed{zombies: n}, nil
	}
	return killed{n, facts.Some(oom.Kills)}, []observe.Evidence{{File: "/" + oom.File, Fields: observe.Fields{Name: "oom_kill"}, Value: fmt.Sprint(oom.Kills)}}
}

// hint says what may have killed them, behind a message; "": nothing to say.
func (k killed) hint() string {
	if k.zombies == 0 {
		return ""
	}
	hint := fmt.Sprintf(". %s of them were killed by SIGKILL, possibly by ", english.Number(k.zombies))
	kills, known := k.oom.Get()
	switch {
	case !known:
		return hint + "the OOM killer or a time-out"
	case kills == 0:
		return hint + "a time-out: the OOM killer has killed nothing in its cgroup"
	default:
		return hint + fmt.Sprintf("the OOM killer, which has killed %s in its cgroup, or by a time-out", english.Count(int(min(kills, 1<<30)), "time", "times"))
	}
}

// gaps is whether there are gaps between the PIDs of zombies that were started together (observe.Gaps).
type gaps bool

// hint says behind a message what the gaps may show; "": there are none.
func (g gaps) hint() string {
	if !g {
		return ""
	}
	return ". It may have adopted them: they were started together, and each took several PIDs, as if intermediate processes had come and gone"
}
