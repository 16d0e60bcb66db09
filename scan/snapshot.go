// Package scan reads facts about processes from /proc, or from a recording of
// it, into a Snapshot. It judges nothing: what a fact means is the business of
// package diagnose.
package scan

import (
	"cmp"
	"sort"
	"time"
)

// Source says where a snapshot was read from.
type Source struct {
	Kind SourceKind
	// Path is the root that was read: "/" for this machine, the directory of
	// a recording, or the name of a bundled one.
	Path string
}

// SourceKind tells a running system from a recording of one.
type SourceKind string

// The kinds of source.
const (
	Live     SourceKind = "live"     // a mounted procfs, right now
	Recorded SourceKind = "recorded" // files that a capture wrote
	Text     SourceKind = "ps"       // the text that ps prints
)

// ID is the identity of a process. A PID alone is none: PIDs are reused.
type ID struct {
	PID   int
	Start Opt[uint64] // ticks since boot, /proc/PID/stat field 22
}

// Snapshot is everything that one look saw. A diagnosis needs nothing else:
// the same snapshot gives the same diagnosis on any day, machine and
// operating system.
type Snapshot struct {
	Source Source
	Taken  Opt[time.Time] // when the look began
	Host   Host
	Self   Opt[Self]
	Clocks []CPUClock
	// Boottime is CLOCK_BOOTTIME when the look began.
	Boottime Opt[time.Duration]
	// Lost is, for each CPU, the time by which its scheduler clock may have
	// fallen behind the boot clock since boot: steal, irq and softirq of the
	// cpuN lines of /proc/stat.
	Lost map[int]time.Duration
	// Suspended is how long the machine has been suspended since boot:
	// CLOCK_BOOTTIME minus CLOCK_MONOTONIC.
	Suspended Opt[time.Duration]
	Procs     []Process // ordered by PID
	// Again is the second look at zombies and their parents; nil when there
	// was none (nothing to look at twice, or the caller did not want it).
	Again *SecondLook
	// Vanished counts processes that ended between the listing of /proc and
	// the reading of their stat file: ordinary life, not an error.
	Vanished int
	// Unread holds what could not be read or made sense of, ordered by PID
	// and file. Files that are absent because the process ended are not in it.
	Unread []Unread
	Mount  Opt[ProcMount]
	// Cgroups holds those that the PIDs of zombies' parents count against, and
	// those above, by their directory below the root:
	// "sys/fs/cgroup/pids/docker/…".
	Cgroups map[string]Cgroup
	// ContainerNames is what the containers are called that a process of
	// interest is in, by their ID; PodNames what their pods are, by UID.
	ContainerNames, PodNames map[string]ContainerName
	// TasksByUID counts the tasks in view of some users: the parents of zombies
	// that have a finite RLIMIT_NPROC.
	TasksByUID map[int]int
	// Adopted are the processes whose parent changed since the look before.
	// Only a Watch knows of one.
	Adopted []Adoption
	// Reapings is what processes in view were seen to reap since a Watch began,
	// by their PID. Only a Watch knows of any.
	Reapings map[int]Reaping
	// AllNamespaces: also those namespaces were looked for that have no zombie.
	AllNamespaces bool
	// Only lists the processes that a capture was restricted to; nil: all.
	Only []int
	// Listing is set where the snapshot was read from the text that ps prints.
	Listing *Listing
}

// Host describes the machine that was looked at.
type Host struct {
	Kernel   Opt[string]    // uname -r
	Arch     Opt[string]    // uname -m
	BootID   Opt[string]    // /proc/sys/kernel/random/boot_id
	BootTime Opt[time.Time] // /proc/stat, btime
	// CPUs is the number of cpuN lines in /proc/stat.
	CPUs Opt[int]
	// UserHZ is the unit of ID.Start: ticks per second (sysconf _SC_CLK_TCK).
	UserHZ  Opt[uint64]
	PidMax  Opt[uint64] // /proc/sys/kernel/pid_max
	Threads Opt[uint64] // /proc/sys/kernel/threads-max
	// Tasks is how many threads there are on the whole machine, zombies
	// included: the total of /proc/loadavg. Read only where there are zombies.
	Tasks Opt[uint64]
}

// Self describes the process that looked: what it may see depends on it.
type Self struct {
	PID    int
	UID    int
	CapEff Opt[uint64] // /proc/self/status CapEff, a bit mask (capabilities(7))
	PIDNS  Opt[uint64] // inode of /proc/self/ns/pid
	GID    Opt[int]    // effective, /proc/self/status Gid
	Groups Opt[[]int]  // supplementary groups, /proc/self/status Groups
	// Container is what shows that the observer runs in a container: the file
	// and the text in it that gives it away. Unknown: nothing showed it.
	Container Opt[Witness]
	// In is that container, where what shows it names one: our cgroup, or the
	// files that are mounted into us.
	In Opt[Container]
}

// capSysPtrace is CAP_SYS_PTRACE (capabilities(7)).
const capSysPtrace = 19

// MayTrace reports whether the process that looked has CAP_SYS_PTRACE, with
// which hidepid hides nothing and most facts can be read.
func (s *Self) MayTrace() bool {
	caps, ok := s.CapEff.Get()
	return ok && caps>>capSysPtrace&1 != 0
}

// Witness is one place and the text found there.
type Witness struct{ File, Field, Value string }

// ProcMount is how the procfs that was read is mounted (/proc/self/mountinfo,
// proc(5)): hidden processes give no error, only these options tell.
type ProcMount struct {
	// Options is the list of the per-superblock options, e.g.
	// "rw,hidepid=invisible".
	Options string
	HidePID string   // value of hidepid=, "" when it is not set
	GID     Opt[int] // gid=: members of that group are shown all
	PIDOnly bool     // subset=pid: no /proc/stat, /proc/sys ...
}

// CPUClock ties one CPU's scheduler clock to the boot clock at one moment.
type CPUClock struct {
	CPU int `json:"cpu"`
	// ExecStartMs is se.exec_start of a thread running on that CPU, in
	// milliseconds (/proc/PID/sched).
	ExecStartMs float64 `json:"execStartMs"`
	// BoottimeNs is CLOCK_BOOTTIME at the same moment, in nanoseconds.
	BoottimeNs int64 `json:"boottimeNs"`
}

// SecondLook is what zombies and their parents looked like a moment later.
// A process that is absent from Procs though it was asked for has ended.
type SecondLook struct {
	After time.Duration // from the end of the first look
	Asked []int         // PIDs that were read again, ordered
	Procs map[int]*Again
}

// Again is one process at the second look.
type Again struct {
	Stat
	Status Opt[Status] // of all but zombies
	Wchan  Opt[string] // as above
	// Threads is known where one look at them could not tell: see Undecided.
	Threads Opt[[]Thread]
}

// Process is one process, or the zombie that is left of it.
type Process struct {
	Stat
	// Gone: it ended between the bulk pass and the deeper look.
	Gone bool
	// Reparented is the PID of the parent that it had when it was last seen to
	// get another one. Only a Watch sees that.
	Reparented Opt[int]
	// Deep holds what is read only for processes of interest: zombies, their
	// parents and all ancestors, tracers, the PID 1 of a namespace. nil: was
	// not looked at deeper.
	Deep *Detail
	// Listed is set where a list is all that is known of the process.
	Listed *Listed
}

// ID returns the identity of the process.
func (p *Process) ID() ID {
	if p.Listed != nil {
		return ID{PID: p.PID}
	}
	return ID{PID: p.PID, Start: Some(p.StartTicks)}
}

// Detail holds the facts of a process of interest. What could not be read is
// unknown here and has its reason in Snapshot.Unread.
type Detail struct {
	Status  Opt[Status]
	Sched   Opt[Sched]
	Cmdline Opt[[]string] // /proc/PID/cmdline; empty for zombies and kernel threads
	Exe     Opt[string]   // readlink of /proc/PID/exe
	Wchan   Opt[string]   // /proc/PID/wchan; "0" means running, or hidden from us
	// Cgroups is /proc/PID/cgroup; of zombies on v2 only: v1 shows "/" for each.
	Cgroups Opt[[]CgroupPath]
	PIDNS   Opt[uint64]   // inode of /proc/PID/ns/pid
	Threads Opt[[]Thread] // /proc/PID/task, ordered by TID
	// ThreadsCut: there were more threads than were looked at.
	ThreadsCut bool
	FDs        Opt[[]FDInfo] // pidfds and signalfds only
	// PidsCgroup is the key in Snapshot.Cgroups of the cgroup that its PIDs
	// count against: of parents of zombies; of zombies on v2 only, where it may
	// be one that is not in Cgroups. Unknown also when it is out of sight.
	PidsCgroup Opt[string]
	// MaxProcesses is RLIMIT_NPROC, or Unlimited; of parents of zombies.
	MaxProcesses Opt[uint64]
	// Died is when it did, of a zombie that a Watch follows.
	Died Opt[Death]
	// OOM is of its cgroup; of parents of zombies.
	OOM Opt[OOM]
	// Freezers are the cgroups that may have frozen it, by v1 and by v2; of
	// parents of zombies, and of those in a PID namespace that ends.
	Freezers []Freezer
}

// CgroupPath is one line of /proc/PID/cgroup (cgroups(7)).
type CgroupPath struct {
	Controllers string // comma separated; empty for the v2 hierarchy
	Path        string
}

// Thread is one thread of a process: /proc/PID/task/TID.
type Thread struct {
	TID    int
	Stat   Opt[Stat]
	Status Opt[Status]
	Wchan  Opt[string]
	// Syscall is the number of the system call that the thread is blocked in,
	// -1 when it is in none (/proc/PID/task/TID/syscall).
	Syscall Opt[Syscall]
	// Children are the PIDs of its children: its own in the order in which it
	// forked them, adopted ones as they came (/proc/PID/task/TID/children).
	Children Opt[[]int]
}

// FDInfo is one pidfd or signalfd of a process (/proc/PID/fdinfo/FD).
type FDInfo struct {
	FD      int
	PID     Opt[int]    // Pid: of a pidfd
	Sigmask Opt[uint64] // sigmask: of a signalfd
}

// Unread is a fact that was wanted and not had.
type Unread struct {
	PID int // 0: not about one process
	// File is the path below the root, e.g. "proc/7/stat".
	File string
	// Denied: a better-privileged reader could have read it.
	Denied bool
	// Skipped: not read on purpose, or not in time. It hides no process.
	Skipped bool
	// Reason is for people: "permission denied", "field 4: bad number".
	Reason string
}

// Find returns the process with that PID, or nil when it is not in view.
func (s *Snapshot) Find(pid int) *Process {
	if i, ok := s.search(pid); ok {
		return &s.Procs[i]
	}
	return nil
}

func (s *Snapshot) search(pid int) (int, bool) {
	// Not slices.BinarySearchFunc, which copies a Process for each comparison.
	return sort.Find(len(s.Procs), func(i int) int { return cmp.Compare(pid, s.Procs[i].PID) })
}

// Orphaned returns the processes whose parent is not in view, though they have
// one. Live it has been made sure that this is not just bad timing.
func (s *Snapshot) Orphaned() []*Process {
	var lost []*Process
	seen, last := false, 0 // siblings stand together more often than not
	for i := range s.Procs {
		p := &s.Procs[i]
		if p.PPID <= 0 { // it has none in here, or a list does not tell
			continue
		}
		if p.PPID != last {
			last = p.PPID
			_, seen = s.search(last)
		}
		if !seen {
			lost = append(lost, p)
		}
	}
	return lost
}

// StartTime returns when the process started, to the tick.
func (s *Snapshot) StartTime(p *Process) (time.Time, bool) {
	boot, ok := s.Host.BootTime.Get()
	since, known := s.SinceBoot(p)
	return boot.Add(since), ok && known
}
