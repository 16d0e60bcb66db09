// Package scan reads facts about processes: from /proc, from a recording of it,
// or from the text that ps prints. It judges nothing: what a fact means is the
// business of package diagnose.
package scan

import (
	"io"
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/scan/look"
	"github.com/zombiectl/zombiectl/scan/record"
)

// Root is an opened source, the one place that everything is read below: "/" on
// a running machine, "/host" for a node mounted into a pod, any directory for a
// recording; or a list of processes, which has no files below it.
type Root struct{ look.Source }

// Live reports whether this is a running machine.
func (r *Root) Live() bool { return r.Kind() == facts.Live }

// The words of a look are those of package look.
type (
	// Options of a look, and of a capture.
	Options = look.Options
	// Progress counts what a look has done, for whoever wants to show it.
	Progress = look.Progress
	// Watch looks at a running machine again and again.
	Watch = look.Watch
)

// DefaultSettle is how long after the first look the second one is taken.
const DefaultSettle time.Duration = look.DefaultSettle

// Look reads a root once, and zombies and their parents twice: see [look.Look].
func Look(r *Root, o Options) (*facts.Snapshot, error) { return look.Look(r.Source, o) }

// NewWatch prepares to watch a running machine.
func NewWatch(r *Root, o Options) (*Watch, error) { return look.NewWatch(r.Source, o) }

// FewPIDs reports whether the PIDs of our own cgroup are nearly used up, so that
// this program should do with one processor: see [look.FewPIDs].
func (r *Root) FewPIDs() bool { return look.FewPIDs(r.Source) }

// Capture says what a capture wrote.
type Capture = record.Capture

// NewDir makes a directory for a capture, which must be empty if there is one.
func NewDir(dir string) (*record.Dir, error) { return record.NewDir(dir) }

// CaptureTo looks at a running machine and records in dir all that it reads. tool
// names the program and its version.
func CaptureTo(dir *record.Dir, r *Root, o Options, tool string) (*Capture, error) {
	return record.CaptureTo(dir, r.Source, o, tool)
}

// CaptureArchive is CaptureTo, but writes a tar archive to w, packed with gzip
// or not. name is what w is called.
func CaptureArchive(w io.Writer, name string, pack bool, r *Root, o Options, tool string) (*Capture, error) {
	return record.CaptureArchive(w, name, pack, r.Source, o, tool)
}

// Script is a POSIX shell script that reads /proc with nothing but the shell,
// and prints what [OpenReader] reads.
func Script() string { return record.Script() }

// A look is over when it is read. Who acts on it has to ask again, about one
// process at a time, right before.

// Stat reads /proc/PID/stat anew. When the process has been reaped, or is being
// released this moment, the error is one that Vanished knows.
func (r *Root) Stat(pid int) (facts.Stat, error) {
	return look.Parsed(r, facts.Path(pid, "stat"), func(b []byte) (facts.Stat, error) { return facts.Names(nil).ParseStat(pid, b) })
}

// Status reads /proc/PID/status anew, with errors like those of Stat.
func (r *Root) Status(pid int) (facts.Status, error) {
	return look.Parsed(r, facts.Path(pid, "status"), facts.ParseStatus)
}

// SelfStatus reads the status of this process as the procfs that is read shows
// it (/proc/self/status). NSpid then begins with the PID that it has there, and
// has one entry exactly when the procfs is that of our own PID namespace.
func (r *Root) SelfStatus() (facts.Status, error) {
	return look.Parsed(r, "proc/self/status", facts.ParseStatus)
}

// Vanished reports whether an error means that the process is there no more,
// not even as a zombie.
func Vanished(err error) bool { return look.Vanished(err) }
