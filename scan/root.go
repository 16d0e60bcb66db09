package scan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Root is the one place that everything is read below: "/" on a running
// machine, "/host" for a node mounted into a pod, any directory for a
// recording. Paths handed to its methods are relative to it ("proc/1/stat").
type Root struct {
	name string
	// proc is where proc/ is found, base where everything else is; base is
	// nil when all that was given is the proc directory itself.
	proc, base tree
	live       bool
	rec        *recording // of a recorded root: its capture.json; nil without one
	tee        *recorder  // of a live root being captured
	listed     *Snapshot  // of a list of processes, all that there is of it
	procDir    string     // path of the proc directory of a live root
	openFiles  []io.Closer
}

// tree is a directory tree: /proc read with as few system calls as there can
// be, or files that somebody recorded.
type tree interface {
	// read returns the content of a file, at most limit bytes of it.
	read(name string, limit int) ([]byte, error)
	readlink(name string) (string, error)
	list(name string) ([]string, error)
}

// maxFile bounds what is read of one file. The largest that is wanted are
// mountinfo and stat of a machine with many CPUs.
const maxFile = 4 << 20

// maxCapture bounds capture.json, which may name an error for each of many
// processes.
const maxCapture = 64 << 20

// OpenLive opens the running machine whose root directory is dir. It needs
// Linux and a procfs mounted at dir/proc.
func OpenLive(dir string) (*Root, error) {
	r, err := openLive(dir, filepath.Join(dir, "proc"))
	if err != nil {
		return nil, err
	}
	r.name = dir
	return r, nil
}

// Open opens a source by what it is: a root directory or its proc directory,
// of a running machine or recorded; or a file or pipe that OpenReader
// understands.
func Open(dir string) (*Root, error) {
	if dir == "" { // of a variable that is not set, mostly
		return nil, errors.New("the path to look at is empty")
	}
	dir = filepath.Clean(dir)
	if dir == "/" && runtime.GOOS != "linux" {
		return OpenLive(dir) // which says what it needs
	}
	st, err := os.Stat(dir)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", dir, reason(err))
	case st.Mode().IsRegular(), st.Mode()&fs.ModeNamedPipe != 0:
		return openFile(dir, st.Mode())
	case !st.IsDir():
		return nil, fmt.Errorf("%s: is a %s, and neither a directory nor a file", dir, kindOf(st.Mode()))
	}
	if sub := filepath.Join(dir, "proc"); isProcfs(sub) {
		return OpenLive(dir)
	}
	if isProcfs(dir) {
		r, err := openLive(filepath.Dir(dir), dir)
		if err != nil {
			return nil, err
		}
		r.name = dir
		if filepath.Base(dir) != "proc" {
			r.base = nil
		}
		return r, nil
	}
	if up := filepath.Join(dir, ".."); filepath.Base(dir) == "proc" && isFile(filepath.Join(up, captureFile)) {
		dir = up // the proc directory of a capture: much of it is beside that
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, reason(err))
	}
	r, err := OpenFS(rootFS{root}, dir)
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	r.openFiles = append(r.openFiles, root)
	return r, nil
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
		return nil, fmt.Errorf("%s: %w", name, reason(err))
	}
	defer f.Close()
	return OpenReader(f, name)
}

func isFile(name string) bool {
	st, err := os.Stat(name)
	return err == nil && st.Mode().IsRegular()
}

// OpenFS opens a recorded root, or its proc directory; name is what the source
// is called.
func OpenFS(fsys fs.FS, name string) (*Root, error) {
	base := fsTree{fsys: fsys}
	r := &Root{name: name, base: base, proc: base}
	switch st, err := fs.Stat(fsys, "proc"); {
	case err == nil && st.IsDir():
		if err := r.loadRecording(); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if !hasPID(base, "proc") && !r.rec.hasPID() {
			return nil, fmt.Errorf("%s: no process below its proc directory", name)
		}
	case hasPID(base, "."):
		r.base, r.proc = nil, fsTree{fsys: fsys, isProc: true}
	default:
		return nil, fmt.Errorf("%s: neither a root directory (no proc below it) nor a proc directory (no process in it)", name)
	}
	return r, nil
}

func (r *Root) loadRecording() error {
	b, err := r.base.read(captureFile, maxCapture)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := r.base.read(readmeFile, maxFile); err == nil {
			return errors.New("was cut short: its last file, " + captureFile + ", is missing")
		}
		return nil // recorded by other means, "cp -r /proc" for one
	}
	if err != nil {
		return fmt.Errorf("%s: %w", captureFile, reason(err))
	}
	rec := &recording{}
	if err := json.Unmarshal(b, rec); err != nil {
		return fmt.Errorf("%s: %w", captureFile, err)
	}
	if rec.Format != captureFormat {
		return fmt.Errorf("%s: format %.40q, this program reads %q", captureFile, rec.Format, captureFormat)
	}
	r.rec = rec
	return nil
}

// Close releases the root.
func (r *Root) Close() error {
	var err error
	for _, c := range r.openFiles {
		err = errors.Join(err, c.Close())
	}
	return err
}

// Live reports whether this is a running machine.
func (r *Root) Live() bool { return r.live }

// Name is what the source is called: the path that was opened.
func (r *Root) Name() string { return r.name }

// mountID is the ID of the mount of the procfs that is, or was, read.
func (r *Root) mountID() (string, bool) {
	if t, ok := r.proc.(liveTree); ok {
		return t.mountID()
	}
	if r.rec != nil && r.rec.ProcMount != "" {
		return r.rec.ProcMount, true
	}
	return "", false
}

func (r *Root) tree(name string) tree {
	if name == "proc" || strings.HasPrefix(name, "proc/") {
		return r.proc
	}
	return r.base
}

// read returns the content of a file.
func (r *Root) read(name string) ([]byte, error) { return r.readLimit(name, maxFile) }

func (r *Root) readLimit(name string, limit int) ([]byte, error) {
	if err := r.rec.failure(name); err != nil {
		return nil, err
	}
	t := r.tree(name)
	if t == nil {
		return nil, syscall.ENOENT
	}
	b, err := t.read(name, limit)
	r.tee.read(name, b, err)
	return b, err
}

// readLines reads a file of which only some lines are of interest; the others
// are not recorded either: they may tell much of a machine.
func (r *Root) readLines(name string, keep func(line []byte) bool) ([]byte, error) {
	if err := r.rec.failure(name); err != nil {
		return nil, err
	}
	t := r.tree(name)
	if t == nil {
		return nil, syscall.ENOENT
	}
	b, err := t.read(name, maxFile)
	var kept []byte
	for line := range bytes.Lines(b) {
		if keep(line) {
			kept = append(kept, line...)
		}
	}
	r.tee.read(name, kept, err)
	return kept, err
}

// readlink returns the target of a link. A recording holds it as the content
// of a regular file.
func (r *Root) readlink(name string) (string, error) {
	if err := r.rec.failure(name); err != nil {
		return "", err
	}
	t := r.tree(name)
	if t == nil {
		return "", syscall.ENOENT
	}
	s, err := t.readlink(name)
	r.tee.read(name, []byte(s), err)
	return s, err
}

// list returns the names in a directory, unordered. Which names they are is
// recorded by what is read below them.
func (r *Root) list(name string) ([]string, error) {
	if err := r.rec.failure(name); err != nil {
		return nil, err
	}
	t := r.tree(name)
	if t == nil {
		return nil, syscall.ENOENT
	}
	names, err := t.list(name)
	if r.rec != nil {
		return r.rec.list(name, names, err)
	}
	r.tee.list(name, err)
	return names, err
}

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
		return nil, fmt.Errorf("is a %s, and no regular file", kindOf(st.Mode()))
	}
	if most := int64(max(maxFile, limit)); st.Size() > most {
		return nil, fmt.Errorf("has %d bytes, more than the %d that such a file can have", st.Size(), most)
	}
	return io.ReadAll(io.LimitReader(f, int64(limit)))
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

// vanished reports whether an error means that the process ended: opening
// gives ENOENT, reading what is already open gives ESRCH.
func vanished(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH)
}

func denied(err error) bool { return errors.Is(err, fs.ErrPermission) }

// reason strips the operation and path that the os package puts before an
// error: they are said elsewhere, once.
func reason(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}

func kindOf(m fs.FileMode) string {
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
