package observe

import (
	"strings"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Platform is what runs a process: advice is for that. "": it is unknown.
type Platform string

// The platforms.
const (
	InKubernetes Platform = "kubernetes"
	InDocker     Platform = "docker"
	InPodman     Platform = "podman"
	InSystemd    Platform = "systemd" // a service, and no container
	OnMachine    Platform = "plain"   // neither
)

// Platform tells the platform of a process by its cgroup, and by what shows that
// the observer is in a container too.
func (q *Containers) Platform(p *facts.Process) Platform {
	c := q.Of(p)
	switch {
	case c == nil:
		return q.OwnPlatform()
	case c.Engine == NoContainer && UnitOf(p) != "":
		return InSystemd
	case c.Engine == NoContainer:
		return OnMachine
	case c.Engine == facts.Podman:
		return InPodman
	case c.PodUID != "", c.Engine == facts.CRIO, c.Engine == facts.Kubernetes:
		return InKubernetes
	case c.Engine == facts.Docker:
		return InDocker
	default:
		return ""
	}
}

// OwnPlatform is that of the observer, who looks from inside.
func (q *Containers) OwnPlatform() Platform {
	self, _ := q.looks.Self.Get()
	seen, ok := self.Container.Get()
	switch {
	case !ok || q.looks.OnHost:
		return ""
	case strings.Contains(seen.Value, "/kubelet/pods/"), strings.Contains(seen.Value, "kubepods"):
		return InKubernetes
	case strings.Contains(seen.Value, "/docker/"):
		return InDocker
	case strings.Contains(seen.Value, "/overlay-containers/"), strings.Contains(seen.Value, "/libpod-"):
		return InPodman
	default:
		return ""
	}
}

// UnitOf is the systemd service that a process belongs to, by its cgroup.
func UnitOf(p *facts.Process) string {
	paths, _ := Deep(p).Cgroups.Get()
	for _, c := range paths {
		for part := range strings.SplitSeq(c.Path, "/") {
			if strings.HasSuffix(part, ".service") && !strings.HasPrefix(part, "user@") && len(part) < 256 {
				return part
			}
		}
	}
	return ""
}
