package facts

import "strings"

// ContainerName is what a container is called, as files on the node tell
// without asking any daemon. What they do not tell is "".
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

// PodOfLog returns the UID of the pod that the target of a log link tells:
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

// isDNS reports whether s can be the name of an object of Kubernetes.
func isDNS(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' {
			return false
		}
	}
	return s != "" && len(s) <= MaxName
}
