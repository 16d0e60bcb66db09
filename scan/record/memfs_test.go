package record

import (
	"archive/tar"
	"bytes"
	"strings"
	"testing"
	"testing/fstest"
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
	if err := fstest.TestFS(m, "proc/1/stat", "proc/1/task/1/stat", "proc/1-x", "a", "proc0", "proc/10/stat", "proc/2/stat"); err != nil {
		t.Fatal(err)
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
