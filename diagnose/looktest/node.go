package looktest

import "github.com/zombiectl/zombiectl/scan/facts"

// The IDs of the containers in Node, and of the pod that one is in.
const (
	WebID = "031c454bb3cdf5dee4b0e577deb248d2d32a7df35d4ed9656368033f52efd67b"
	DBID  = "f93a3dbefa3cbba6910d3a8c9e1c1b7fb41c13af13ad4296d22ec1b88389f173"
	PodID = "57e67067-89e4-4001-bdd4-8632d39ea02b"
)

// InCgroup sets what /proc/PID/cgroup shows.
func InCgroup(s *facts.Snapshot, path string, pids ...int) {
	for _, pid := range pids {
		s.Find(pid).Deep.Cgroups = facts.Some([]facts.CgroupPath{{Controllers: "pids", Path: path}})
	}
}

// Node has a zombie in each of two containers, one on the machine itself, and
// one whose parent was not looked at. It has cgroups v1.
func Node() *facts.Snapshot {
	s := Look(
		Proc{PID: 1, Comm: "systemd", NS: HostNS},
		Proc{PID: 10, PPID: 1, Comm: "conmon", NS: HostNS},
		Proc{PID: 11, PPID: 10, Comm: "web", NSpid: []int{11, 1}, NS: 5},
		Proc{PID: 12, PPID: 11, Comm: "probe", State: facts.Zombie, NSpid: []int{12, 7}, NS: 5},
		Proc{PID: 20, PPID: 1, Comm: "shim", NS: HostNS},
		Proc{PID: 21, PPID: 20, Comm: "db", NSpid: []int{21, 1}, NS: 6},
		Proc{PID: 22, PPID: 21, Comm: "backup", State: facts.Zombie, NSpid: []int{22, 9}, NS: 6},
		// Sent in from outside: its parent is the shim.
		Proc{PID: 23, PPID: 20, Comm: "exec", State: facts.Zombie, NSpid: []int{23, 10}, NS: 6},
		Proc{PID: 30, PPID: 1, Comm: "cron", NS: HostNS},
		Proc{PID: 31, PPID: 30, Comm: "job", State: facts.Zombie, NS: HostNS},
		Proc{PID: 40, PPID: 1, Comm: "shallow", Shallow: true},
		Proc{PID: 41, PPID: 40, Comm: "lost", State: facts.Zombie},
	)
	InCgroup(s, "/", 1)
	InCgroup(s, "/libpod_parent/conmon", 10)
	InCgroup(s, "/libpod_parent/libpod-"+WebID, 11)
	InCgroup(s, "/system.slice/containerd.service", 20)
	InCgroup(s, "/kubepods/burstable/pod"+PodID+"/"+DBID, 21)
	InCgroup(s, "/system.slice/cron.service", 30)
	s.ContainerNames = map[string]facts.ContainerName{
		WebID: {Engine: facts.Podman, Name: "web"},
		DBID:  {Name: "pg", Pod: "db-0", Namespace: "shop", PodUID: PodID},
	}
	return s
}
