package record

import (
	"archive/tar"
	"bytes"
	"errors"
	"io/fs"
	"strings"
	"testing"
)

func TestMemFS(t *testing.T) {
	m := &memFS{}
	for _, f := range []string{"proc/1/stat", "proc/1-x", "proc/10/stat", "proc/1/task/1/stat", "a", "proc/2/stat", "proc0"} {
		if err := m.add(f, strings.NewReader(f), int64(len(f))); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.sort(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"proc": true, "proc/1/task": true, "proc/1/stat": false, "proc0": false, "proc/3": false, "pro": false} {
		if m.isDir(name) != want {
			t.Errorf("%s: a directory: %v", name, !want)
		}
	}
	for dir, want := range map[string]string{".": "a proc0 / proc", "proc": "1-x / 1 10 2", "proc/1": "stat / task", "proc/1/task": " / 1"} {
		files, dirs, err := m.list(dir)
		if got := strings.Join(files, " ") + " / " + strings.Join(dirs, " "); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", dir, got, err, want)
		}
	}
	if _, _, err := m.list("proc0"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file was listed: %v", err)
	}
	for _, f := range m.files {
		if b, err := m.read(f.name, 6); err != nil || string(b) != f.name[:min(6, len(f.name))] {
			t.Errorf("%s: got %q, %v", f.name, b, err)
		}
	}
	if _, err := m.read("proc/1/task", 6); err == nil || err.Error() != "it is a directory, not a regular file" {
		t.Errorf("a directory was read: %v", err)
	}
	if _, err := m.read("proc/3", 6); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is not there was read: %v", err)
	}
}

// TestBomb: an archive of which more has been read than can be held.
func TestBomb(t *testing.T) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Name: "proc/1/stat", Mode: 0o644, Size: 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for left, bomb := range map[int64]bool{10: true, 1 << 10: false} {
		err := readTar(bytes.NewReader(b.Bytes()), &memFS{size: maxMemFS - left})
		if got := err != nil && strings.Contains(err.Error(), "more than 512 MiB"); got != bomb {
			t.Errorf("%d bytes are left: error %v", left, err)
		}
	}
}
