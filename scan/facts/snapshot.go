// Package facts has the facts that a look at processes can find, and the parsers
// of the kernel's files that have them. It reads no file, and judges nothing:
// what a fact means is the business of package diagnose.
package facts

import (
	"cmp"
	"iter"
	"math"
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

// SourceKind distinguishes a running system from a recording of one.
type SourceKind string

// The kinds of source.
const (
	Live     SourceKind = "live"     // a mounted procfs, right now
	Recorded SourceKind = "recorded" // files that a capture wrote
	Text     SourceKind = "ps"       // the text that ps prints
)

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
	// Again is the second look at zombies and their parents; nil when it was not
	// taken (nothing to look at twice, or the caller did not want it).
	Again *SecondLook
	// Vanished counts processes that exited between the listing of /proc and the
	// reading of their stat file. That is ordinary, not an error.
	Vanished int
	// Unread holds the files that could not be read or made sense of, ordered by
	// PID and file. Files that are absent because the process exited are not in
	// it.
	Unread []Unread
	Mount  Opt[ProcMount]
	// Cgroups holds those that the PIDs of zombies' parents count against, and
	// those above, by their directory below the root:
	// "sys/fs/cgroup/pids/docker/…".
	Cgroups map[string]Cgroup
	// ContainerNames is what the containers are called that a process of
	// interest is in, by their ID; PodNames what their pods are, by UID.
	ContainerNames, PodNames map[string]ContainerName
	// TasksByUID counts the visible tasks of some users: the parents of zombies
	// that have a finite RLIMIT_NPROC.
	TasksByUID map[int]int
	// Adopted are the processes whose parent changed since the look before.
	// Only a Watch knows of one.
	Adopted []Adoption
	// Reapings is what visible processes were seen to reap since a Watch began, by
	// their PID. Only a Watch knows of any.
	Reapings map[int]Reaping
	// AllNamespaces: also those namespaces were looked for that have no zombie.
	AllNamespaces bool
	// Only lists the processes that a capture was restricted to; nil: all.
	Only []int
	// Listing is set where the snapshot was read from the text that ps prints.
	Listing *Listing
}

// SecondLook is the state of zombies and their parents a moment later. A process
// that is absent from Procs though it was asked for has exited.
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
	// Threads is known where one look at them could not decide: see Undecided.
	Threads Opt[[]Thread]
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

// All goes through Procs, in place.
func (s *Snapshot) All() iter.Seq[*Process] {
	return func(yield func(*Process) bool) {
		for i := range s.Procs {
			if !yield(&s.Procs[i]) {
				return
			}
		}
	}
}

// Zombies returns those of Procs that are.
func (s *Snapshot) Zombies() []*Process {
	var zombies []*Process
	for p := range s.All() {
		if p.State == Zombie {
			zombies = append(zombies, p)
		}
	}
	return zombies
}

// Find returns the process with that PID, or nil when it is not visible.
func (s *Snapshot) Find(pid int) *Process {
	if i, ok := s.Index(pid); ok {
		return &s.Procs[i]
	}
	return nil
}

// Below reports whether one of the processes, by PID, is an ancestor of p.
func (s *Snapshot) Below(p *Process, of map[int]bool) bool {
	for range len(s.Procs) { // parents that form a loop end, too
		if p = s.Find(p.PPID); p == nil {
			return false
		}
		if of[p.PID] {
			return true
		}
	}
	return false
}

// Index returns where in Procs the process with a PID is, or would be.
func (s *Snapshot) Index(pid int) (int, bool) {
	// Not slices.BinarySearchFunc, which copies a Process for each comparison.
	return sort.Find(len(s.Procs), func(i int) int { return cmp.Compare(pid, s.Procs[i].PID) })
}

// Orphaned returns the processes whose parent is not visible, though they have
// one. On a running machine a second look has made sure that this is not just
// bad timing.
func (s *Snapshot) Orphaned() []*Process {
	var lost []*Process
	seen, last := false, 0 // siblings stand together more often than not
	for p := range s.All() {
		if p.PPID <= 0 { // it has none in here, or a list does not show it
			continue
		}
		if p.PPID != last {
			last = p.PPID
			_, seen = s.Index(last)
		}
		if !seen {
			lost = append(lost, p)
		}
	}
	return lost
}

// Owner returns the process that a thread belongs to, by the threads that were
// read.
func (s *Snapshot) Owner(tid int) *Process {
	if p := s.Find(tid); p != nil {
		return p
	}
	for p := range s.All() {
		if p.Deep == nil {
			continue
		}
		threads, _ := p.Deep.Threads.Get()
		for _, t := range threads {
			if t.TID == tid {
				return p
			}
		}
	}
	return nil
}

// SortUnread orders by PID and file.
func SortUnread(list []Unread) {
	sort.SliceStable(list, func(i, j int) bool {
		a, b := &list[i], &list[j]
		return a.PID < b.PID || a.PID == b.PID && a.File < b.File
	})
}

// Tick is the unit of start times, to which they are rounded down; 0: unknown.
func (s *Snapshot) Tick() time.Duration {
	hz, ok := s.Host.UserHZ.Get()
	if !ok || hz == 0 || hz > uint64(time.Second) {
		return 0
	}
	return time.Second / time.Duration(hz)
}

// SinceBoot is when a process started, on CLOCK_BOOTTIME. The kernel rounds it
// down to a tick.
func (s *Snapshot) SinceBoot(p *Process) (time.Duration, bool) {
	tick := s.Tick()
	if tick == 0 || p.Listed != nil {
		return 0, false
	}
	if p.StartTicks > math.MaxInt64/2/uint64(tick) {
		return 0, false
	}
	return time.Duration(p.StartTicks) * tick, true
}

// StartTime returns when the process started, to the tick.
func (s *Snapshot) StartTime(p *Process) (time.Time, bool) {
	boot, ok := s.Host.BootTime.Get()
	since, known := s.SinceBoot(p)
	return boot.Add(since), ok && known
}

// Adoption is a process whose parent was seen to change: field 4 of
// /proc/PID/stat.
type Adoption struct {
	ID       ID
	Comm     string
	Zombie   bool
	From, To int // PIDs
}

// Reaping is what a parent was seen to reap: zombies of the look before that are
// there no longer, while their parent is.
type Reaping struct {
	Zombies int
	Orphans int // of these, the processes that it was seen adopting
	// Longest is for how long, at least, a reaped one had been dead; 0: it is
	// known of none.
	Longest time.Duration
}
