package looktest

import (
	"fmt"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Pids is where Limited has its cgroups.
const Pids = "sys/fs/cgroup/pids"

// Limited is a parent (PID 7, user 1000) with zombies, in a cgroup.
func Limited(zombies int, change func(*facts.Snapshot, *facts.Process)) *facts.Snapshot {
	procs := []Proc{Tini, {PID: 7, PPID: 1, Comm: "leaky"}}
	for i := range zombies {
		procs = append(procs, Zombie(8+i, 7))
	}
	s := Look(procs...)
	s.Host.Kernel = facts.Some("6.18.1-x")
	s.Self = facts.Some(facts.Self{PIDNS: facts.Some(uint64(HostNS))})
	s.Mount = facts.Some(facts.ProcMount{Options: "rw"})
	s.Cgroups = map[string]facts.Cgroup{Pids: {Path: "/"}}
	p := s.Find(7)
	st, _ := p.Deep.Status.Get()
	st.UID, st.CapEff = facts.Some(1000), facts.Some(uint64(0))
	p.Deep.Status = facts.Some(st)
	p.Deep.PidsCgroup = facts.Some(Pids)
	if change != nil {
		change(s, p)
	}
	return s
}

func number(n uint64) facts.Opt[uint64] { return facts.Some(n) }

// Within puts the parent into nested cgroups: each "name max current refusals".
func Within(s *facts.Snapshot, p *facts.Process, cgroups ...string) {
	key, path := Pids, ""
	for _, text := range cgroups {
		var name, most string
		var current, refused uint64
		if _, err := fmt.Sscan(text, &name, &most, &current, &refused); err != nil {
			panic(err)
		}
		c := facts.Cgroup{Path: path + "/" + name, Parent: key, PidsMax: number(facts.Unlimited), PidsCurrent: number(current), Refusals: number(refused), RefusalsFile: "pids.events"}
		if most != "max" {
			var n uint64
			if _, err := fmt.Sscan(most, &n); err != nil {
				panic(err)
			}
			c.PidsMax = number(n)
		}
		key, path = key+"/"+name, c.Path
		s.Cgroups[key] = c
	}
	p.Deep.PidsCgroup = facts.Some(key)
}
