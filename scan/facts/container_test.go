package facts

import (
	"strings"
	"testing"
)

const (
	idA  = "031c454bb3cdf5dee4b0e577deb248d2d32a7df35d4ed9656368033f52efd67b"
	idB  = "f93a3dbefa3cbba6910d3a8c9e1c1b7fb41c13af13ad4296d22ec1b88389f173"
	uid  = "57e67067-89e4-4001-bdd4-8632d39ea02b"
	uidS = "57e67067_89e4_4001_bdd4_8632d39ea02b" // as systemd wants it
	hash = "9ac68c2a8dd4e23b0a8dbd1ab5b6b3c7"
)

// Those marked [seen] were read from a process of that engine. The others are
// from its documentation and sources: it cannot be run here.
func TestParseContainer(t *testing.T) {
	const slice = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + uidS + ".slice"
	for name, c := range map[string]struct {
		path string
		want Container
	}{
		"podman cgroupfs [seen]":        {"/libpod_parent/libpod-" + idA, Container{Podman, idA, ""}},
		"podman cgroupfs, pod [seen]":   {"/libpod_parent/" + idB + "/libpod-" + idA, Container{Podman, idA, idB}},
		"podman systemd":                {"/machine.slice/libpod-" + idA + ".scope", Container{Podman, idA, ""}},
		"podman systemd v2":             {"/machine.slice/libpod-" + idA + ".scope/container", Container{Podman, idA, ""}},
		"podman systemd, pod":           {"/machine.slice/machine-libpod_pod_" + idB + ".slice/libpod-" + idA + ".scope/container", Container{Podman, idA, idB}},
		"podman rootless":               {"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + idA + ".scope/container", Container{Podman, idA, ""}},
		"podman rootless, pod":          {"/user.slice/user-1000.slice/user@1000.service/user.slice/user-libpod_pod_" + idB + ".slice/libpod-" + idA + ".scope", Container{Podman, idA, idB}},
		"podman in a service":           {"/system.slice/web.service/libpod-payload-" + idA, Container{Podman, idA, ""}},
		"docker cgroupfs":               {"/docker/" + idA, Container{Docker, idA, ""}},
		"docker systemd":                {"/system.slice/docker-" + idA + ".scope", Container{Docker, idA, ""}},
		"docker rootless":               {"/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" + idA + ".scope", Container{Docker, idA, ""}},
		"docker in docker":              {"/docker/" + idB + "/docker/" + idA, Container{Docker, idA, ""}},
		"docker, cgroup-parent":         {"/actions_job/" + idA, Container{UnknownEngine, idA, ""}},
		"docker with systemd inside":    {"/system.slice/docker-" + idA + ".scope/system.slice/cron.service", Container{Docker, idA, ""}},
		"docker, kubelet cgroupfs":      {"/kubepods/besteffort/pod" + uid + "/" + idA, Container{Kubernetes, idA, uid}},
		"docker, kubelet systemd":       {slice + "/docker-" + idA + ".scope", Container{Docker, idA, uid}},
		"containerd, kubelet systemd":   {slice + "/cri-containerd-" + idA + ".scope", Container{Containerd, idA, uid}},
		"containerd, guaranteed":        {"/kubepods.slice/kubepods-pod" + uidS + ".slice/cri-containerd-" + idA + ".scope", Container{Containerd, idA, uid}},
		"containerd, cgroupfs":          {"/kubepods/burstable/pod" + uid + "/" + idA, Container{Kubernetes, idA, uid}},
		"containerd, mixed drivers":     {"/system.slice/containerd.service/kubepods-burstable-pod" + uidS + ".slice:cri-containerd:" + idA, Container{Containerd, idA, uid}},
		"containerd, mixed, at the top": {"/kubepods-besteffort-pod" + uidS + ".slice:cri-containerd:" + idA, Container{Containerd, idA, uid}},
		"containerd, static pod":        {"/kubepods/burstable/pod" + hash + "/" + idA, Container{Kubernetes, idA, hash}},
		"containerd, nerdctl":           {"/system.slice/nerdctl-" + idA + ".scope", Container{Containerd, idA, ""}},
		"containerd, ctr":               {"/default/" + idA, Container{UnknownEngine, idA, ""}},
		"cri-o systemd":                 {slice + "/crio-" + idA + ".scope", Container{CRIO, idA, uid}},
		"cri-o systemd v2":              {slice + "/crio-" + idA + ".scope/container", Container{CRIO, idA, uid}},
		"cri-o cgroupfs":                {"/kubepods/burstable/pod" + uid + "/crio-" + idA, Container{CRIO, idA, uid}},
		"node in docker, cgroupfs":      {"/docker/" + idB + "/kubelet/kubepods/besteffort/pod" + uid + "/" + idA, Container{Kubernetes, idA, uid}},
		"node in docker, systemd":       {"/system.slice/docker-" + idB + ".scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/kubelet-kubepods-besteffort-pod" + uidS + ".slice/cri-containerd-" + idA + ".scope", Container{Containerd, idA, uid}},
		"docker in a pod":               {slice + "/cri-containerd-" + idB + ".scope/docker/" + idA, Container{Docker, idA, ""}},
		"beside us, private namespace":  {"/../cri-containerd-" + idA + ".scope", Container{Containerd, idA, ""}},
		"another pod, private":          {"/../../pod" + uid + "/" + idA, Container{Kubernetes, idA, uid}},
		"lxc":                           {"/lxc.payload.web-1/init.scope", Container{LXC, "web-1", ""}},
		"lxc, old":                      {"/lxc/web-1", Container{LXC, "web-1", ""}},
		"removed":                       {"/docker/" + idA + " (deleted)", Container{Docker, idA, ""}},
	} {
		got, ok := ParseContainer(c.path)
		if !ok || got != c.want {
			t.Errorf("%s: %s\ngot %+v, %v", name, c.path, got, ok)
		}
	}
}

func TestParseContainerNone(t *testing.T) {
	for name, path := range map[string]string{
		"root":                   "/",
		"empty":                  "",
		"service":                "/system.slice/docker.service",
		"the engine":             "/system.slice/containerd.service",
		"conmon of podman":       "/libpod_parent/conmon",
		"conmon of podman, unit": "/machine.slice/libpod-conmon-" + idA + ".scope",
		"conmon of cri-o":        "/system.slice/crio-conmon-" + idA + ".scope",
		"conmon of cri-o, pod":   "/kubepods/burstable/pod" + uid + "/crio-conmon-" + idA,
		"a pod, no container":    "/kubepods/burstable/pod" + uid,
		"short ID":               "/docker/" + idA[:12],
		"capitals":               "/docker/" + strings.ToUpper(idA),
		"too long":               "/docker/" + idA + "0",
		"not a container":        "/system.slice/docker-" + idA + ".mount",
		"only a prefix":          "/system.slice/docker-.scope",
		"monitor of lxc":         "/lxc.monitor.web-1",
		"path without end":       strings.Repeat("/docker/"+idA, 100),
	} {
		if got, ok := ParseContainer(path); ok {
			t.Errorf("%s: %s: got %+v", name, path, got)
		}
	}
}

// TestContainerOf: not every hierarchy has the container's cgroup.
func TestContainerOf(t *testing.T) {
	paths := []CgroupPath{
		{"name=systemd", "/system.slice/containerd.service"},
		{"rdma", "/"},
		{"memory", "/docker/" + idA},
		{"pids", "/kubepods/pod" + uid + "/" + idA},
		{"", "/"},
	}
	if got, ok := ContainerOf(paths); !ok || got != (Container{Kubernetes, idA, uid}) {
		t.Errorf("got %+v, %v", got, ok)
	}
	if got, ok := ContainerOf(paths[:2]); ok {
		t.Errorf("got %+v of %v", got, paths[:2])
	}
}

func TestContainerOfFile(t *testing.T) {
	for path, want := range map[string]Container{
		"/var/lib/docker/containers/" + idA + "/hostname":                                   {Docker, idA, ""},
		"/run/containers/storage/overlay-containers/" + idA + "/userdata/hosts":             {Podman, idA, ""},
		"/var/lib/kubelet/pods/" + uid + "/etc-hosts":                                       {Kubernetes, "", uid},
		"/kubelet/pods/" + hash + "/etc-hosts":                                              {Kubernetes, "", hash},
		"/user/1000/containers/overlay-containers/" + idA + "/userdata/hostname":            {Podman, idA, ""},
		"/var/lib/containers/storage/overlay-containers/" + idA[:63] + "/userdata/hostname": {},
		"/etc/hosts": {},
		"":           {},
	} {
		if got, ok := ContainerOfFile(path); got != want || ok != (want != Container{}) {
			t.Errorf("%s: got %+v, %v", path, got, ok)
		}
	}
}

func FuzzParseContainer(f *testing.F) {
	f.Add("/docker/" + idA)
	f.Add("/kubepods.slice/kubepods-pod" + uidS + ".slice/crio-" + idA + ".scope/container")
	f.Add("/a/kubepods-burstable-pod" + uidS + ".slice:cri-containerd:" + idA)
	f.Add("/libpod_parent/" + idB + "/libpod-" + idA + " (deleted)")
	f.Add("/lxc/../lxc.payload.x")
	f.Fuzz(func(t *testing.T, path string) {
		c, ok := ParseContainer(path)
		if ok != (c.ID != "") || !ok && c != (Container{}) {
			t.Fatalf("%+v, %v", c, ok)
		}
		if !ok {
			return
		}
		if !strings.Contains(path, c.ID) || c.Engine == "" || c.Engine != LXC && !isContainerID(c.ID) {
			t.Errorf("%+v is not in %q", c, path)
		}
		if c.PodUID != "" && !strings.Contains(strings.ReplaceAll(path, "_", "-"), c.PodUID) {
			t.Errorf("the pod of %+v is not in %q", c, path)
		}
	})
}

func TestNameOfLog(t *testing.T) {
	const uid = "0e1b1f9e-9c5c-4f0e-8d5a-3f3f6d9a3c11"
	for path, want := range map[string]string{
		"/var/lib/kubelet/pods/" + uid + "/containers/app/1a2b3c4d": "app",
		"/pods/" + uid + "/containers/app/1a2b3c4d":                 "app", // the kubelet's directory is a file system of its own
		"/pods/" + uid + "/containers/App/1a2b3c4d":                 "",
		"/pods/" + uid + "/volumes/app/1a2b3c4d":                    "",
		"/pods/nobody/containers/app/1a2b3c4d":                      "",
		"/containers/app/1a2b3c4d":                                  "",
		"":                                                          "",
	} {
		name, pod, ok := NameOfLog(path)
		if ok != (want != "") || ok && (name != want || pod != uid) {
			t.Errorf("%s: %q of %q, %v", path, name, pod, ok)
		}
	}
}
