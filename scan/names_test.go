package scan

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// namesOf looks at a recorded node: the cgroup of PID 7, and files besides.
func namesOf(t *testing.T, cgroup string, files map[string]string) *Snapshot {
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
		want   ContainerName
		pod    ContainerName // of the UID
	}{
		"kubernetes": {podCgroup, map[string]string{link: target},
			ContainerName{Name: "nginx", Pod: "web-5d9c", Namespace: "shop", PodUID: uid, File: link},
			ContainerName{Pod: "web-5d9c", Namespace: "shop", PodUID: uid, File: link}},
		"kubernetes, sandbox: its sibling names the pod": {"/kubepods/burstable/pod" + uid + "/" + idB, map[string]string{link: target},
			ContainerName{}, ContainerName{Pod: "web-5d9c", Namespace: "shop", PodUID: uid, File: link}},
		"kubernetes, another pod": {"/kubepods/burstable/pod" + hash + "/" + idB, map[string]string{link: target}, ContainerName{}, ContainerName{}},
		"docker": {"/docker/" + idA, map[string]string{docker: `{"Name":"/web","Config":{"Env":["PASSWORD=x"],"Labels":{"a":"b"}}}`},
			ContainerName{Engine: Docker, Name: "web", File: docker}, ContainerName{}},
		"docker below the kubelet": {podCgroup, map[string]string{docker: `{"Name":"/k8s_nginx_web_shop_1_0","Config":{"Labels":{
			"io.kubernetes.container.name":"nginx","io.kubernetes.pod.name":"web","io.kubernetes.pod.namespace":"shop","io.kubernetes.pod.uid":"` + uid + `"}}}`},
			ContainerName{Engine: Docker, Name: "nginx", Pod: "web", Namespace: "shop", PodUID: uid, File: docker}, ContainerName{}},
		"podman": {"/machine.slice/libpod-" + idA + ".scope", map[string]string{storage: `[{"id":"` + idB + `","names":["other"]},{"id":"` + idA + `","names":["web"],"metadata":"{\"image-name\":\"i\",\"name\":\"web\"}"}]`},
			ContainerName{Engine: Podman, Name: "web", File: storage}, ContainerName{}},
		"cri-o": {"/kubepods.slice/kubepods-pod" + uidS + ".slice/crio-" + idA + ".scope", map[string]string{storage: `[{"id":"` + idA + `","names":["k8s_nginx_web_shop_1_0"],
			"metadata":"{\"pod-name\":\"web\",\"metadata-name\":\"nginx\",\"namespace\":\"shop\",\"uid\":\"` + uid + `\"}"}]`},
			ContainerName{Engine: CRIO, Name: "nginx", Pod: "web", Namespace: "shop", PodUID: uid, File: storage}, ContainerName{}},
		"nowhere":     {"/docker/" + idA, nil, ContainerName{}, ContainerName{}},
		"no names":    {"/libpod_parent/libpod-" + idA, map[string]string{storage: `[{"id":"` + idA + `"}]`}, ContainerName{}, ContainerName{}},
		"none at all": {"/system.slice/cron.service", map[string]string{link: target, storage: "not JSON"}, ContainerName{}, ContainerName{}},
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

// TestReadNamesHostile: what is no name is none, and what cannot be made sense
// of is said once.
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
		"too large":       {"/docker/" + idA, map[string]string{docker: `{"Name":"/web","x":"` + strings.Repeat("x", maxFile) + `"}`}, docker, ""},
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
	for i := range maxLogLinks + 1 {
		files[fmt.Sprintf("var/log/containers/p%d_n_c-%064x.log", i, i)] = ""
	}
	s := namesOf(t, podCgroup, files)
	if len(s.ContainerNames) != 0 || len(s.Unread) == 0 {
		t.Errorf("%d names, unread %v", len(s.ContainerNames), s.Unread)
	}
}

// TestNamesRecorded: what a capture keeps of the files that hold names gives the
// same names, and nothing else is in it.
func TestNamesRecorded(t *testing.T) {
	docker := dockerDir + "/" + idA + "/config.v2.json"
	source := t.TempDir()
	for name, text := range map[string]string{
		docker:          `{"Name":"/web","Path":"/bin/secret","Config":{"Env":["PASSWORD=hunter2"],"Labels":{"io.kubernetes.pod.name":"web","token":"hunter2"}}}`,
		storageFiles[0]: `[{"id":"` + idB + `","names":["hunter2"]},{"id":"` + idA + `","names":["web"],"metadata":"{\"pod-name\":\"p\",\"secret\":\"hunter2\"}"}]`,
		"var/log/containers/web_shop_nginx-" + idA + ".log": "/var/log/pods/shop_web_" + uid + "/nginx/0.log",
		"var/log/containers/db_shop_pg-" + idB + ".log":     "/var/log/pods/hunter2_db_" + hash + "/pg/0.log",
	} {
		file := filepath.Join(source, encodePath(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	from, err1 := os.OpenRoot(source)
	out, err2 := os.OpenRoot(dir)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	defer out.Close()
	names := func(r *Root) (map[string]ContainerName, map[string]ContainerName) {
		l := newLooker(r, Options{})
		l.snap.Procs = []Process{
			{Stat: Stat{PID: 7}, Deep: &Detail{Cgroups: Some([]CgroupPath{{Path: podCgroup}})}},
			{Stat: Stat{PID: 8}, Deep: &Detail{Cgroups: Some([]CgroupPath{{Path: "/libpod_parent/libpod-" + idA}})}},
			{Stat: Stat{PID: 9}, Deep: &Detail{Cgroups: Some([]CgroupPath{{Path: "/x/pod" + hash + "/" + strings.Repeat("0", 64)}})}},
		}
		l.readNames()
		if len(l.snap.Unread) > 0 {
			t.Errorf("unread %v", l.snap.Unread)
		}
		return l.snap.ContainerNames, l.snap.PodNames
	}
	there := fsTree{fsys: rootFS{from}}
	live := &Root{base: there, proc: there, tee: newRecorder(&Dir{root: out, made: map[string]bool{".": true}})}
	a1, p1 := names(live)
	recorded := fsTree{fsys: rootFS{out}}
	rec := &recording{Errors: live.tee.errors}
	a2, p2 := names(&Root{base: recorded, proc: recorded, rec: rec})
	if len(a1) == 0 || !reflect.DeepEqual(a1, a2) || !reflect.DeepEqual(p1, p2) {
		t.Errorf("got %+v %+v\nrecorded %+v %+v", a1, p1, a2, p2)
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if strings.Contains(string(b), "hunter2") && !strings.HasSuffix(path, "pg-"+idB+".log") {
			t.Errorf("%s: %s", path, b)
		}
		if strings.HasSuffix(path, ".json") && !json.Valid(b) {
			t.Errorf("%s: %s", path, b)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
