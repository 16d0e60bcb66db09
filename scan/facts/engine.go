package facts

import (
	"slices"
	"strings"
)

// Engine is what made a container.
type Engine string

// The engines that a cgroup path tells apart.
const (
	Docker     Engine = "docker"
	Containerd Engine = "containerd"
	CRIO       Engine = "cri-o"
	Podman     Engine = "podman"
	LXC        Engine = "lxc"
	// Kubernetes: a pod's container whose path does not show which engine made
	// it (the cgroupfs driver of the kubelet).
	Kubernetes Engine = "kubernetes"
	// UnknownEngine: the path has an ID in it as all engines make them.
	UnknownEngine Engine = "unknown"
)

// EngineNames is what an engine leaves on a machine, by name.
type EngineNames struct {
	Engine Engine
	// Scopes begin the names of cgroups, before a dash and the container's ID:
	// of those that systemd calls scopes, and of those that engines make by
	// themselves with a prefix.
	Scopes []string
	// Paths are parts of the paths of its cgroups, and of the files that it
	// mounts into its containers, which nobody else makes.
	Paths []string
	// Programs are its own, as the kernel keeps their names.
	Programs []string
	// Shims are its programs that look after one container each and are the
	// parent of its PID 1, named so too. A * at the end stands for any more.
	Shims []string
}

// Engines are those that are known.
var Engines = []EngineNames{
	{Containerd, []string{"cri-containerd", "nerdctl"}, []string{"/containerd/", "/cri-containerd-"}, []string{"containerd"}, []string{"containerd-shim*"}},
	{Docker, []string{"docker"}, []string{"/docker/", "/docker-"}, []string{"dockerd"}, []string{"docker-containe*"}},
	{CRIO, []string{"crio"}, []string{"/crio-"}, []string{"crio"}, []string{"crio-conmon"}},
	{Podman, []string{"libpod-payload", "libpod"}, []string{"/libpod-", "/containers/storage/", "/overlay-containers/"}, []string{"podman"}, []string{"conmon"}},
	{LXC, nil, []string{"/lxc.payload"}, nil, []string{"lxc-start"}},
	{Kubernetes, nil, []string{"/kubepods", "/kubelet/pods/"}, []string{"kubelet"}, nil},
}

// MadeByEngine reports whether only a container engine makes such a path, of a
// cgroup or of a file that is mounted.
func MadeByEngine(path string) bool {
	return slices.ContainsFunc(Engines, func(e EngineNames) bool {
		return slices.ContainsFunc(e.Paths, func(part string) bool { return strings.Contains(path, part) })
	})
}
