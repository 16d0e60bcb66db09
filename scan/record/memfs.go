package record

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// memFS is a recording held in memory. A hundred thousand processes have some
// hundred thousand small files, so they are kept in one sorted list, and their
// bytes in few blocks.
type memFS struct {
	list  []memFile // ordered by name
	block []byte    // the rest of the block that is being filled
	size  int64     // of all that is held
}

type memFile struct {
	name string
	data []byte
}

const (
	// maxMemFS bounds what is held: a hundred thousand zombies take about a
	// fifth of it.
	maxMemFS = 512 << 20
	// perFile is what a file costs beside its name and bytes.
	perFile  = 64
	blockLen = 1 << 20
	maxName  = 512 // of a path in a recording; cgroups have long ones
)

// errTooMuch is given by archives that are larger inside than any recording.
var errTooMuch = fmt.Errorf("more than %d MiB are in it, which no recording has", maxMemFS>>20)

// add takes a file of that size from r.
func (m *memFS) add(name string, r io.Reader, size int64) error {
	if strings.HasPrefix(name, "/") || slices.Contains(strings.Split(name, "/"), "..") {
		return errors.New("a path that leads out of the archive")
	}
	if name = path.Clean(name); !fs.ValidPath(name) || name == "." {
		return errors.New("is no path")
	}
	if len(name) > maxName {
		return fmt.Errorf("a path of %d bytes, at most %d are expected", len(name), maxName)
	}
	if m.size += int64(len(name)) + size + perFile; m.size > maxMemFS {
		return errTooMuch
	}
	if size > int64(len(m.block)) {
		m.block = make([]byte, max(blockLen, size))
	}
	data := m.block[:size:size]
	m.block = m.block[size:]
	if _, err := io.ReadFull(r, data); err != nil {
		return err
	}
	m.list = append(m.list, memFile{name, data})
	return nil
}

// sort has to be called after the last add. Of files of the same name the one
// that was added last counts, as it does where an archive is unpacked.
func (m *memFS) sort() error {
	sort.SliceStable(m.list, func(i, j int) bool { return m.list[i].name < m.list[j].name })
	kept := m.list[:0]
	for i, f := range m.list {
		if i+1 == len(m.list) || m.list[i+1].name != f.name {
			kept = append(kept, f)
		}
	}
	m.list = kept
	for i := range m.list {
		if name := m.list[i].name; m.isDir(name) {
			return fmt.Errorf("%.200q is in it as a file and as a directory", name)
		}
	}
	return nil
}

// enter makes the directory that everything is in the root: people pack a
// directory by its name.
func (m *memFS) enter() {
	for range 8 {
		if len(m.list) == 0 || m.isDir("proc") || m.has(captureFile) || hasPID(fsTree{fsys: m}, ".") {
			return
		}
		dir, _, ok := strings.Cut(m.list[0].name, "/")
		if last, _, _ := strings.Cut(m.list[len(m.list)-1].name, "/"); !ok || last != dir {
			return
		}
		for i := range m.list {
			m.list[i].name = m.list[i].name[len(dir)+1:]
		}
	}
}

// hollow reports whether there are stat files of processes, and all are empty.
func (m *memFS) hollow() bool {
	seen := false
	for _, f := range m.list {
		dir, ok := strings.CutSuffix(f.name, "/stat")
		if _, pid := facts.ParsePID(strings.TrimPrefix(dir, "proc/")); !ok || !pid {
			continue
		}
		if len(f.data) > 0 {
			return false
		}
		seen = true
	}
	return seen
}

func (m *memFS) search(name string) (int, bool) {
	return slices.BinarySearchFunc(m.list, name, func(f memFile, name string) int { return cmp.Compare(f.name, name) })
}

func (m *memFS) has(name string) bool {
	_, ok := m.search(name)
	return ok
}

func (m *memFS) isDir(name string) bool {
	i, _ := m.search(name + "/")
	return i < len(m.list) && strings.HasPrefix(m.list[i].name, name+"/")
}

// Open implements fs.FS.
func (m *memFS) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if i, ok := m.search(name); ok {
		f := m.list[i]
		return &openMem{memInfo{path.Base(name), int64(len(f.data)), false}, bytes.NewReader(f.data)}, nil
	}
	entries, err := m.ReadDir(name)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &openDir{memInfo{path.Base(name), 0, true}, entries}, nil
}

// ReadDir implements fs.ReadDirFS.
func (m *memFS) ReadDir(name string) ([]fs.DirEntry, error) {
	prefix := ""
	if name != "." {
		if prefix = name + "/"; !m.isDir(name) {
			return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
		}
	}
	var entries []fs.DirEntry
	for i, _ := m.search(prefix); i < len(m.list) && strings.HasPrefix(m.list[i].name, prefix); {
		child, _, dir := strings.Cut(m.list[i].name[len(prefix):], "/")
		if !dir {
			entries = append(entries, fs.FileInfoToDirEntry(memInfo{child, int64(len(m.list[i].data)), false}))
			i++
			continue
		}
		entries = append(entries, fs.FileInfoToDirEntry(memInfo{child, 0, true}))
		i, _ = m.search(prefix + child + "0") // '0' follows '/': behind all that is below child
	}
	// "a-b" stands before "a/b", and a before a-b.
	sort.Slice(entries, func(i, j int) bool { return entries[i].Name() < entries[j].Name() })
	return entries, nil
}

type openMem struct {
	memInfo
	*bytes.Reader
}

func (f *openMem) Stat() (fs.FileInfo, error) { return f.memInfo, nil }
func (f *openMem) Close() error               { return nil }
func (f *openMem) Size() int64                { return f.memInfo.Size() }

type openDir struct {
	memInfo
	rest []fs.DirEntry
}

func (d *openDir) Stat() (fs.FileInfo, error) { return d.memInfo, nil }
func (d *openDir) Close() error               { return nil }
func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.name, Err: errors.New("is a directory")}
}

// ReadDir implements fs.ReadDirFile.
func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		n = len(d.rest)
	} else if len(d.rest) == 0 {
		return nil, io.EOF
	}
	out := d.rest[:min(n, len(d.rest))]
	d.rest = d.rest[len(out):]
	return out, nil
}

type memInfo struct {
	name string
	size int64
	dir  bool
}

func (i memInfo) Name() string       { return i.name }
func (i memInfo) Size() int64        { return i.size }
func (i memInfo) IsDir() bool        { return i.dir }
func (i memInfo) ModTime() time.Time { return time.Time{} }
func (i memInfo) Sys() any           { return nil }
func (i memInfo) Mode() fs.FileMode {
	if i.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}
