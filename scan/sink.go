package scan

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
	"time"
)

// sink is where a capture writes its files. One that is written again counts
// as it was written last.
type sink interface {
	write(key string, b []byte) error
	close() error
}

// dirSink writes files to a directory.
type dirSink struct {
	dir  *os.Root
	made map[string]bool
}

// newDirSink makes the directory, which must be empty if there is one.
func newDirSink(dir string) (*dirSink, error) {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return nil, errors.New("is not empty")
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, reason(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, reason(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, reason(err)
	}
	return &dirSink{root, map[string]bool{".": true}}, nil
}

func (s *dirSink) write(key string, b []byte) error {
	if dir := path.Dir(key); !s.made[dir] {
		if err := s.dir.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		s.made[dir] = true
	}
	return s.dir.WriteFile(key, b, 0o644)
}

func (s *dirSink) close() error { return s.dir.Close() }

// tarSink writes an archive, and keeps nothing of what it has written.
type tarSink struct {
	tar  *tar.Writer
	buf  *bufio.Writer
	zip  *gzip.Writer // nil: not packed
	when time.Time
}

// newTarSink writes to w, packed with gzip or not.
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
