// Package record writes down what a look reads, and gives it to a look again:
// as a directory, as an archive, or as what a shell script prints.
package record

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/scan/look"
)

// recording is a recorded root, or a proc directory that somebody copied.
type recording struct {
	look.Nothing
	name   string
	files  tree
	isProc bool      // files is the proc directory itself
	meta   *metadata // its capture.json, or as much as is known of a recording by other means
	prefix string    // of every path: look.AgainDir at the second look
	close  io.Closer // nil: nothing is open
}

// OpenDir opens a directory that somebody recorded.
func OpenDir(dir string) (look.Source, error) {
	if up := filepath.Join(dir, ".."); filepath.Base(dir) == "proc" {
		if st, err := os.Stat(filepath.Join(up, captureFile)); err == nil && st.Mode().IsRegular() {
			dir = up // the proc directory of a capture: much of it is beside that
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, look.Reason(err))
	}
	r, err := open(fsTree{rootFS{root}}, dir, root)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", dir, err), root.Close())
	}
	return r, nil
}

// OpenFS opens a recorded root, or its proc directory; name is what the source
// is called.
func OpenFS(fsys fs.FS, name string) (look.Source, error) {
	r, err := open(fsTree{fsys}, name, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return r, nil
}

func open(files tree, name string, closer io.Closer) (look.Source, error) {
	r := &recording{name: name, files: files, close: closer, meta: &metadata{UserHZ: facts.UserHZ, AllNamespaces: true}}
	switch {
	case files.isDir("proc"):
		if err := r.loadMetadata(); err != nil {
			return nil, err
		}
		if !r.hasPID() {
			return nil, errors.New("there is no process below its proc directory")
		}
	case hasPID(files, "."):
		r.isProc = true
	default:
		return nil, errors.New("it is neither a root directory (there is no proc below it) nor a proc directory (there is no process in it)")
	}
	return r, nil
}

// maxMetadata bounds capture.json, which may name an error for each of many
// processes, in bytes.
const maxMetadata = 64 << 20

func (r *recording) loadMetadata() error {
	b, err := r.files.read(captureFile, maxMetadata)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := r.files.read(readmeFile, look.MaxFile); err == nil {
			return errors.New("it was cut short: its last file, " + captureFile + ", is missing")
		}
		return nil // recorded by other means, "cp -r /proc" for one
	}
	if err != nil {
		return fmt.Errorf("%s: %w", captureFile, look.Reason(err))
	}
	meta := &metadata{}
	if err := json.Unmarshal(b, meta); err != nil {
		return fmt.Errorf("%s: %w", captureFile, err)
	}
	if meta.Format != captureFormat {
		return fmt.Errorf("%s: its format is %.40q, but this program reads %q", captureFile, meta.Format, captureFormat)
	}
	r.meta = meta
	return nil
}

func (r *recording) hasPID() bool { return hasPID(r.files, "proc") || r.meta.hasPID() }

func (r *recording) Name() string           { return r.name }
func (r *recording) Kind() facts.SourceKind { return facts.Recorded }
func (r *recording) Aside() look.Source     { return r }
func (r *recording) MountID() string        { return r.meta.ProcMount }
func (r *recording) AllNamespaces() bool    { return r.meta.AllNamespaces }

func (r *recording) Dir() string {
	return cmp.Or(r.meta.Root, "/")
}

func (r *recording) Close() error {
	if r.close == nil {
		return nil
	}
	return r.close.Close()
}

func (r *recording) Read(name string, limit int) ([]byte, error) {
	name = r.prefix + name
	if err := r.meta.failure(name); err != nil {
		return nil, err
	}
	return r.files.read(r.path(name), limit)
}

// ReadSlow is Read: a recording answers at once.
func (r *recording) ReadSlow(name string, limit int) ([]byte, error) { return r.Read(name, limit) }

func (r *recording) Readlink(name string) (string, error) {
	name = r.prefix + name
	if err := r.meta.failure(name); err != nil {
		return "", err
	}
	// cp -r keeps links as links; a capture writes their text to a file.
	if t, ok := r.files.(fsTree); ok {
		if s, err := fs.ReadLink(t.FS, r.path(name)); err == nil {
			return s, nil
		}
	}
	b, err := r.files.read(r.path(name), 4096)
	return strings.TrimSuffix(string(b), "\n"), err
}

func (r *recording) path(name string) string {
	if r.isProc {
		name = strings.TrimPrefix(strings.TrimPrefix(name, "proc"), "/")
	}
	if name == "" {
		return "."
	}
	return encodePath(name)
}

// List returns the names in a directory. Which names they are is recorded by what
// was read below them.
func (r *recording) List(name string) ([]string, error) {
	name = r.prefix + name
	if err := r.meta.failure(name); err != nil {
		return nil, err
	}
	files, dirs, err := r.files.list(r.path(name))
	return r.meta.list(name, slices.Concat(files, dirs), err)
}

func (r *recording) PIDs(found func([]int)) (odd []string, err error) {
	names, err := r.List("proc")
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, n := range names {
		if pid, ok := facts.ParsePID(n); ok {
			pids = append(pids, pid)
		} else if n != "" && n[0] >= '0' && n[0] <= '9' {
			odd = append(odd, n)
		}
	}
	slices.Sort(pids)
	if len(pids) > look.MaxRecorded {
		return odd, look.ErrCrowd
	}
	for batch := range slices.Chunk(pids, 512) {
		found(batch)
	}
	return odd, nil
}

func (r *recording) Stats() look.StatReader { return recordedStats{r} }

type recordedStats struct{ r *recording }

func (s recordedStats) Read(pid int) ([]byte, error) {
	return s.r.Read(facts.Path(pid, "stat"), look.MaxStat)
}

// Descriptors returns all that there are: the others were not recorded.
func (r *recording) Descriptors(pid int) ([]string, error) { return r.List(facts.Path(pid, "fdinfo")) }

// Ended reports whether reading a file showed, when it was recorded, that the
// process had exited; or whether it was left out on purpose.
func (r *recording) Ended(pid int, file string, err error) bool {
	return errors.Is(err, facts.ErrReleased) ||
		look.Vanished(err) && (r.meta.failure(r.prefix+facts.Path(pid, file)) != nil || file == "stat" && r.meta.leftOut(pid))
}

// Describe fills in the facts of capture.json.
func (r *recording) Describe(s *facts.Snapshot) bool {
	m := r.meta
	if m.Format != "" {
		s.Taken = facts.Some(m.TakenAt)
	}
	s.Host.Kernel, s.Host.Arch, s.Host.BootID = facts.Told(m.Kernel), facts.Told(m.Arch), facts.Told(m.BootID)
	if m.BootTime != nil {
		s.Host.BootTime = facts.Some(*m.BootTime)
	}
	if m.CPUs != nil {
		s.Host.CPUs = facts.Some(*m.CPUs)
	}
	if m.UserHZ != 0 {
		s.Host.UserHZ = facts.Some(m.UserHZ)
	}
	s.Clocks, s.Only = m.Clocks, m.Only
	if m.BoottimeNs > 0 {
		s.Boottime = facts.Some(time.Duration(m.BoottimeNs))
	}
	_, s.Suspended = r.Clocks(nil)
	return false
}

func (r *recording) Self() (look.Observer, bool) {
	self := r.meta.Self
	who := look.Observer{PID: self.PID, UID: facts.Some(self.UID)}
	if caps, err := strconv.ParseUint(self.Caps, 16, 64); err == nil {
		who.CapEff = facts.Some(caps)
	}
	if self.PIDNS != 0 {
		who.PIDNS = facts.Some(self.PIDNS)
	}
	return who, self.PID != 0
}

func (r *recording) Clocks([]int) (clocks []facts.CPUClock, suspended facts.Opt[time.Duration]) {
	if ns := r.meta.SuspendedNs; ns != nil {
		suspended = facts.Some(time.Duration(*ns))
	}
	return r.meta.Clocks, suspended
}

func (r *recording) CountTasks(map[int]bool, []facts.Process) map[int]int { return r.meta.TasksByUID }

// Second is the second look that was taken then.
func (r *recording) Second(time.Time, time.Duration, func() []int) *look.Second {
	if r.meta.Again == nil {
		return nil
	}
	again := *r
	again.prefix, again.close = look.AgainDir, nil
	return &look.Second{Source: &again, Asked: r.meta.Again.PIDs, After: time.Duration(r.meta.Again.AfterMs) * time.Millisecond}
}

// failure returns the error that reading the file gave when it was recorded.
func (m *metadata) failure(name string) error {
	if len(m.Errors) == 0 {
		return nil
	}
	return m.errorOf(encodePath(name))
}

// list completes the listing of a directory by what only capture.json knows.
func (m *metadata) list(name string, names []string, err error) ([]string, error) {
	if more := m.failuresBelow(name); len(more) > 0 {
		names = append(names, more...)
		slices.Sort(names)
		return slices.Compact(names), nil
	}
	if err != nil && slices.Contains(m.Empty, encodePath(name)) {
		return nil, nil
	}
	return names, err
}

// leftOut reports whether a process was left out of the recording on purpose:
// whoever looked is in it only by name where a part was recorded.
func (m *metadata) leftOut(pid int) bool {
	return len(m.Only) > 0 && pid == m.Self.PID
}
