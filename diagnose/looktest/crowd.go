package looktest

import "github.com/zombiectl/zombiectl/scan/facts"

// Crowd is three parents below tini, the last of which keeps most zombies.
func Crowd() *facts.Snapshot {
	procs := []Proc{Tini}
	for i, n := range []int{1, 2, 5} {
		pid := 10 * (i + 1)
		procs = append(procs, Proc{PID: pid, PPID: 1, Comm: "leaky"})
		for j := range n {
			procs = append(procs, Zombie(pid+1+j, pid))
		}
	}
	return Look(procs...)
}
