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

// rootFS serves a directory that somebody recorded. os.Root keeps links from
// leading out of it, and a FIFO in it must not stop us.
type rootFS struct{ *os.Root }

func (r rootFS) Open(name string) (fs.File, error) {
	return r.Root.OpenFile(filepath.FromSlash(name), os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

// fsTree is a recorded tree.
type fsTree struct {
	fsys   fs.FS
	isProc bool // fsys is the proc directory itself
}

func (t fsTree) path(name string) string {
	if t.isProc {
		name = strings.TrimPrefix(strings.TrimPrefix(name, "proc"), "/")
	}
	if name == "" {
		return "."
	}
	return encodePath(name)
}

func (t fsTree) read(name string, limit int) ([]byte, error) {
	f, err := t.fsys.Open(t.path(name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, fmt.Errorf("is a %s, and no regular file", KindOf(st.Mode()))
	}
	if most := int64(max(look.MaxFile, limit)); st.Size() > most {
		return nil, fmt.Errorf("has %d bytes, more than the %d that such a file can have", st.Size(), most)
	}
	return look.ReadAtMost(f, limit)
}

func (t fsTree) readlink(name string) (string, error) {
	// cp -r keeps links as links; a capture writes their text to a file.
	if l, ok := t.fsys.(interface{ Readlink(string) (string, error) }); ok {
		if s, err := l.Readlink(filepath.FromSlash(t.path(name))); err == nil {
			return s, nil
		}
	}
	b, err := t.read(name, 4096)
	return strings.TrimSuffix(string(b), "\n"), err
}

func (t fsTree) list(name string) ([]string, error) {
	entries, err := fs.ReadDir(t.fsys, t.path(name))
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

// hasPID reports whether there is the directory of a process in dir. A file is
// none, whatever it is called.
func hasPID(t fsTree, dir string) bool {
	entries, err := fs.ReadDir(t.fsys, dir)
	return err == nil && slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		_, ok := facts.ParsePID(e.Name())
		return ok && e.IsDir()
	})
}

// KindOf says in words what something is that is no regular file: "directory".
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

func isFile(name string) bool {
	st, err := os.Stat(name)
	return err == nil && st.Mode().IsRegular()
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
