package scan

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
	"golang.org/x/sys/unix"
)

// A capture is a look with a tee: what is recorded is what was read, so a
// recording gives the diagnosis that the live look gave.

const (
	captureFile   = "capture.json"
	captureFormat = "zombiectl-capture/1"
	// againDir holds the second look, laid out as the first.
	againDir = "again/"
)

// recording is capture.json: what no file below the root tells.
type recording struct {
	Format     string       `json:"format"`
	Tool       string       `json:"tool"`
	TakenAt    time.Time    `json:"takenAt"`
	BootID     string       `json:"bootID"`
	BootTime   *time.Time   `json:"bootTime"`
	BoottimeNs int64        `json:"boottimeNs"` // CLOCK_BOOTTIME at takenAt
	UserHZ     uint64       `json:"userHZ"`
	Arch       string       `json:"arch"`
	Kernel     string       `json:"kernel"`
	CPUs       *int         `json:"cpus"`
	Self       recordedSelf `json:"self"`
	Clocks     []CPUClock   `json:"clocks"`
	// SuspendedNs is CLOCK_BOOTTIME minus CLOCK_MONOTONIC.
	SuspendedNs *int64 `json:"suspendedNs"`
	Redaction   string `json:"redaction"`
	// ProcMount is the ID, in mountinfo, of the procfs that was read.
	ProcMount string `json:"procMount"`
	// TasksByUID is counted by the owners of files, which are not recorded.
	TasksByUID map[int]int `json:"tasksByUID,omitempty"`
	// Root is where the root was, when that is not "/": mountinfo knows its
	// mounts below it.
	Root string `json:"root,omitempty"`
	Only []int  `json:"only,omitempty"`
	// AllNamespaces: so was looked.
	AllNamespaces bool           `json:"allNamespaces,omitempty"`
	Again         *recordedAgain `json:"again"`
	// Errors tells a file that could not be read from one that is not there:
	// neither git nor tar can. Paths are encoded as the file names are.
	Errors map[string]string `json:"errors"`
	// Empty are directories in which there was nothing to read: neither git
	// nor go:embed keeps one.
	Empty []string `json:"empty,omitempty"`
}

type recordedSelf struct {
	PID   int    `json:"pid"`
	UID   int    `json:"uid"`
	Caps  string `json:"caps"` // CapEff, hexadecimal
	PIDNS uint64 `json:"pidns"`
}

type recordedAgain struct {
	AfterMs int64 `json:"afterMs"`
	PIDs    []int `json:"pids"` // that were read again
}

// failure returns the error that reading the file gave when it was recorded.
func (r *recording) failure(name string) error {
	if r == nil || len(r.Errors) == 0 {
		return nil
	}
	return r.errorOf(encodePath(name))
}

func (r *recording) errorOf(key string) error {
	text, ok := r.Errors[key]
	if !ok {
		return nil
	}
	if errno := errnoNamed(text); errno != 0 {
		return errno
	}
	if why, ok := strings.CutPrefix(text, leftOut); ok {
		return errLeftOut(why)
	}
	return errors.New(text)
}

// list completes the listing of a directory by what only capture.json knows.
func (r *recording) list(name string, names []string, err error) ([]string, error) {
	more := r.failuresBelow(name)
	if len(more) > 0 {
		names = append(names, more...)
		slices.Sort(names)
		return slices.Compact(names), nil
	}
	if err != nil && slices.Contains(r.Empty, encodePath(name)) {
		return nil, nil
	}
	return names, err
}

// failuresBelow returns the names in a directory that are known only because
// reading below them failed.
func (r *recording) failuresBelow(dir string) []string {
	if r == nil {
		return nil
	}
	var names []string
	prefix := encodePath(dir) + "/"
	for key := range r.Errors {
		if rest, ok := strings.CutPrefix(key, prefix); ok && !vanished(r.errorOf(key)) {
			name, _, _ := strings.Cut(rest, "/")
			names = append(names, name)
		}
	}
	return names
}

func (r *recording) hasPID() bool {
	for _, n := range r.failuresBelow("proc") {
		if _, ok := facts.ParsePID(n); ok {
			return true
		}
	}
	return false
}

// leftOut reports whether a process was left out of the recording on purpose:
// whoever looked is in it only by name where a part was recorded.
func (r *recording) leftOut(pid int) bool {
	return r != nil && len(r.Only) > 0 && pid == r.Self.PID
}

// errnoNamed is unix.ErrnoName the other way round.
func errnoNamed(name string) syscall.Errno {
	for e := syscall.Errno(1); e < 134; e++ { // EHWPOISON, the last on Linux, is 133
		if unix.ErrnoName(e) == name {
			return e
		}
	}
	return 0
}

// recorder writes what is read to a sink. A nil recorder drops it.
type recorder struct {
	to     sink
	redact bool // of command lines the values
	mu     sync.Mutex
	// prefix goes before every path: againDir during the second look.
	prefix string
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
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	key := encodePath(t.prefix + name)
	if err != nil {
		text := reason(err).Error()
		var errno syscall.Errno
		if errors.As(err, &errno) && unix.ErrnoName(errno) != "" {
			text = unix.ErrnoName(errno)
		}
		t.errors[key] = text
		return
	}
	delete(t.errors, key)
	b = facts.Needed(name, b)
	if t.redact && path.Base(name) == "cmdline" {
		b = Redact(b)
	}
	t.write(key, b)
}

// list records that a directory was listed.
func (t *recorder) list(name string, err error) {
	if t == nil {
		return
	}
	if err != nil {
		t.read(name, nil, err)
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	key := encodePath(t.prefix + name)
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

// stat records the bulk pass. That a process ended before it was read is no
// fact about it.
func (t *recorder) stat(pid int, b []byte, err error) {
	if err == nil || !vanished(err) {
		t.read(facts.Path(pid, "stat"), b, err)
	}
}

// forget makes what was recorded of a process that turned out to have ended
// read as if it were not there: what is written may be on its way already.
func (t *recorder) forget(name string) {
	if t != nil {
		t.read(name, nil, syscall.ENOENT)
	}
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

// Capture says what a capture wrote.
type Capture struct {
	Snapshot *Snapshot
	Files    int
	Bytes    int64
}

// CaptureTo looks at a live root and records in dir all that it reads. tool
// names the program and its version.
func CaptureTo(dir *Dir, r *Root, o Options, tool string) (*Capture, error) {
	return capture(dir.path, dir, r, o, tool)
}

// CaptureArchive is CaptureTo, but writes a tar archive to w, packed with gzip
// or not. Nothing of it is kept in memory. name is what w is called.
func CaptureArchive(w io.Writer, name string, pack bool, r *Root, o Options, tool string) (*Capture, error) {
	return capture(name, newTarSink(w, pack), r, o, tool)
}

func capture(name string, to sink, r *Root, o Options, tool string) (*Capture, error) {
	if !r.live {
		return nil, fmt.Errorf("%s: is a recording already", r.name)
	}
	var only []int
	if len(o.Only) > 0 {
		var err error
		if only, err = family(r, o.Only); err != nil {
			return nil, err
		}
	}
	t := newRecorder(to)
	t.redact = o.Redact
	s, err := t.look(r, o, only, tool)
	if err != nil {
		return nil, errors.Join(err, to.close())
	}
	// What fails last is what failed first: nothing more is written then.
	if err := cmp.Or(t.err, to.close()); err != nil {
		return nil, fmt.Errorf("%s: %w", name, reason(err))
	}
	return &Capture{Snapshot: s, Files: t.files, Bytes: t.bytes}, nil
}

// look looks and records.
func (t *recorder) look(r *Root, o Options, only []int, tool string) (*Snapshot, error) {
	// The first file, and capture.json the last: a recording with the one and
	// not the other was cut short.
	t.write(readmeFile, []byte(readme(o)))
	r.tee = t
	defer func() { r.tee = nil }()
	l := newLooker(r, o)
	l.pids = only
	s, err := l.look()
	if err != nil {
		return nil, err
	}
	t.prefix = ""
	rec := newRecording(s, t, tool, r)
	if dir := l.rootDir(); dir != "/" {
		rec.Root = dir
	}
	b, err := json.MarshalIndent(rec, "", "\t")
	if err != nil {
		return nil, err
	}
	t.write(captureFile, append(b, '\n'))
	return s, nil
}

const readmeFile = "README.txt"

// readme says to whoever opens a recording what it is and what is in it.
func readme(o Options) string {
	args := "Command lines are in it as they were (--args keep)."
	if o.Redact {
		args = "Of command lines the values of arguments were left out: they are " + redacted + "."
	}
	return `What zombiectl saw of the processes of a machine or container. To look at it:

  zombiectl scan --from THIS

In it are names, PIDs, parents, states and times of processes; and of those
that have to do with zombies also signal masks, threads, what they wait for,
limits, cgroups, and the path of the executable.
` + args + `
Left out: environments, memory and its addresses, open files but for pidfds and
signalfds, and all that no diagnosis needs.
`
}

func newRecording(s *Snapshot, t *recorder, tool string, r *Root) *recording {
	rec := &recording{
		Format: captureFormat, Tool: tool, Redaction: redactionOf(t.redact),
		Clocks: s.Clocks, Only: s.Only, Errors: t.errors, Empty: t.empty(),
	}
	rec.TasksByUID, rec.AllNamespaces = s.TasksByUID, s.AllNamespaces
	if rec.Clocks == nil {
		rec.Clocks = []CPUClock{}
	}
	rec.ProcMount, _ = r.mountID()
	rec.TakenAt, _ = s.Taken.Get()
	rec.BootID, _ = s.Host.BootID.Get()
	rec.UserHZ, _ = s.Host.UserHZ.Get()
	rec.Arch, _ = s.Host.Arch.Get()
	rec.Kernel, _ = s.Host.Kernel.Get()
	if boot, ok := s.Host.BootTime.Get(); ok {
		rec.BootTime = &boot
	}
	if n, ok := s.Host.CPUs.Get(); ok {
		rec.CPUs = &n
	}
	if d, ok := s.Boottime.Get(); ok {
		rec.BoottimeNs = int64(d)
	}
	if d, ok := s.Suspended.Get(); ok {
		ns := int64(d)
		rec.SuspendedNs = &ns
	}
	if self, ok := s.Self.Get(); ok {
		rec.Self = recordedSelf{PID: self.PID, UID: self.UID}
		if caps, ok := self.CapEff.Get(); ok {
			rec.Self.Caps = fmt.Sprintf("%016x", caps)
		}
		rec.Self.PIDNS, _ = self.PIDNS.Get()
	}
	if s.Again != nil {
		rec.Again = &recordedAgain{AfterMs: s.Again.After.Milliseconds(), PIDs: s.Again.Asked}
	}
	return rec
}

func redactionOf(redact bool) string {
	if redact {
		return "arguments"
	}
	return "none"
}

// family returns the given processes with their descendants and ancestors.
func family(r *Root, of []int) ([]int, error) {
	l := newLooker(r, Options{})
	if err := l.readAll(); err != nil {
		return nil, err
	}
	s := l.snap
	for _, pid := range of {
		if s.Find(pid) == nil {
			return nil, fmt.Errorf("no process %d in view", pid)
		}
	}
	keep := map[int]bool{}
	for _, pid := range of {
		for p := s.Find(pid); p != nil && !keep[p.PID]; p = s.Find(p.PPID) {
			keep[p.PID] = true
		}
	}
	var down func(n *Node, in bool)
	wanted := map[int]bool{}
	for _, pid := range of {
		wanted[pid] = true
	}
	down = func(n *Node, in bool) {
		if in = in || wanted[n.Process.PID]; in {
			keep[n.Process.PID] = true
		}
		for _, c := range n.Children {
			down(c, in)
		}
	}
	for _, n := range s.Tree().Roots {
		down(n, false)
	}
	var pids []int
	for i := range s.Procs {
		if keep[s.Procs[i].PID] {
			pids = append(pids, s.Procs[i].PID)
		}
	}
	return pids, nil
}
