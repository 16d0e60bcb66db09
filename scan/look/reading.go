package look

import (
	"errors"
	"io/fs"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/zombiectl/zombiectl/scan/facts"
)

type reading struct {
	src     Source
	opts    Options
	snap    *facts.Snapshot
	mu      *sync.Mutex   // guards snap.Unread
	mounts  []facts.Mount // that matter to us
	workers int           // goroutines that share the work
}

func newReading(src Source, o Options) *reading {
	if o.Progress == nil {
		o.Progress = &Progress{}
	}
	return &reading{
		src: src, opts: o, mu: &sync.Mutex{}, workers: runtime.GOMAXPROCS(0),
		snap: &facts.Snapshot{Source: facts.Source{Kind: src.Kind(), Path: src.Name()}},
	}
}

func (r *reading) unread(pid int, file string, err error) {
	r.note(facts.Unread{PID: pid, File: file, Denied: errors.Is(err, fs.ErrPermission), Reason: Reason(err).Error()})
}

func (r *reading) skipped(pid int, file, why string) {
	r.note(facts.Unread{PID: pid, File: file, Skipped: true, Reason: why})
}

func (r *reading) note(u facts.Unread) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.snap.Unread = append(r.snap.Unread, u)
}

func (r *reading) sortUnread() {
	facts.SortUnread(r.snap.Unread)
	r.snap.Unread = slices.CompactFunc(r.snap.Unread, func(a, b facts.Unread) bool { return a.PID == b.PID && a.File == b.File })
}

func (r *reading) each(procs []*facts.Process, fn func(*facts.Process)) {
	r.eachIndex(len(procs), func(i int) { fn(procs[i]) })
}

// eachIndex calls fn for 0 to n-1, on all CPUs.
func (r *reading) eachIndex(n int, fn func(int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(r.workers, n) {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				fn(i)
			}
		})
	}
	wg.Wait()
}

// readPart reads a file of which we use only a part: part reduces its content to
// that, which is recorded, and has to leave a reduced content unchanged.
func (r *reading) readPart(name string, part func([]byte) ([]byte, error)) error {
	b, err := r.src.Aside().Read(name, MaxFile)
	if err == nil {
		b, err = part(b)
	}
	r.src.Keep(name, b, err)
	return err
}

// Parsed reads and parses a file.
func Parsed[T any](src Source, name string, parse func([]byte) (T, error)) (v T, err error) {
	b, err := src.Read(name, MaxFile)
	if err != nil {
		return v, err
	}
	return parse(b)
}

func namespaceOf(src Source, pid int) (uint64, error) {
	link, err := src.Readlink(facts.Path(pid, "ns/pid"))
	if err != nil {
		return 0, err
	}
	return facts.ParseNamespace(link)
}

// fact reads and parses one file of a process.
func fact[T any](r *reading, p *facts.Process, file string, parse func([]byte) (T, error), to *facts.Opt[T]) {
	b, err := r.src.Read(facts.Path(p.PID, file), MaxFile)
	parsed(r, p, file, b, err, parse, to)
}

func parsed[T any](r *reading, p *facts.Process, file string, b []byte, err error, parse func([]byte) (T, error), to *facts.Opt[T]) {
	var v T
	if err == nil {
		v, err = parse(b)
	}
	if err != nil {
		r.missed(p, file, err)
		return
	}
	*to = facts.Some(v)
}

// missed notes why a fact is missing. A process that exited is not a reason to
// note, and a kernel may have been built without the file.
func (r *reading) missed(p *facts.Process, file string, err error) {
	if errors.Is(err, syscall.EAGAIN) {
		return // it moved while it was looked at
	}
	if why, ok := errors.AsType[LeftOut](err); ok {
		r.skipped(p.PID, facts.Path(p.PID, file), why.Error())
		return
	}
	if !Vanished(err) {
		r.unread(p.PID, facts.Path(p.PID, file), err)
		return
	}
	if file == "status" && r.src.Ended(p.PID, file, err) {
		p.Gone = true
	}
}

// machineFact reads and parses a file that is of no process. That it is not there
// is ordinary: the root of a hierarchy of cgroups has no limit, and a cgroup may be
// removed as we read (ENODEV). So is an older kernel.
func machineFact[T any](r *reading, name string, parse func([]byte) (T, error)) facts.Opt[T] {
	v, err := Parsed(r.src, name, parse)
	if err == nil {
		return facts.Some(v)
	}
	if !Vanished(err) && !errors.Is(err, syscall.ENODEV) && !errors.Is(err, facts.ErrOldKernel) {
		r.unread(0, name, err)
	}
	return facts.Opt[T]{}
}
