package record

import (
	"errors"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/scan/look"
	"golang.org/x/sys/unix"
)

// recorder writes what is read to a sink.
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

// read records what reading a file or link gave.
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

// list records that a directory was listed.
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
