package record

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/scan/look"
)

// A capture is a look at a source that writes down everything it reads, so a
// recording gives the same diagnosis as the look at the running machine.

// Capture says what a capture wrote.
type Capture struct {
	Snapshot *facts.Snapshot
	Files    int
	Bytes    int64
}

// CaptureTo looks at a running machine and records in dir all that it reads. tool
// names the program and its version.
func CaptureTo(dir *Dir, src look.Source, o look.Options, tool string) (*Capture, error) {
	return capture(dir.path, dir, src, o, tool)
}

// CaptureArchive is CaptureTo, but writes a tar archive to w, packed with gzip
// or not. Nothing of it is kept in memory. name is what w is called.
func CaptureArchive(w io.Writer, name string, pack bool, src look.Source, o look.Options, tool string) (*Capture, error) {
	return capture(name, newTarSink(w, pack), src, o, tool)
}

func capture(name string, to sink, src look.Source, o look.Options, tool string) (*Capture, error) {
	if src.Kind() != facts.Live {
		return nil, fmt.Errorf("%s is a recording already", src.Name())
	}
	t := &tee{Source: src, to: newRecorder(to)}
	t.to.redact = o.Redact
	if len(o.Only) > 0 {
		var err error
		if t.only, err = family(src, o.Only); err != nil {
			return nil, err
		}
	}
	s, err := t.record(o, tool)
	if err != nil {
		return nil, errors.Join(err, to.close())
	}
	// What fails last is what failed first: nothing more is written then.
	if err := cmp.Or(t.to.err, to.close()); err != nil {
		return nil, fmt.Errorf("%s: %w", name, look.Reason(err))
	}
	return &Capture{Snapshot: s, Files: t.to.files, Bytes: t.to.bytes}, nil
}

// record looks, between the first file that is written and the last: a recording
// with the one and not the other was cut short.
func (t *tee) record(o look.Options, tool string) (*facts.Snapshot, error) {
	t.to.write(readmeFile, []byte(readme(o.Redact)))
	s, err := look.Look(t, o)
	if err != nil {
		return nil, err
	}
	m := newMetadata(s)
	m.Tool, m.Redaction, m.Errors, m.Empty = tool, "none", t.to.errors, t.to.empty()
	if o.Redact {
		m.Redaction = "arguments"
	}
	m.ProcMount = t.MountID()
	if dir := t.Dir(); dir != "/" {
		m.Root = dir
	}
	b, err := json.MarshalIndent(m, "", "\t")
	if err != nil {
		return nil, err
	}
	t.to.write(captureFile, append(b, '\n'))
	return s, nil
}

// tee is a source that writes down all reads of another.
type tee struct {
	look.Source
	to     *recorder
	only   []int  // the processes that it is restricted to; nil: all
	prefix string // of every path: look.AgainDir at the second look
}

// Keep implements look.Source, and so do the methods below.
func (t *tee) Keep(name string, b []byte, err error) { t.to.read(t.prefix+name, b, err) }

func (t *tee) Read(name string, limit int) ([]byte, error) {
	b, err := t.Source.Read(name, limit)
	t.Keep(name, b, err)
	return b, err
}

func (t *tee) ReadSlow(name string, limit int) ([]byte, error) {
	b, err := t.Source.ReadSlow(name, limit)
	t.Keep(name, b, err)
	return b, err
}

func (t *tee) Readlink(name string) (string, error) {
	s, err := t.Source.Readlink(name)
	t.Keep(name, []byte(s), err)
	return s, err
}

func (t *tee) List(name string) ([]string, error) {
	names, err := t.Source.List(name)
	t.to.list(t.prefix+name, err)
	return names, err
}

func (t *tee) Descriptors(pid int) ([]string, error) {
	names, err := t.Source.Descriptors(pid)
	t.to.list(t.prefix+facts.Path(pid, "fdinfo"), err)
	return names, err
}

func (t *tee) PIDs(found func([]int)) ([]string, error) {
	if t.only == nil {
		return t.Source.PIDs(found)
	}
	for batch := range slices.Chunk(t.only, 512) {
		found(batch)
	}
	return nil, nil
}

func (t *tee) Describe(s *facts.Snapshot) bool {
	s.Only = t.only
	return t.Source.Describe(s)
}

func (t *tee) Second(first time.Time, settle time.Duration, suspects func() []int) *look.Second {
	second := t.Source.Second(first, settle, suspects)
	if second != nil {
		second.Source = &tee{Source: second.Source, to: t.to, prefix: look.AgainDir}
	}
	return second
}

func (t *tee) Aside() look.Source { return t.Source }

// Stats implements look.Source. A process that exited before it was read is not
// recorded.
func (t *tee) Stats() look.StatReader { return &teeStats{t.Source.Stats(), t} }

type teeStats struct {
	look.StatReader
	t *tee
}

func (s *teeStats) Read(pid int) ([]byte, error) {
	b, err := s.StatReader.Read(pid)
	if err == nil || !look.Vanished(err) {
		s.t.Keep(facts.Path(pid, "stat"), b, err)
	}
	return b, err
}

func family(src look.Source, of []int) ([]int, error) {
	s, err := look.Processes(src)
	if err != nil {
		return nil, err
	}
	keep, wanted := map[int]bool{}, map[int]bool{}
	for _, pid := range of {
		if s.Find(pid) == nil {
			return nil, fmt.Errorf("no process has PID %d", pid)
		}
		wanted[pid] = true
		for p := s.Find(pid); p != nil && !keep[p.PID]; p = s.Find(p.PPID) {
			keep[p.PID] = true
		}
	}
	var pids []int
	for p := range s.All() {
		if keep[p.PID] || s.Below(p, wanted) {
			pids = append(pids, p.PID)
		}
	}
	return pids, nil
}
