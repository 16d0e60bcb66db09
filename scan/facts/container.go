package facts

import (
	"slices"
	"strings"
)

// Container says in whose cgroup a process is. A path shows no more than this;
// names are in Snapshot.ContainerNames.
type Container struct {
	Engine Engine
	// ID is what the engine calls it: 64 hexadecimal digits, for LXC its name.
	ID string
	// PodUID is the UID of its pod in Kubernetes, or the ID of its pod in
	// Podman; "": it is in none, or the path does not show it.
	PodUID string
}

// ContainerOf returns the container that the lines of /proc/PID/cgroup are
// about; false: they show none. Not every hierarchy need have the container's
// cgroup, so the line that shows most counts.
func ContainerOf(paths []CgroupPath) (Container, bool) {
	var best Container
	for _, p := range paths {
		c, ok := ParseContainer(p.Path)
		if ok && (best.ID == "" || best.PodUID == "" && c.PodUID != "") {
			best = c
		}
	}
	return best, best.ID != ""
}

// ParseContainer finds the container in the path of a cgroup, as the engines
// name theirs:
//
//	/docker/ID
//	/system.slice/docker-ID.scope
//	/kubepods/burstable/podUID/ID
//	/kubepods.slice/…/kubepods-burstable-podUID.slice/cri-containerd-ID.scope
//	/system.slice/containerd.service/kubepods-podUID.slice:cri-containerd:ID
//	/kubepods/podUID/crio-ID
//	/libpod_parent/POD/libpod-ID
//	/machine.slice/machine-libpod_pod_POD.slice/libpod-ID.scope/container
//	/lxc.payload.NAME
//
// Of containers in containers it returns the innermost. What an engine runs
// beside a container to look after it (conmon) is not in it.
func ParseContainer(path string) (Container, bool) {
	if len(path) > MaxPath {
		return Container{}, false
	}
	path = strings.TrimSuffix(path, " (deleted)")
	var found Container
	pod, above := "", ""
	for part := range strings.SplitSeq(path, "/") {
		// containerd's cgroupfs driver takes the path that was meant for systemd,
		// SLICE:PREFIX:ID, for a name.
		slice, rest, joined := strings.Cut(part, ":")
		if uid := podOf(slice); uid != "" {
			pod, found = uid, Container{}
		}
		if prefix, id, ok := strings.Cut(rest, ":"); joined && ok && isContainerID(id) {
			part = prefix + "-" + id
		}
		switch c, helper := containerIn(part, above, pod); {
		case c.ID != "" && c.Engine == Podman && c.PodUID == c.ID:
			pod = c.PodUID
		case c.ID != "":
			c.PodUID = pod
			found, pod = c, ""
		case helper:
			return Container{}, false
		}
		above = part
	}
	return found, found.ID != ""
}

// containerIn looks at one part of a path, below another and in a pod. helper:
// it is of a process that looks after containers. A pod of Podman's is returned
// as a container with its own ID as the pod's.
func containerIn(part, above, pod string) (c Container, helper bool) {
	name := strings.TrimSuffix(strings.TrimSuffix(part, ".scope"), ".service")
	for _, e := range engines {
		for _, scope := range e.scopes {
			rest, ok := strings.CutPrefix(name, scope+"-")
			if !ok {
				continue
			}
			if isContainerID(rest) {
				return Container{Engine: e.engine, ID: rest}, false
			}
			if id, ok := strings.CutPrefix(rest, "conmon-"); ok && isContainerID(id) {
				return Container{}, true
			}
		}
	}
	switch name, payload := strings.CutPrefix(name, "lxc.payload."); {
	case payload && lxcName(name), above == "lxc" && lxcName(name):
		return Container{Engine: LXC, ID: name}, false
	case strings.HasPrefix(name, "lxc.monitor."):
		return Container{}, true
	case !isContainerID(name):
		return Container{}, false
	}
	switch {
	case above == "libpod_parent":
		return Container{Engine: Podman, ID: name, PodUID: name}, false
	case above == "docker":
		return Container{Engine: Docker, ID: name}, false
	case pod != "":
		return Container{Engine: Kubernetes, ID: name}, false
	default:
		return Container{Engine: UnknownEngine, ID: name}, false
	}
}

// podOf returns the pod that a part of a path names: podUID, or
// kubepods-burstable-podUID.slice, in which systemd wants no dash; the kubelet
// names pods that it read from files by a hash. Or machine-libpod_pod_ID.slice.
func podOf(part string) string {
	name, slice := strings.CutSuffix(part, ".slice")
	if slice {
		if _, id, ok := strings.Cut(name, "libpod_pod_"); ok && isContainerID(id) {
			return id
		}
		i := strings.LastIndex(name, "-pod")
		if i < 0 || !strings.Contains(name[:i], "kubepods") {
			return ""
		}
		name = strings.ReplaceAll(name[i+1:], "_", "-")
	}
	uid, ok := strings.CutPrefix(name, "pod")
	if ok && (len(uid) == 32 && isHex(uid) || IsUUID(uid)) {
		return uid
	}
	return ""
}

// ContainerOfFile finds the container, or the pod, in the path of a file that
// an engine mounts into each container of its own, such as its /etc/hosts.
func ContainerOfFile(path string) (Container, bool) {
	parts := strings.Split(path, "/")
	for i := 1; i+1 < len(parts); i++ {
		switch above, part := parts[i-1], parts[i]; {
		case above == "pods" && podOf("pod"+part) != "":
			return Container{Engine: Kubernetes, PodUID: part}, true
		case !isContainerID(part):
		case above == "containers" && slices.Contains(parts[:i], "docker"):
			return Container{Engine: Docker, ID: part}, true
		case strings.HasSuffix(above, "-containers"): // overlay-containers, of containers/storage
			return Container{Engine: Podman, ID: part}, true
		}
	}
	return Container{}, false
}

// NameOfLog returns the name of a container and the UID of its pod, by the path of
// the file that the kubelet mounts into it for its last words:
// /var/lib/kubelet/pods/UID/containers/NAME/HASH.
func NameOfLog(path string) (name, podUID string, ok bool) {
	parts := strings.Split(path, "/")
	if len(parts) < 5 {
		return "", "", false
	}
	last := parts[len(parts)-5:]
	uid, name := last[1], last[3]
	return name, uid, last[0] == "pods" && last[2] == "containers" && podOf("pod"+uid) != "" && isDNS(name)
}

func isContainerID(s string) bool { return len(s) == 64 && isHex(s) }

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdef") == "" }

// IsUUID reports whether s has the form 8-4-4-4-12.
func IsUUID(s string) bool {
	hex := strings.ReplaceAll(s, "-", "")
	return len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-' && len(hex) == 32 && isHex(hex)
}

// lxcName: a container of LXC has the name that somebody gave it.
func lxcName(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, plain) == "" && s != "." && s != ".."
}

// ContainerName is the name of a container, as files on the node have it. No
// daemon is asked. Unknown parts are "".
type ContainerName struct {
	Engine    Engine // where the file shows it
	Name      string
	Pod       string // of Kubernetes
	Namespace string // of Kubernetes
	PodUID    string
	// File is where it was found, below the root.
	File string
}

// MaxName is what Kubernetes allows a name to have (DNS subdomain), in bytes.
const MaxName = 253

// ParseLogLink parses the name of a link in /var/log/containers, which the kubelet
// makes for each container: POD_NAMESPACE_CONTAINER-ID.log. None of the names may
// have an underscore.
func ParseLogLink(file string) (n ContainerName, id string, ok bool) {
	name, ok := strings.CutSuffix(file, ".log")
	parts := strings.Split(name, "_")
	if !ok || len(parts) != 3 || len(parts[2]) < 66 {
		return ContainerName{}, "", false
	}
	i := len(parts[2]) - 64
	n = ContainerName{Pod: parts[0], Namespace: parts[1], Name: parts[2][:i-1]}
	id = parts[2][i:]
	if !isContainerID(id) || parts[2][i-1] != '-' || !isDNS(n.Pod) || !isDNS(n.Namespace) || !isDNS(n.Name) {
		return ContainerName{}, "", false
	}
	return n, id, true
}

// PodOfLog returns the UID of the pod by the target of a log link:
// /var/log/pods/NAMESPACE_POD_UID/CONTAINER/0.log.
func PodOfLog(link string) string {
	_, rest, ok := strings.Cut(link, "/pods/")
	dir, _, _ := strings.Cut(rest, "/")
	parts := strings.Split(dir, "_")
	if !ok || len(parts) != 3 || podOf("pod"+parts[2]) == "" {
		return ""
	}
	return parts[2]
}

// maxHostname is how long a hostname may be, in bytes: the kubelet cuts the name of a
// pod there.
const maxHostname = 63

// PodOfHostname returns the name of the pod that has a hostname, by the first
// line of its /etc/hosts, which the kubelet writes; "": it is unknown.
func PodOfHostname(hostname, hosts string) string {
	name := strings.TrimSpace(hostname)
	if strings.TrimSpace(hosts) != "# Kubernetes-managed hosts file." || len(name) >= maxHostname || !isDNS(name) {
		return ""
	}
	return name
}

// NamespaceOfFile returns the Kubernetes namespace that the file of a service account
// holds; "": it holds none.
func NamespaceOfFile(text string) string {
	if name := strings.TrimSpace(text); isDNS(name) {
		return name
	}
	return ""
}

func isDNS(s string) bool {
	return s != "" && len(s) <= MaxName && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-.") == ""
}
