package scan

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"github.com/zombiectl/zombiectl/scan/look"
	"github.com/zombiectl/zombiectl/scan/record"
)

// OpenLive opens the running machine whose root directory is dir. It needs
// Linux and a procfs mounted at dir/proc.
func OpenLive(dir string) (*Root, error) { return rootOf(look.OpenLive(dir)) }

// OpenFS opens a recorded root, or its proc directory; name is what the source
// is called.
func OpenFS(fsys fs.FS, name string) (*Root, error) { return rootOf(record.OpenFS(fsys, name)) }

func rootOf(src look.Source, err error) (*Root, error) {
	if err != nil {
		return nil, err
	}
	return &Root{src}, nil
}

// Open opens a source by its content: a root directory or its proc directory, of
// a running machine or recorded; or a file or pipe that OpenReader understands.
func Open(dir string) (*Root, error) {
	if dir == "" { // of a variable that is not set, mostly
		return nil, errors.New("the name of what to look at is empty")
	}
	dir = filepath.Clean(dir)
	if dir == "/" && runtime.GOOS != "linux" {
		return OpenLive(dir) // its error says what it needs
	}
	st, err := os.Stat(dir)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", dir, look.Reason(err))
	case st.Mode().IsRegular(), st.Mode()&fs.ModeNamedPipe != 0:
		return openFile(dir, st.Mode())
	case !st.IsDir():
		return nil, fmt.Errorf("%s is a %s, not a directory or a file", dir, record.KindOf(st.Mode()))
	case look.IsProcfs(filepath.Join(dir, "proc")):
		return OpenLive(dir)
	case look.IsProcfs(dir):
		return rootOf(look.OpenProc(dir))
	default:
		return rootOf(record.OpenDir(dir))
	}
}

func openFile(name string, mode fs.FileMode) (*Root, error) {
	// Whoever names a pipe has a writer for it, which may come later (fifo(7)):
	// read without waiting it would be empty. A file never has us wait.
	flags := os.O_RDONLY
	if mode.IsRegular() {
		flags |= syscall.O_NONBLOCK
	}
	f, err := os.OpenFile(name, flags, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, look.Reason(err))
	}
	defer f.Close()
	return OpenReader(f, name)
}
