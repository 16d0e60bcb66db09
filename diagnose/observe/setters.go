package observe

import "strings"

// Setter says where a limit on processes is set.
type Setter struct {
	Kind SetterKind
	Unit string // of SetBySystemd
}

// SetterKind says which it is.
type SetterKind int

// Where limits are set.
const (
	SetByEngine     SetterKind = iota // by the container engine, by which is unknown
	SetByDocker                       // --pids-limit
	SetByPodman                       // --pids-limit
	SetForPod                         // kubelet --pod-max-pids
	SetForAllPods                     // what kubelet leaves to pods
	SetByCRIO                         // pids_limit
	SetByLXC                          // lxc.cgroup.pids.max
	SetBySystemd                      // TasksMax= of Unit
	SetByCgroup                       // in the cgroup itself, by whom is unknown
	SetByUserLimits                   // RLIMIT_NPROC
	SetByThreadsMax                   // sysctl kernel.threads-max
	SetByPidMax                       // sysctl kernel.pid_max
)

// setterOf finds by the name of a cgroup who set its limit.
func (l *Looks) setterOf(path string) Setter {
	above, name := "", path
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		above, name = path[:i], path[i+1:]
	}
	switch {
	case strings.Contains(path, "/kubepods"):
		switch {
		case name == "kubepods" || name == "besteffort" || name == "burstable" || strings.HasPrefix(name, "kubepods") && !strings.Contains(name, "-pod"):
			return Setter{Kind: SetForAllPods}
		case strings.HasPrefix(name, "crio-"):
			return Setter{Kind: SetByCRIO}
		default:
			return Setter{Kind: SetForPod}
		}
	case strings.HasPrefix(name, "docker-") || strings.HasSuffix(above, "/docker"):
		return Setter{Kind: SetByDocker}
	case strings.HasPrefix(name, "libpod-") || strings.HasSuffix(above, "/libpod_parent"):
		return Setter{Kind: SetByPodman}
	case strings.HasPrefix(name, "lxc.payload"):
		return Setter{Kind: SetByLXC}
	case strings.HasSuffix(name, ".service"), strings.HasSuffix(name, ".scope"), strings.HasSuffix(name, ".slice"):
		return Setter{SetBySystemd, name}
	case path != "/":
		return Setter{Kind: SetByCgroup}
	}
	// The root of our cgroup namespace has no name: what else shows who made this container does.
	self, _ := l.Self.Get()
	w, _ := self.Container.Get()
	switch {
	case strings.Contains(w.Value, "/kubepods") || strings.Contains(w.Value, "/kubelet/pods/"):
		return Setter{Kind: SetForPod}
	case strings.Contains(w.Value, "/docker"):
		return Setter{Kind: SetByDocker}
	case strings.Contains(w.Value, "/libpod-") || strings.Contains(w.Value, "/containers/storage/") || strings.Contains(w.Value, "/overlay-containers/"):
		return Setter{Kind: SetByPodman}
	default:
		return Setter{Kind: SetByEngine}
	}
}
