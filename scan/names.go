package scan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Where the names are.
const (
	// logLinks holds a link for each container of a pod, made by the kubelet:
	// POD_NAMESPACE_CONTAINER-ID.log.
	logLinks = "var/log/containers"
	// dockerDir holds a directory for each container of docker.
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

// readNames looks up what the containers are called that something was read of.
func (l *looker) readNames() {
	want := map[string]Container{}
	pods := map[string]bool{} // by UID
	for i := range l.snap.Procs {
		d := l.snap.Procs[i].Deep
		if d == nil {
			continue
		}
		paths, _ := d.Cgroups.Get()
		if c, ok := ContainerOf(paths); ok && len(want) < maxContainers {
			want[c.ID] = c
			if c.PodUID != "" && c.Engine != Podman {
				pods[c.PodUID] = true
			}
		}
	}
	if len(want) == 0 {
		return
	}
	l.snap.ContainerNames = map[string]ContainerName{}
	l.snap.PodNames = map[string]ContainerName{}
	ids := make([]string, 0, len(want))
	storage := false
	for id, c := range want {
		ids = append(ids, id)
		storage = storage || c.Engine == Podman || c.Engine == CRIO || c.Engine == UnknownEngine
	}
	slices.Sort(ids)
	if len(pods) > 0 {
		l.readLogLinks(want, pods)
	}
	for _, id := range ids {
		if c := want[id].Engine; c == Docker || c == UnknownEngine || c == Kubernetes && l.snap.ContainerNames[id].Name == "" {
			l.readDocker(id)
		}
	}
	if storage {
		for _, name := range storageFiles {
			l.readStorage(name, want)
		}
	}
}

// named keeps a name. What was found first counts.
func (l *looker) named(id string, n ContainerName) {
	if _, ok := l.snap.ContainerNames[id]; !ok && n.Name != "" {
		for _, s := range []*string{&n.Name, &n.Pod, &n.Namespace, &n.PodUID} {
			*s = (*s)[:min(len(*s), facts.MaxName)]
		}
		l.snap.ContainerNames[id] = n
	}
}

// readLogLinks reads the links that the kubelet keeps to the logs of its
// containers: their names tell pod, namespace and container, and where they
// lead the UID of the pod. A pod's sandbox has no log; the links of its
// containers name the pod.
func (l *looker) readLogLinks(want map[string]Container, pods map[string]bool) {
	files, err := l.root.list(logLinks)
	if err != nil {
		l.noName(logLinks, err)
		return
	}
	slices.Sort(files)
	if len(files) > maxLogLinks {
		l.skipped(0, logLinks, fmt.Sprintf("%d files, only %d were looked at", len(files), maxLogLinks))
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
		if _, wanted := want[id]; !wanted && len(missing) == 0 {
			continue
		} else if !wanted {
			// Not recorded unless it is of interest.
			if link, err := l.unrecorded(func() (string, error) { return l.root.readlink(n.File) }); err != nil || !missing[facts.PodOfLog(link)] {
				continue
			}
		}
		link, err := l.root.readlink(n.File)
		if err != nil {
			l.noName(n.File, err)
			continue
		}
		n.PodUID = facts.PodOfLog(link)
		if _, wanted := want[id]; wanted {
			l.named(id, n)
		}
		if _, ok := l.snap.PodNames[n.PodUID]; !ok && pods[n.PodUID] {
			l.snap.PodNames[n.PodUID] = ContainerName{Pod: n.Pod, Namespace: n.Namespace, PodUID: n.PodUID, File: n.File}
		}
	}
}

// unrecorded reads something that a capture is not to keep.
func (l *looker) unrecorded(read func() (string, error)) (string, error) {
	tee := l.root.tee
	l.root.tee = nil
	defer func() { l.root.tee = tee }()
	return read()
}

// dockerConfig is the part of config.v2.json that is of interest. The rest, the
// environment of the container among it, is nobody's business, and recorded
// neither.
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

func (l *looker) readDocker(id string) {
	file := dockerDir + "/" + id + "/config.v2.json"
	var c dockerConfig
	err := l.root.readPart(file, func(b []byte) ([]byte, error) {
		if err := json.Unmarshal(b, &c); err != nil {
			return nil, err
		}
		labels := map[string]string{}
		for _, key := range []string{dockerLabels.name, dockerLabels.pod, dockerLabels.namespace, dockerLabels.uid} {
			if v, ok := c.Config.Labels[key]; ok {
				labels[key] = v
			}
		}
		c.Config.Labels = labels
		return json.Marshal(c)
	})
	if err != nil {
		l.noName(file, err)
		return
	}
	labels := c.Config.Labels
	n := ContainerName{
		Engine: Docker, Name: strings.TrimPrefix(c.Name, "/"), Pod: labels[dockerLabels.pod],
		Namespace: labels[dockerLabels.namespace], PodUID: labels[dockerLabels.uid], File: file,
	}
	if name := labels[dockerLabels.name]; name != "" {
		n.Name = name
	}
	l.named(id, n)
}

// storedContainer is one container of containers/storage. Its metadata is JSON
// once more: the engine's own.
type storedContainer struct {
	ID       string   `json:"id"`
	Names    []string `json:"names"`
	Metadata string   `json:"metadata,omitempty"`
}

// crioMetadata is what CRI-O keeps there.
type crioMetadata struct {
	Pod       string `json:"pod-name,omitempty"`
	Name      string `json:"metadata-name,omitempty"`
	Namespace string `json:"namespace,omitempty"`
	UID       string `json:"uid,omitempty"`
}

func (l *looker) readStorage(file string, want map[string]Container) {
	var list []storedContainer
	err := l.root.readPart(file, func(b []byte) ([]byte, error) {
		if err := json.Unmarshal(b, &list); err != nil {
			return nil, err
		}
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
		return json.Marshal(list)
	})
	if err != nil {
		l.noName(file, err)
		return
	}
	for _, s := range list {
		n := ContainerName{Engine: Podman, File: file}
		if len(s.Names) > 0 {
			n.Name = s.Names[0]
		}
		var m crioMetadata
		if json.Unmarshal([]byte(s.Metadata), &m) == nil && m.Pod != "" {
			n = ContainerName{Engine: CRIO, Name: m.Name, Pod: m.Pod, Namespace: m.Namespace, PodUID: m.UID, File: file}
			if m.Name == "" && len(s.Names) > 0 {
				n.Name = s.Names[0]
			}
		}
		l.named(s.ID, n)
	}
}

// noName notes that a file with names could not be read. That there is none is
// ordinary: most machines have one engine, and a container has no such files.
func (l *looker) noName(file string, err error) {
	if !vanished(err) && !errors.Is(err, syscall.ENOTDIR) {
		l.unread(0, file, err)
	}
}

// readPart reads a file of which only a part is of interest: part makes of its
// content what is recorded, and has to give the same of that.
func (r *Root) readPart(name string, part func([]byte) ([]byte, error)) error {
	if err := r.rec.failure(name); err != nil {
		return err
	}
	t := r.tree(name)
	if t == nil {
		return syscall.ENOENT
	}
	b, err := t.read(name, maxFile)
	if err == nil && len(b) == maxFile {
		err = fmt.Errorf("larger than %d bytes", maxFile)
	}
	if err == nil {
		b, err = part(bytes.TrimSpace(b))
	}
	r.tee.read(name, b, err)
	return err
}
