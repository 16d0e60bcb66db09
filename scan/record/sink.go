package record

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/scan/look"
	"golang.org/x/sys/unix"
)

// sink is where a capture writes its files. One that is written again counts
// as it was written last.
type sink interface {
	write(key string, b []byte) error
	close() error
}

// Dir is a directory that a capture is written to.
type Dir struct {
	path  string
	fresh bool // it was not there before
	root  *os.Root
	made  map[string]bool
	mu    sync.Mutex
	gone  bool // discarded
}

// NewDir makes the directory, which must be empty if there is one.
func NewDir(dir string) (*Dir, error) {
	entries, err := os.ReadDir(dir)
	if err == nil && len(entries) > 0 {
		return nil, fmt.Errorf("%s is not empty", dir)
	}
	fresh := errors.Is(err, fs.ErrNotExist)
	if fresh {
		err = os.MkdirAll(dir, 0o755)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, look.Reason(err))
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, look.Reason(err))
	}
	return &Dir{path: dir, fresh: fresh, root: root, made: map[string]bool{".": true}}, nil
}

// Discard removes the files that were written, and the directory when it was
// made for them. It may be called while a capture writes to it, which then
// fails.
func (d *Dir) Discard() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.gone = true
	if d.fresh {
		return os.RemoveAll(d.path)
	}
	entries, err := os.ReadDir(d.path)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(d.path, e.Name())))
	}
	return err
}

func (d *Dir) write(key string, b []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.gone {
		return errors.New("it was discarded")
	}
	if dir := path.Dir(key); !d.made[dir] {
		if err := d.root.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		d.made[dir] = true
	}
	return d.root.WriteFile(key, b, 0o644)
}

func (d *Dir) close() error { return d.root.Close() }

// tarSink writes an archive, and keeps nothing in memory.
type tarSink struct {
	tar  *tar.Writer
	buf  *bufio.Writer
	zip  *gzip.Writer // nil: not packed
	when time.Time
}

func newTarSink(w io.Writer, pack bool) *tarSink {
	s := &tarSink{buf: bufio.NewWriterSize(w, 64<<10), when: time.Now().Round(time.Second)}
	var to io.Writer = s.buf
	if pack {
		s.zip = gzip.NewWriter(s.buf)
		to = s.zip
	}
	s.tar = tar.NewWriter(to)
	return s
}

func (s *tarSink) write(key string, b []byte) error {
	h := &tar.Header{Typeflag: tar.TypeReg, Name: key, Mode: 0o644, Size: int64(len(b)), ModTime: s.when}
	if err := s.tar.WriteHeader(h); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	_, err := s.tar.Write(b)
	return err
}

func (s *tarSink) close() error {
	err := s.tar.Close()
	if s.zip != nil {
		err = errors.Join(err, s.zip.Close())
	}
	return errors.Join(err, s.buf.Flush())
}

type recorder struct {
	to     sink
	redact bool // of command lines the values
	mu     sync.Mutex
	// listed are directories that were listed, and whether something was
	// written below them.
	listed map[string]bool
	errors map[string]string
	err    error // the first that writing gave
	files  int
	bytes  int64
}

func newRecorder(to sink) *recorder {
	return &recorder{to: to, listed: map[string]bool{}, errors: map[string]string{}}
}

func (t *recorder) read(name string, b []byte, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := encodePath(name)
	if err != nil {
		text := look.Reason(err).Error()
		var errno syscall.Errno
		if errors.As(err, &errno) && unix.ErrnoName(errno) != "" {
			text = unix.ErrnoName(errno)
		}
		t.errors[key] = text
		return
	}
	delete(t.errors, key)
	b = facts.Needed(strings.TrimPrefix(name, look.AgainDir), b)
	if t.redact && path.Base(name) == "cmdline" {
		b = Redact(b)
	}
	t.write(key, b)
}

func (t *recorder) list(name string, err error) {
	if err != nil {
		t.read(name, nil, err)
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	key := encodePath(name)
	if !t.listed[key] { // something may be there already
		t.listed[key] = false
	}
}

// empty returns the directories that were listed and hold nothing.
func (t *recorder) empty() []string {
	var dirs []string
	for dir, filled := range t.listed {
		if !filled {
			dirs = append(dirs, dir)
		}
	}
	slices.Sort(dirs)
	return dirs
}

func (t *recorder) write(key string, b []byte) {
	if t.err != nil {
		return
	}
	for dir := path.Dir(key); dir != "."; dir = path.Dir(dir) {
		if _, ok := t.listed[dir]; ok {
			t.listed[dir] = true
		}
	}
	t.err = t.to.write(key, b)
	t.files++
	t.bytes += int64(len(b))
}
