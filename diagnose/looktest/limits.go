package looktest

import (
	"fmt"

	"github.com/zombiectl/zombiectl/scan"
)

// Pids is where Limited has its cgroups.
const Pids = "sys/fs/cgroup/pids"

// Limited is a parent (PID 7, user 1000) with zombies, in a cgroup.
func Limited(zombies int, change func(*scan.Snapshot, *scan.Process)) *scan.Snapshot {
	procs := []Proc{Tini, {PID: 7, PPID: 1, Comm: "leaky"}}
	for i := range zombies {
		procs = append(procs, Zombie(8+i, 7))
	}
	s := Look(procs...)
	s.Host.Kernel = scan.Some("6.18.1-x")
	s.Self = scan.Some(scan.Self{PIDNS: scan.Some(uint64(HostNS))})
	s.Mount = scan.Some(scan.ProcMount{Options: "rw"})
	s.Cgroups = map[string]scan.Cgroup{Pids: {Path: "/"}}
	p := s.Find(7)
	st, _ := p.Deep.Status.Get()
	st.UID, st.CapEff = scan.Some(1000), scan.Some(uint64(0))
	p.Deep.Status = scan.Some(st)
	p.Deep.PidsCgroup = scan.Some(Pids)
	if change != nil {
		change(s, p)
	}
	return s
}

func number(n uint64) scan.Opt[uint64] { return scan.Some(n) }

// Within puts the parent into nested cgroups: each "name max current refusals".
func Within(s *scan.Snapshot, p *scan.Process, cgroups ...string) {
	key, path := Pids, ""
	for _, text := range cgroups {
		var name, most string
		var current, refused uint64
		if _, err := fmt.Sscan(text, &name, &most, &current, &refused); err != nil {
			panic(err)
		}
		c := scan.Cgroup{Path: path + "/" + name, Parent: key, PidsMax: number(scan.Unlimited), PidsCurrent: number(current), Refusals: number(refused), RefusalsFile: "pids.events"}
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
	p.Deep.PidsCgroup = scan.Some(key)
}
