package look_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/scan/look"
)

// namesOf looks at a recorded node: the cgroup of PID 7, and files besides.
func namesOf(t *testing.T, cgroup string, files map[string]string) *facts.Snapshot {
	t.Helper()
	return lookAt(t, recordedTree("", "0::"+cgroup+"\n", files))
}

const (
	idA  = "031c454bb3cdf5dee4b0e577deb248d2d32a7df35d4ed9656368033f52efd67b"
	idB  = "f93a3dbefa3cbba6910d3a8c9e1c1b7fb41c13af13ad4296d22ec1b88389f173"
	uid  = "57e67067-89e4-4001-bdd4-8632d39ea02b"
	uidS = "57e67067_89e4_4001_bdd4_8632d39ea02b" // as systemd wants it
	hash = "9ac68c2a8dd4e23b0a8dbd1ab5b6b3c7"
)

const podCgroup = "/kubepods/burstable/pod" + uid + "/" + idA

func TestReadNames(t *testing.T) {
	link := "var/log/containers/web-5d9c_shop_nginx-" + idA + ".log"
	target := "/var/log/pods/shop_web-5d9c_" + uid + "/nginx/0.log"
	docker := "var/lib/docker/containers/" + idA + "/config.v2.json"
	storage := "var/lib/containers/storage/overlay-containers/containers.json"
	for name, c := range map[string]struct {
		cgroup string
		files  map[string]string
		want   facts.ContainerName
		pod    facts.ContainerName // of the UID
	}{
		"kubernetes": {podCgroup, map[string]string{link: target},
			facts.ContainerName{Name: "nginx", Pod: "web-5d9c", Namespace: "shop", PodUID: uid, File: link},
			facts.ContainerName{Pod: "web-5d9c", Namespace: "shop", PodUID: uid, File: link}},
		"kubernetes, sandbox: its sibling names the pod": {"/kubepods/burstable/pod" + uid + "/" + idB, map[string]string{link: target},
			facts.ContainerName{}, facts.ContainerName{Pod: "web-5d9c", Namespace: "shop", PodUID: uid, File: link}},
		"kubernetes, another pod": {"/kubepods/burstable/pod" + hash + "/" + idB, map[string]string{link: target}, facts.ContainerName{}, facts.ContainerName{}},
		"docker": {"/docker/" + idA, map[string]string{docker: `{"Name":"/web","Config":{"Env":["PASSWORD=x"],"Labels":{"a":"b"}}}`},
			facts.ContainerName{Engine: facts.Docker, Name: "web", File: docker}, facts.ContainerName{}},
		"docker below the kubelet": {podCgroup, map[string]string{docker: `{"Name":"/k8s_nginx_web_shop_1_0","Config":{"Labels":{
			"io.kubernetes.container.name":"nginx","io.kubernetes.pod.name":"web","io.kubernetes.pod.namespace":"shop","io.kubernetes.pod.uid":"` + uid + `"}}}`},
			facts.ContainerName{Engine: facts.Docker, Name: "nginx", Pod: "web", Namespace: "shop", PodUID: uid, File: docker}, facts.ContainerName{}},
		"podman": {"/machine.slice/libpod-" + idA + ".scope", map[string]string{storage: `[{"id":"` + idB + `","names":["other"]},{"id":"` + idA + `","names":["web"],"metadata":"{\"image-name\":\"i\",\"name\":\"web\"}"}]`},
			facts.ContainerName{Engine: facts.Podman, Name: "web", File: storage}, facts.ContainerName{}},
		"cri-o": {"/kubepods.slice/kubepods-pod" + uidS + ".slice/crio-" + idA + ".scope", map[string]string{storage: `[{"id":"` + idA + `","names":["k8s_nginx_web_shop_1_0"],
			"metadata":"{\"pod-name\":\"web\",\"metadata-name\":\"nginx\",\"namespace\":\"shop\",\"uid\":\"` + uid + `\"}"}]`},
			facts.ContainerName{Engine: facts.CRIO, Name: "nginx", Pod: "web", Namespace: "shop", PodUID: uid, File: storage}, facts.ContainerName{}},
		"nowhere":     {"/docker/" + idA, nil, facts.ContainerName{}, facts.ContainerName{}},
		"no names":    {"/libpod_parent/libpod-" + idA, map[string]string{storage: `[{"id":"` + idA + `"}]`}, facts.ContainerName{}, facts.ContainerName{}},
		"none at all": {"/system.slice/cron.service", map[string]string{link: target, storage: "not JSON"}, facts.ContainerName{}, facts.ContainerName{}},
	} {
		s := namesOf(t, c.cgroup, c.files)
		id := idA
		if strings.HasSuffix(c.cgroup, idB) {
			id = idB
		}
		if got := s.ContainerNames[id]; got != c.want {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
		if got := s.PodNames[uid]; got != c.pod {
			t.Errorf("%s: pod %+v, want %+v", name, got, c.pod)
		}
		for _, u := range s.Unread {
			if !strings.HasPrefix(u.File, "proc/") {
				t.Errorf("%s: unread %+v", name, u)
			}
		}
	}
}

// TestReadNamesHostile: a text that cannot be a name is ignored, and a broken
// file is noted once.
func TestReadNamesHostile(t *testing.T) {
	storage := "var/lib/containers/storage/overlay-containers/containers.json"
	docker := "var/lib/docker/containers/" + idA + "/config.v2.json"
	long := strings.Repeat("n", 1<<20)
	for name, c := range map[string]struct {
		cgroup string
		files  map[string]string
		unread string // "": nothing
		named  string // the name that it is bound to
	}{
		"links that are none": {podCgroup, map[string]string{
			"var/log/containers/" + idA + ".log":                          "x",
			"var/log/containers/a_b_-" + idA + ".log":                     "x",
			"var/log/containers/a_b_c_d-" + idA + ".log":                  "x",
			"var/log/containers/a_b_\x1b[2Jc-" + idA + ".log":             "x",
			"var/log/containers/a_b_c-" + idA[:63] + "g.log":              "x",
			"var/log/containers/_b_c-" + idA + ".log":                     "x",
			"var/log/containers/" + long[:200] + "_b_A-" + idA + ".log":   "x",
			"var/log/containers/web_shop_nginx-" + idB + ".log/inner.txt": "x",
		}, "", ""},
		"no JSON":         {"/docker/" + idA, map[string]string{docker: "{"}, docker, ""},
		"other JSON":      {"/libpod_parent/libpod-" + idA, map[string]string{storage: `{"id":1}`}, storage, ""},
		"deep JSON":       {"/libpod_parent/libpod-" + idA, map[string]string{storage: strings.Repeat("[", 1<<20)}, storage, ""},
		"too long a name": {"/docker/" + idA, map[string]string{docker: `{"Name":"/` + long + `"}`}, "", long[:facts.MaxName]},
		"too large":       {"/docker/" + idA, map[string]string{docker: `{"Name":"/web","x":"` + strings.Repeat("x", look.MaxFile) + `"}`}, docker, ""},
	} {
		s := namesOf(t, c.cgroup, c.files)
		if got := s.ContainerNames[idA].Name; got != c.named {
			t.Errorf("%s: named %.80q", name, got)
		}
		var unread []string
		for _, u := range s.Unread {
			if !strings.HasPrefix(u.File, "proc/") {
				unread = append(unread, u.File)
			}
		}
		if got := strings.Join(unread, " "); got != c.unread {
			t.Errorf("%s: unread %s, want %q", name, got, c.unread)
		}
	}
}

// TestReadNamesBounded: a directory with more than a node can have.
func TestReadNamesBounded(t *testing.T) {
	files := map[string]string{}
	for i := range look.MaxLogLinks + 1 {
		files[fmt.Sprintf("var/log/containers/p%d_n_c-%064x.log", i, i)] = ""
	}
	s := namesOf(t, podCgroup, files)
	if len(s.ContainerNames) != 0 || len(s.Unread) == 0 {
		t.Errorf("%d names, unread %v", len(s.ContainerNames), s.Unread)
	}
}

// TestReadOwnPod: from inside, a pod is called as its hostname, in the namespace of its
// service account.
func TestReadOwnPod(t *testing.T) {
	const account = "run/secrets/kubernetes.io/serviceaccount/namespace"
	mounts := "100 50 0:1 /var/lib/kubelet/pods/" + uid + "/etc-hosts /etc/hosts rw - ext4 /dev/sda rw\n"
	hosts := "# Kubernetes-managed hosts file.\n10.0.0.7 web-1\n"
	for name, c := range map[string]struct {
		mounts string
		files  map[string]string
		want   facts.ContainerName
	}{
		"a pod": {mounts, map[string]string{"proc/sys/kernel/hostname": "web-1\n", "etc/hosts": hosts, account: "shop"},
			facts.ContainerName{Pod: "web-1", Namespace: "shop", PodUID: uid, File: "proc/sys/kernel/hostname"}},
		"without a service account": {mounts, map[string]string{"proc/sys/kernel/hostname": "web-1\n", "etc/hosts": hosts},
			facts.ContainerName{Pod: "web-1", PodUID: uid, File: "proc/sys/kernel/hostname"}},
		"on the node's network": {mounts, map[string]string{"proc/sys/kernel/hostname": "node-1\n", "etc/hosts": "# Kubernetes-managed hosts file (host network).\n"}, facts.ContainerName{}},
		"no pod":                {"", map[string]string{"proc/sys/kernel/hostname": "web-1\n", "etc/hosts": hosts}, facts.ContainerName{}},
	} {
		if got := lookAt(t, recordedTree(c.mounts, "0::/\n", c.files)).PodNames[uid]; got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}
