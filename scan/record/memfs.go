package record

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// memFS is a recording held in memory. A hundred thousand processes have some
// hundred thousand small files, so they are kept in one sorted list, and their
// bytes in few blocks.
type memFS struct {
	files []memFile // ordered by name
	block []byte    // the rest of the block that is being filled
	size  int64     // of all that is held
}

type memFile struct {
	name string
	data []byte
}

const (
	// maxMemFS bounds the memory: a hundred thousand zombies take about a fifth of
	// it.
	maxMemFS = 512 << 20
	// perFile is what a file costs beside its name and bytes.
	perFile  = 64
	blockLen = 1 << 20
	maxName  = 512 // of a path in a recording; cgroups have long ones
)

var errTooMuch = fmt.Errorf("it holds more than %d MiB, and no recording does", maxMemFS>>20)

// add takes a file of that size from r.
func (m *memFS) add(name string, r io.Reader, size int64) error {
	if strings.HasPrefix(name, "/") || slices.Contains(strings.Split(name, "/"), "..") {
		return errors.New("the path leads out of the archive")
	}
	if name = path.Clean(name); !fs.ValidPath(name) || name == "." {
		return errors.New("it is not a path")
	}
	if len(name) > maxName {
		return fmt.Errorf("the path has %d bytes; at most %d are expected", len(name), maxName)
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
	m.files = append(m.files, memFile{name, data})
	return nil
}

// sort has to be called after the last add. Of files of the same name the one
// that was added last counts, as it does where an archive is unpacked.
func (m *memFS) sort() error {
	sort.SliceStable(m.files, func(i, j int) bool { return m.files[i].name < m.files[j].name })
	kept := m.files[:0]
	for i, f := range m.files {
		if i+1 == len(m.files) || m.files[i+1].name != f.name {
			kept = append(kept, f)
		}
	}
	m.files = kept
	for i := range m.files {
		if name := m.files[i].name; m.isDir(name) {
			return fmt.Errorf("%.200q in it is both a file and a directory", name)
		}
	}
	return nil
}

// enter makes the directory that everything is in the root: people pack a
// directory by its name.
func (m *memFS) enter() {
	for range 8 {
		_, captured := m.search(captureFile)
		if len(m.files) == 0 || m.isDir("proc") || captured || hasPID(m, ".") {
			return
		}
		dir, _, ok := strings.Cut(m.files[0].name, "/")
		if last, _, _ := strings.Cut(m.files[len(m.files)-1].name, "/"); !ok || last != dir {
			return
		}
		for i := range m.files {
			m.files[i].name = m.files[i].name[len(dir)+1:]
		}
	}
}

// hollow reports whether there are stat files of processes, and all are empty.
func (m *memFS) hollow() bool {
	seen := false
	for _, f := range m.files {
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
	return slices.BinarySearchFunc(m.files, name, func(f memFile, name string) int { return cmp.Compare(f.name, name) })
}

func (m *memFS) isDir(name string) bool {
	i, _ := m.search(name + "/")
	return i < len(m.files) && strings.HasPrefix(m.files[i].name, name+"/")
}

func (m *memFS) read(name string, limit int) ([]byte, error) {
	i, ok := m.search(name)
	switch {
	case ok:
		return m.files[i].data[:min(len(m.files[i].data), limit)], nil
	case m.isDir(name):
		return nil, notRegular(fs.ModeDir)
	default:
		return nil, fs.ErrNotExist
	}
}

func (m *memFS) list(dir string) (files, dirs []string, err error) {
	prefix := ""
	if dir != "." {
		if prefix = dir + "/"; !m.isDir(dir) {
			return nil, nil, fs.ErrNotExist
		}
	}
	for i, _ := m.search(prefix); i < len(m.files) && strings.HasPrefix(m.files[i].name, prefix); {
		child, _, isDir := strings.Cut(m.files[i].name[len(prefix):], "/")
		if !isDir {
			files = append(files, child)
			i++
			continue
		}
		dirs = append(dirs, child)
		i, _ = m.search(prefix + child + "0") // '0' follows '/': behind all that is below child
	}
	return files, dirs, nil
}
