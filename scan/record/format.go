package record

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/scan/look"
	"golang.org/x/sys/unix"
)

const (
	captureFile   = "capture.json"
	captureFormat = "zombiectl-capture/1"
)

// metadata is capture.json: the facts that no file below the root has.
type metadata struct {
	Format     string           `json:"format"`
	Tool       string           `json:"tool"`
	TakenAt    time.Time        `json:"takenAt"`
	BootID     string           `json:"bootID"`
	BootTime   *time.Time       `json:"bootTime"`
	BoottimeNs int64            `json:"boottimeNs"` // CLOCK_BOOTTIME at takenAt
	UserHZ     uint64           `json:"userHZ"`
	Arch       string           `json:"arch"`
	Kernel     string           `json:"kernel"`
	CPUs       *int             `json:"cpus"`
	Self       recordedSelf     `json:"self"`
	Clocks     []facts.CPUClock `json:"clocks"`
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
	// Errors distinguishes a file that could not be read from a missing one:
	// neither git nor tar can. Paths are encoded as the file names are.
	Errors map[string]string `json:"errors"`
	// Empty are directories without anything to read: neither git nor go:embed
	// keeps one.
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

const readmeFile = "README.txt"

// readme explains a recording and its files to whoever opens it.
func readme(redact bool) string {
	args := "Command lines are in it as they were (--args keep)."
	if redact {
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

// newMetadata has the facts of a snapshot that no file below the root has.
func newMetadata(s *facts.Snapshot) *metadata {
	m := &metadata{
		Format: captureFormat, Clocks: s.Clocks, Only: s.Only, TasksByUID: s.TasksByUID, AllNamespaces: s.AllNamespaces,
	}
	if m.Clocks == nil {
		m.Clocks = []facts.CPUClock{}
	}
	m.TakenAt, _ = s.Taken.Get()
	m.BootID, _ = s.Host.BootID.Get()
	m.UserHZ, _ = s.Host.UserHZ.Get()
	m.Arch, _ = s.Host.Arch.Get()
	m.Kernel, _ = s.Host.Kernel.Get()
	if boot, ok := s.Host.BootTime.Get(); ok {
		m.BootTime = &boot
	}
	if n, ok := s.Host.CPUs.Get(); ok {
		m.CPUs = &n
	}
	if d, ok := s.Boottime.Get(); ok {
		m.BoottimeNs = int64(d)
	}
	if d, ok := s.Suspended.Get(); ok {
		ns := int64(d)
		m.SuspendedNs = &ns
	}
	if self, ok := s.Self.Get(); ok {
		m.Self = recordedSelf{PID: self.PID, UID: self.UID}
		if caps, ok := self.CapEff.Get(); ok {
			m.Self.Caps = fmt.Sprintf("%016x", caps)
		}
		m.Self.PIDNS, _ = self.PIDNS.Get()
	}
	if s.Again != nil {
		m.Again = &recordedAgain{AfterMs: s.Again.After.Milliseconds(), PIDs: s.Again.Asked}
	}
	return m
}

func (m *metadata) errorOf(key string) error {
	text, ok := m.Errors[key]
	if !ok {
		return nil
	}
	if errno := errnoNamed(text); errno != 0 {
		return errno
	}
	if why, ok := strings.CutPrefix(text, leftOut); ok {
		return look.LeftOut(why)
	}
	return errors.New(text)
}

// failuresBelow returns the names in a directory that are known only because
// reading below them failed.
func (m *metadata) failuresBelow(dir string) []string {
	var names []string
	prefix := encodePath(dir) + "/"
	for key := range m.Errors {
		if rest, ok := strings.CutPrefix(key, prefix); ok && !look.Vanished(m.errorOf(key)) {
			name, _, _ := strings.Cut(rest, "/")
			names = append(names, name)
		}
	}
	return names
}

func (m *metadata) hasPID() bool {
	return slices.ContainsFunc(m.failuresBelow("proc"), func(n string) bool { _, ok := facts.ParsePID(n); return ok })
}

// leftOut begins the reason of a file that was not read on purpose.
const leftOut = "left out: "

// errnoNamed is unix.ErrnoName the other way round.
func errnoNamed(name string) syscall.Errno {
	for e := syscall.Errno(1); e < 134; e++ { // EHWPOISON, the last on Linux, is 133
		if unix.ErrnoName(e) == name {
			return e
		}
	}
	return 0
}
