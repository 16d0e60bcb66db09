package look

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"syscall"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Where the names are.
const (
	// logLinks holds a link for each container of a pod, made by the kubelet:
	// POD_NAMESPACE_CONTAINER-ID.log.
	logLinks  = "var/log/containers"
	dockerDir = "var/lib/docker/containers"
)

// storageFiles list the containers of Podman and CRI-O (containers/storage), by
// the file system that holds their layers.
var storageFiles = []string{
	"var/lib/containers/storage/overlay-containers/containers.json",
	"var/lib/containers/storage/overlay-containers/volatile-containers.json",
	"var/lib/containers/storage/vfs-containers/containers.json",
}

const (
	// maxContainers bounds how many containers are looked up: a node runs some
	// hundreds.
	maxContainers = 4096
	maxLogLinks   = 1 << 16
)

func (r *reading) readContainerNames() {
	r.readNamesOnNode()
	r.readOwnPod()
}

// readNamesOnNode reads what engines keep on a node about their containers.
func (r *reading) readNamesOnNode() {
	want := map[string]facts.Container{}
	pods := map[string]bool{} // by UID
	for p := range r.snap.All() {
		if p.Deep == nil {
			continue
		}
		paths, _ := p.Deep.Cgroups.Get()
		if c, ok := facts.ContainerOf(paths); ok && len(want) < maxContainers {
			want[c.ID] = c
			if c.PodUID != "" && c.Engine != facts.Podman {
				pods[c.PodUID] = true
			}
		}
	}
	if len(want) == 0 {
		return
	}
	r.snap.ContainerNames = map[string]facts.ContainerName{}
	r.snap.PodNames = map[string]facts.ContainerName{}
	if len(pods) > 0 {
		r.readLogLinks(want, pods)
	}
	storage := false
	for _, id := range slices.Sorted(maps.Keys(want)) {
		engine := want[id].Engine
		if engine == facts.Docker || engine == facts.UnknownEngine || engine == facts.Kubernetes && r.snap.ContainerNames[id].Name == "" {
			r.readDocker(id)
		}
		storage = storage || engine == facts.Podman || engine == facts.CRIO || engine == facts.UnknownEngine
	}
	if storage {
		for _, name := range storageFiles {
			r.readStorage(name, want)
		}
	}
}

// Where a pod finds its own name, from inside.
const (
	hostnameFile = "proc/sys/kernel/hostname"
	hostsFile    = "etc/hosts"
)

// namespaceFiles hold the Kubernetes namespace of a pod; the second is where /var/run is a link.
var namespaceFiles = []string{"var/run/secrets/kubernetes.io/serviceaccount/namespace", "run/secrets/kubernetes.io/serviceaccount/namespace"}

// readOwnPod reads what our own pod is called: a pod has its name as its hostname,
// unless it uses the network of the node, which the kubelet notes in /etc/hosts.
func (r *reading) readOwnPod() {
	self, _ := r.snap.Self.Get()
	in, _ := self.In.Get()
	if _, known := r.snap.PodNames[in.PodUID]; known || in.PodUID == "" || in.Engine == facts.Podman {
		return
	}
	var head []byte
	err := r.readPart(hostsFile, func(b []byte) ([]byte, error) {
		head, _, _ = bytes.Cut(b, []byte("\n")) // the rest is nobody's business
		return head, nil
	})
	if err != nil {
		r.noName(hostsFile, err)
		return
	}
	hostname, err := r.src.Read(hostnameFile, MaxStat)
	if err != nil {
		r.noName(hostnameFile, err)
		return
	}
	n := facts.ContainerName{Pod: facts.PodOfHostname(string(hostname), string(head)), PodUID: in.PodUID, File: hostnameFile}
	if n.Pod == "" {
		return
	}
	for _, file := range namespaceFiles {
		if b, err := r.src.Read(file, MaxStat); err == nil {
			n.Namespace = facts.NamespaceOfFile(string(b))
			break
		}
	}
	if r.snap.PodNames == nil {
		r.snap.PodNames = map[string]facts.ContainerName{}
	}
	r.snap.PodNames[in.PodUID] = n
}

// named keeps a name. The first one counts.
func (r *reading) named(id string, n facts.ContainerName) {
	if _, ok := r.snap.ContainerNames[id]; !ok && n.Name != "" {
		for _, s := range []*string{&n.Name, &n.Pod, &n.Namespace, &n.PodUID} {
			*s = (*s)[:min(len(*s), facts.MaxName)]
		}
		r.snap.ContainerNames[id] = n
	}
}

// readLogLinks reads the links that the kubelet keeps to the logs of its
// containers. Their names have pod, namespace and container, and their targets
// the UID of the pod. A pod's sandbox has no log; the links of its containers
// name the pod.
func (r *reading) readLogLinks(want map[string]facts.Container, pods map[string]bool) {
	files, err := r.src.List(logLinks)
	if err != nil {
		r.noName(logLinks, err)
		return
	}
	slices.Sort(files)
	if len(files) > maxLogLinks {
		r.skipped(0, logLinks, fmt.Sprintf("%d files, only %d were looked at", len(files), maxLogLinks))
		files = files[:maxLogLinks]
	}
	missing := map[string]bool{} // pods with a container that has no link
	found := map[string]bool{}
	for _, f := range files {
		if _, id, ok := facts.ParseLogLink(f); ok {
			found[id] = true
		}
	}
	for id, c := range want {
		if pods[c.PodUID] && !found[id] {
			missing[c.PodUID] = true
		}
	}
	for _, f := range files {
		n, id, ok := facts.ParseLogLink(f)
		if !ok {
			continue
		}
		n.File = logLinks + "/" + f
		_, wanted := want[id]
		if !wanted && len(missing) == 0 {
			continue
		}
		if !wanted { // not recorded unless it is of interest
			if link, err := r.src.Aside().Readlink(n.File); err != nil || !missing[facts.PodOfLog(link)] {
				continue
			}
		}
		link, err := r.src.Readlink(n.File)
		if err != nil {
			r.noName(n.File, err)
			continue
		}
		n.PodUID = facts.PodOfLog(link)
		if wanted {
			r.named(id, n)
		}
		if _, ok := r.snap.PodNames[n.PodUID]; !ok && pods[n.PodUID] {
			r.snap.PodNames[n.PodUID] = facts.ContainerName{Pod: n.Pod, Namespace: n.Namespace, PodUID: n.PodUID, File: n.File}
		}
	}
}

// dockerConfig is the part of config.v2.json that we use. The rest, the
// environment of the container among it, is nobody's business, and is not
// recorded either.
type dockerConfig struct {
	Name   string
	Config struct {
		Labels map[string]string `json:",omitempty"`
	}
}

// dockerLabels are what the kubelet's adapter to docker writes on containers.
var dockerLabels = struct{ name, pod, namespace, uid string }{
	"io.kubernetes.container.name", "io.kubernetes.pod.name", "io.kubernetes.pod.namespace", "io.kubernetes.pod.uid",
}

// readNames decodes a file with names. reduce leaves only the fields that we
// use, and only these are recorded.
func (r *reading) readNames(file string, to any, reduce func()) bool {
	err := r.readPart(file, func(b []byte) ([]byte, error) {
		if len(b) == MaxFile {
			return nil, fmt.Errorf("it is larger than %d bytes", MaxFile)
		}
		if err := json.Unmarshal(bytes.TrimSpace(b), to); err != nil {
			return nil, err
		}
		reduce()
		return json.Marshal(to)
	})
	if err != nil {
		r.noName(file, err)
	}
	return err == nil
}

func (r *reading) readDocker(id string) {
	file := dockerDir + "/" + id + "/config.v2.json"
	var c dockerConfig
	ok := r.readNames(file, &c, func() {
		labels := map[string]string{}
		for _, key := range []string{dockerLabels.name, dockerLabels.pod, dockerLabels.namespace, dockerLabels.uid} {
			if v, ok := c.Config.Labels[key]; ok {
				labels[key] = v
			}
		}
		c.Config.Labels = labels
	})
	if !ok {
		return
	}
	labels := c.Config.Labels
	n := facts.ContainerName{
		Engine: facts.Docker, Name: strings.TrimPrefix(c.Name, "/"), Pod: labels[dockerLabels.pod],
		Namespace: labels[dockerLabels.namespace], PodUID: labels[dockerLabels.uid], File: file,
	}
	if name := labels[dockerLabels.name]; name != "" {
		n.Name = name
	}
	r.named(id, n)
}

// storedContainer is one container of containers/storage. Its metadata is JSON
// once more: the engine's own.
type storedContainer struct {
	ID       string   `json:"id"`
	Names    []string `json:"names"`
	Metadata string   `json:"metadata,omitempty"`
}

type crioMetadata struct {
	Pod       string `json:"pod-name,omitempty"`
	Name      string `json:"metadata-name,omitempty"`
	Namespace string `json:"namespace,omitempty"`
	UID       string `json:"uid,omitempty"`
}

func (r *reading) readStorage(file string, want map[string]facts.Container) {
	var list []storedContainer
	ok := r.readNames(file, &list, func() {
		list = slices.DeleteFunc(list, func(s storedContainer) bool { _, ok := want[s.ID]; return !ok })
		for i := range list {
			var m crioMetadata
			_ = json.Unmarshal([]byte(list[i].Metadata), &m) // Podman's own holds nothing for us
			list[i].Metadata = ""
			if m != (crioMetadata{}) {
				if b, err := json.Marshal(m); err == nil {
					list[i].Metadata = string(b)
				}
			}
		}
	})
	if !ok {
		return
	}
	for _, s := range list {
		n := facts.ContainerName{Engine: facts.Podman, File: file}
		if len(s.Names) > 0 {
			n.Name = s.Names[0]
		}
		var m crioMetadata
		if json.Unmarshal([]byte(s.Metadata), &m) == nil && m.Pod != "" {
			n = facts.ContainerName{Engine: facts.CRIO, Name: m.Name, Pod: m.Pod, Namespace: m.Namespace, PodUID: m.UID, File: file}
			if m.Name == "" && len(s.Names) > 0 {
				n.Name = s.Names[0]
			}
		}
		r.named(s.ID, n)
	}
}

// noName notes that a file with names could not be read. A missing one is
// ordinary: most machines have one engine, and a container has no such files.
func (r *reading) noName(file string, err error) {
	if !Vanished(err) && !errors.Is(err, syscall.ENOTDIR) {
		r.unread(0, file, err)
	}
}
