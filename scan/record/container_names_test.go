package record

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/scan/look"
)

// TestNamesRecorded: what a capture keeps of the files that hold names gives the
// same names, and nothing else is in it.
func TestNamesRecorded(t *testing.T) {
	const (
		idA  = "031c454bb3cdf5dee4b0e577deb248d2d32a7df35d4ed9656368033f52efd67b"
		idB  = "f93a3dbefa3cbba6910d3a8c9e1c1b7fb41c13af13ad4296d22ec1b88389f173"
		uid  = "57e67067-89e4-4001-bdd4-8632d39ea02b"
		hash = "9ac68c2a8dd4e23b0a8dbd1ab5b6b3c7"
	)
	source := t.TempDir()
	files := map[string]string{
		"var/lib/docker/containers/" + idA + "/config.v2.json":          `{"Name":"/web","Path":"/bin/secret","Config":{"Env":["PASSWORD=hunter2"],"Labels":{"io.kubernetes.pod.name":"web","token":"hunter2"}}}`,
		"var/lib/containers/storage/overlay-containers/containers.json": `[{"id":"` + idB + `","names":["hunter2"]},{"id":"` + idA + `","names":["web"],"metadata":"{\"pod-name\":\"p\",\"secret\":\"hunter2\"}"}]`,
		"var/log/containers/web_shop_nginx-" + idA + ".log":             "/var/log/pods/shop_web_" + uid + "/nginx/0.log",
		"var/log/containers/db_shop_pg-" + idB + ".log":                 "/var/log/pods/hunter2_db_" + hash + "/pg/0.log",
	}
	// Each is the parent of a zombie, so that it is looked at.
	for pid, cgroup := range map[int]string{7: "/kubepods/burstable/pod" + uid + "/" + idA, 8: "/libpod_parent/libpod-" + idA, 9: "/x/pod" + hash + "/" + strings.Repeat("0", 64)} {
		files[facts.Path(pid, "stat")] = statOf(pid, 0, "parent", facts.Sleeping)
		files[facts.Path(pid, "status")] = "State:\tS (sleeping)\n"
		files[facts.Path(pid, "cgroup")] = "0::" + cgroup + "\n"
		files[facts.Path(10*pid, "stat")] = statOf(10*pid, pid, "child", facts.Zombie)
	}
	for name, text := range files {
		file := filepath.Join(source, encodePath(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	names := func(src look.Source) (map[string]facts.ContainerName, map[string]facts.ContainerName) {
		s, err := look.Look(src, look.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return s.ContainerNames, s.PodNames
	}
	from, err := OpenDir(source)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	dir := filepath.Join(t.TempDir(), "recording")
	to, err := NewDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	teed := &tee{Source: from, to: newRecorder(to)}
	a1, p1 := names(teed)
	if err := to.close(); err != nil {
		t.Fatal(err)
	}
	recorded, err := OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer recorded.Close()
	recorded.(*recording).meta = &metadata{Errors: teed.to.errors}
	a2, p2 := names(recorded)
	if len(a1) == 0 || !reflect.DeepEqual(a1, a2) || !reflect.DeepEqual(p1, p2) {
		t.Errorf("got %+v %+v\nrecorded %+v %+v", a1, p1, a2, p2)
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
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
