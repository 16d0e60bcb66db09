package look

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"syscall"
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Source is what can be looked at: a running machine ([Live]), a recording of
// one, or a list of processes. File names are paths below its root:
// "proc/1/stat". Its methods may be called at the same time.
type Source interface {
	// Name is the path that was opened.
	Name() string
	Kind() facts.SourceKind
	// Dir is where the root is, or was, on the machine: mountinfo knows its
	// mounts below it.
	Dir() string
	Close() error

	// Read returns the content of a file, at most limit bytes of it.
	Read(name string, limit int) ([]byte, error)
	// ReadSlow reads a file that may never answer; syscall.ETIMEDOUT: it did not.
	ReadSlow(name string, limit int) ([]byte, error)
	// Readlink returns the target of a link.
	Readlink(name string) (string, error)
	// List returns the names in a directory, unordered.
	List(name string) ([]string, error)
	// PIDs hands out the PIDs of the processes in batches, so that reading can
	// begin before listing is done. Odd are names of digits that no PID is written
	// as.
	PIDs(found func([]int)) (odd []string, err error)
	// Stats returns a reader of /proc/PID/stat for one goroutine.
	Stats() StatReader
	// Descriptors returns the names of those of a process that are pidfds and
	// signalfds (/proc/PID/fdinfo).
	Descriptors(pid int) ([]string, error)
	// Ended reports whether an error of reading a file of a process means that the
	// process exited. A recording may only have lost the file.
	Ended(pid int, file string, err error) bool

	// Describe fills in the facts that no file has, and reports whether these are
	// all the facts.
	Describe(s *facts.Snapshot) (all bool)
	// Self is who looks, or looked.
	Self() (Observer, bool)
	// MountID is the ID, in mountinfo, of the mount of the procfs that is read;
	// "": nobody wrote it down.
	MountID() string
	// Clocks reads the clocks of some CPUs, and for how long the machine has been
	// suspended since boot.
	Clocks(cpus []int) ([]facts.CPUClock, facts.Opt[time.Duration])
	// CountTasks counts the tasks of some users as RLIMIT_NPROC does; nil: that
	// is not known.
	CountTasks(uids map[int]bool, procs []facts.Process) map[int]int
	// AllNamespaces reports whether also those namespaces are in it that have no
	// zombie.
	AllNamespaces() bool
	// Second is the second look, settle after the first, which began then, at
	// those whom one look cannot judge; nil: it was not taken.
	Second(first time.Time, settle time.Duration, suspects func() []int) *Second
	// Aside is the same source for reads that are of no interest by themselves:
	// nothing of them is recorded, but for what Keep gets.
	Aside() Source
	// Keep records what reading a file aside gave, or the part of it that is of
	// interest: of which the reader has to make the same again.
	Keep(name string, b []byte, err error)
}

// StatReader reads /proc/PID/stat of one process after the other. The bytes are
// valid until the next call.
type StatReader interface {
	Read(pid int) ([]byte, error)
}

// Observer is who looks. Its files have the facts that are unknown here.
type Observer struct {
	PID           int
	UID           facts.Opt[int]
	CapEff, PIDNS facts.Opt[uint64]
}

// Second is what the second look reads.
type Second struct {
	Source Source
	Asked  []int         // PIDs
	After  time.Duration // from the end of the first look
}

// AgainDir is where a recording holds the second look, laid out as the first.
const AgainDir = "again/"

// Bounds of files, in bytes. The largest that are wanted are mountinfo, and stat
// of a machine with many CPUs.
const (
	MaxFile = 4 << 20
	MaxStat = 4096
)

// Nothing is a source without any facts. A source that has only some of them
// embeds it.
type Nothing = nothing

type nothing struct{}

func (nothing) Name() string                                          { return "" }
func (nothing) Kind() facts.SourceKind                                { return "" }
func (nothing) Dir() string                                           { return "/" }
func (nothing) Close() error                                          { return nil }
func (nothing) Read(string, int) ([]byte, error)                      { return nil, syscall.ENOENT }
func (nothing) ReadSlow(string, int) ([]byte, error)                  { return nil, syscall.ENOENT }
func (nothing) Readlink(string) (string, error)                       { return "", syscall.ENOENT }
func (nothing) List(string) ([]string, error)                         { return nil, syscall.ENOENT }
func (nothing) PIDs(func([]int)) ([]string, error)                    { return nil, syscall.ENOENT }
func (nothing) Stats() StatReader                                     { return nil }
func (nothing) Descriptors(int) ([]string, error)                     { return nil, syscall.ENOENT }
func (nothing) Ended(int, string, error) bool                         { return false }
func (nothing) Describe(*facts.Snapshot) bool                         { return true }
func (nothing) Self() (Observer, bool)                                { return Observer{}, false }
func (nothing) MountID() string                                       { return "" }
func (nothing) CountTasks(map[int]bool, []facts.Process) map[int]int  { return nil }
func (nothing) AllNamespaces() bool                                   { return true }
func (nothing) Second(time.Time, time.Duration, func() []int) *Second { return nil }
func (n nothing) Aside() Source                                       { return n }
func (nothing) Keep(string, []byte, error)                            {}
func (nothing) Clocks([]int) ([]facts.CPUClock, facts.Opt[time.Duration]) {
	return nil, facts.Opt[time.Duration]{}
}

// ReadAtMost reads everything, but for the bytes beyond limit.
func ReadAtMost(r io.Reader, limit int) ([]byte, error) {
	return io.ReadAll(io.LimitReader(r, int64(limit)))
}

// Vanished reports whether an error means that the process is there no more, not
// even as a zombie: opening a file of it gives ENOENT, reading an open one gives
// ESRCH; or it was being released.
func Vanished(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) || errors.Is(err, facts.ErrReleased)
}

// Reason strips the operation and path that the os package puts before an
// error: they are said elsewhere, once.
func Reason(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}

// LeftOut is why something was not recorded on purpose.
type LeftOut string

func (e LeftOut) Error() string { return string(e) }

// MaxRecorded bounds the processes of a recording that somebody sent. Each costs
// some kilobytes by the time that it is reported on, and more where each is the
// parent of the next. A running machine may have more.
const MaxRecorded = 300_000

// ErrCrowd is given by sources that have more.
var ErrCrowd = fmt.Errorf("it has more than %d processes, the most that a report can be made of", MaxRecorded)
