package record

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/scan/look"
)

// tree is what holds the files of a recording, by their encoded names.
type tree interface {
	read(name string, limit int) ([]byte, error) // of a regular file
	list(dir string) (files, dirs []string, err error)
	isDir(name string) bool
}

// rootFS serves a directory that somebody recorded. os.Root keeps links from
// leading out of it, and a FIFO in it must not stop us.
type rootFS struct{ *os.Root }

func (r rootFS) Open(name string) (fs.File, error) {
	return r.OpenFile(filepath.FromSlash(name), os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

func (r rootFS) ReadLink(name string) (string, error) { return r.Readlink(filepath.FromSlash(name)) }

type fsTree struct{ fs.FS }

func (t fsTree) read(name string, limit int) ([]byte, error) {
	f, err := t.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, notRegular(st.Mode())
	}
	if most := int64(max(look.MaxFile, limit)); st.Size() > most {
		return nil, fmt.Errorf("it has %d bytes; such a file has at most %d", st.Size(), most)
	}
	return look.ReadAtMost(f, limit)
}

func (t fsTree) list(dir string) (files, dirs []string, err error) {
	entries, err := fs.ReadDir(t, dir)
	for _, e := range entries {
		if e.IsDir() {
			dirs = append(dirs, e.Name())
		} else {
			files = append(files, e.Name())
		}
	}
	return files, dirs, err
}

func (t fsTree) isDir(name string) bool {
	st, err := fs.Stat(t, name)
	return err == nil && st.IsDir()
}

// hasPID reports whether there is the directory of a process in dir. A file is
// none, whatever it is called.
func hasPID(t tree, dir string) bool {
	_, dirs, err := t.list(dir)
	return err == nil && slices.ContainsFunc(dirs, func(name string) bool {
		_, ok := facts.ParsePID(name)
		return ok
	})
}

func notRegular(m fs.FileMode) error { return fmt.Errorf("it is a %s, not a regular file", KindOf(m)) }

// KindOf names the kind of a file that is not a regular one: "directory".
func KindOf(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "directory"
	case m&fs.ModeSymlink != 0:
		return "symbolic link"
	case m&fs.ModeNamedPipe != 0:
		return "named pipe"
	case m&fs.ModeDevice != 0:
		return "device"
	case m&fs.ModeSocket != 0:
		return "socket"
	default:
		return "file"
	}
}

// encodePath percent-encodes what archives and go:embed cannot carry in a file
// name: everything outside [A-Za-z0-9._@-].
func encodePath(name string) string {
	clean := true
	for i := range len(name) {
		clean = clean && (name[i] == '/' || facts.IsPlain(name[i]))
	}
	if clean {
		return path.Clean(name)
	}
	var b strings.Builder
	for i := range len(name) {
		if c := name[i]; c == '/' || facts.IsPlain(c) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return path.Clean(b.String())
}
