package facts

import (
	"slices"
	"strings"
)

// Engine is what made a container.
type Engine string

// The engines that a cgroup path can show.
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

// engineNames is what an engine leaves on a machine, by name.
type engineNames struct {
	engine Engine
	// scopes begin the names of cgroups, before a dash and the container's ID:
	// of those that systemd calls scopes, and of those that engines make by
	// themselves with a prefix.
	scopes []string
	// paths are parts of the paths of its cgroups, and of the files that it
	// mounts into its containers, which nobody else makes.
	paths []string
	// programs are its own that start containers, as the kernel keeps their names.
	programs []string
	// shims are its programs that look after one container each and are the
	// parent of its PID 1, named so too. A * at the end stands for any more.
	shims []string
}

var engines = []engineNames{
	{Containerd, []string{"cri-containerd", "nerdctl"}, []string{"/containerd/", "/cri-containerd-"}, []string{"containerd"}, []string{"containerd-shim*"}},
	{Docker, []string{"docker"}, []string{"/docker/", "/docker-"}, []string{"dockerd"}, []string{"docker-containe*"}},
	{CRIO, []string{"crio"}, []string{"/crio-"}, []string{"crio"}, []string{"crio-conmon"}},
	{Podman, []string{"libpod-payload", "libpod"}, []string{"/libpod-", "/containers/storage/", "/overlay-containers/"}, []string{"podman"}, []string{"conmon"}},
	{LXC, nil, []string{"/lxc.payload"}, nil, []string{"lxc-start"}},
	{Kubernetes, nil, []string{"/kubepods", "/kubelet/pods/"}, nil, nil},
}

// MadeByEngine reports whether only a container engine makes such a path, of a
// cgroup or of a file that is mounted.
func MadeByEngine(path string) bool {
	return slices.ContainsFunc(engines, func(e engineNames) bool {
		return slices.ContainsFunc(e.paths, func(part string) bool { return strings.Contains(path, part) })
	})
}

// IsEngine reports whether a process is an engine's own program that starts
// containers, by its name.
func IsEngine(comm string) bool {
	return slices.ContainsFunc(engines, func(e engineNames) bool { return slices.Contains(e.programs, comm) })
}

// IsShim reports whether a process is a shim, by its name: it holds the main
// process of a container, and is the parent of its PID 1.
func IsShim(comm string) bool {
	for i := range engines { // no closures: it is asked of the parent of every zombie
		for _, name := range engines[i].shims {
			if stem, open := strings.CutSuffix(name, "*"); comm == name || open && strings.HasPrefix(comm, stem) {
				return true
			}
		}
	}
	return false
}
