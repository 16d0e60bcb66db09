package rule

import (
	"fmt"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/scan/facts"
)

var _ = register(Rule{
	ID: "Z312", Name: "live-orphans", Severity: Info,
	Rank: NoCause, Nudge: Nudge{Effect: NotAboutParents}, Whole: findLiveOrphans,
	Title: "PID 1 does not reap, and has adopted running orphans: the next zombies",
})

type liveOrphans struct {
	aboutPID1
	first []*facts.Process // as many as are shown
	all   int
	place place
}

func findLiveOrphans(x *observe.Observation) []*Finding {
	var out []*Finding
	for _, ns := range x.Scope.Namespaces {
		v := ns.PID1
		if v == nil || v.Reaps != observe.No || x.Halts.Of(v.Process) != nil {
			continue
		}
		f := about(v.Process, observe.Likely, 0, nil)
		found := liveOrphans{place: placeOf(x, v.Process)}
		for i := range x.Procs {
			p := &x.Procs[i]
			if p.PPID != v.Process.PID || p.State == facts.Zombie || p.KernelThread() {
				continue
			}
			origin := x.Origins.Of(p, p.Stat)
			if origin.Descent != observe.Adopted {
				continue
			}
			if origin.Sure == observe.Certain {
				f.Certainty = observe.Certain
			}
			if found.all++; found.all <= observe.MaxListed {
				found.first = append(found.first, p)
				ev := observe.Stat(p.PID, fmt.Sprintf("%d %d %d", p.PPID, p.PGRP, p.Session), "ppid, pgrp, session", 4, 5, 6)
				ev.Shows = origin.Trace
				f.Evidence = append(f.Evidence, ev)
			}
		}
		if found.all > 0 {
			f.Facts = found
			out = append(out, f)
		}
	}
	return out
}

func (o liveOrphans) Message() string {
	var names []string
	for _, p := range o.first {
		names = append(names, phrase.Process(p.Comm, p.PID))
	}
	return fmt.Sprintf("has adopted %s: %s. PID 1 does not reap, so %s will become a zombie when it exits",
		english.Count(o.all, "running process", "running processes"), english.Few(names, observe.MaxListed, o.all), english.Agree(o.all, "it", "each"))
}

func (o liveOrphans) Advice() []Advice {
	return []Advice{o.place.initLine("before these exit")}
}
