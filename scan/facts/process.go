package facts

import (
	"sort"
	"strings"
	"time"
)

// ID is the identity of a process. A PID alone is not enough: PIDs are reused.
type ID struct {
	PID   int
	Start Opt[uint64] // ticks since boot, /proc/PID/stat field 22
}

// Process is one process, or the zombie that is left of it.
type Process struct {
	Stat
	// Gone: it exited between the bulk pass and the deeper look.
	Gone bool
	// Reparented is the PID of the parent that it had when it was last seen to
	// get another one. Only a Watch sees that.
	Reparented Opt[int]
	// Deep holds what is read only for processes of interest: zombies, their
	// parents and all ancestors, tracers, the PID 1 of a namespace. nil: nobody
	// looked deeper.
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
	// parents of zombies, and of those in a PID namespace that is ending.
	Freezers []Freezer
}

// NSpid returns the PIDs of a process from our namespace to its own; nil:
// unknown. It needs no permission, unlike the link in /proc/PID/ns.
func (p *Process) NSpid() []int {
	if p == nil || p.Deep == nil {
		return nil
	}
	st, _ := p.Deep.Status.Get()
	pids, _ := st.NSpid.Get()
	return pids
}

// PIDNS returns the inode of the PID namespace of a process.
func (p *Process) PIDNS() (uint64, bool) {
	if p == nil || p.Deep == nil {
		return 0, false
	}
	return p.Deep.PIDNS.Get()
}

// Zapping reports whether a process is a PID 1 that has exited and waits for the
// rest of its PID namespace (zap_pid_ns_processes).
func (p *Process) Zapping() bool {
	if p.Deep == nil || !p.Lingers() {
		return false
	}
	wchan, _ := p.Deep.Wchan.Get()
	return InZap(wchan)
}

// InZap reports whether that is where a process sleeps that is ending: first it
// waits for its children (in do_wait, which no other does that late), then for
// those that somebody outside has to reap.
func InZap(wchan string) bool {
	name, _, _ := strings.Cut(wchan, ".") // compilers append to it
	return name == "zap_pid_ns_processes" || name == "do_wait"
}

// Undecided reports whether a parent was seen in what may be a transient state:
// in uninterruptible sleep, stopped by a tracer, or with SIGCHLD blocked and
// pending, as it is in a shell that runs a foreground job.
func (p *Process) Undecided() bool {
	if p.State == Uninterruptible || p.State == Traced {
		return true
	}
	if p.Deep == nil {
		return false
	}
	st, _ := p.Deep.Status.Get()
	pending, _ := st.ShdPnd.Get()
	blocked, _ := st.SigBlk.Get()
	return HasSignal(pending, SIGCHLD) && HasSignal(blocked, SIGCHLD)
}

// SortProcesses orders by PID. The kernel lists in that order, so there is mostly
// nothing to do.
func SortProcesses(procs []Process) {
	for i := 1; i < len(procs); i++ {
		if procs[i-1].PID > procs[i].PID {
			sort.Slice(procs, func(i, j int) bool { return procs[i].PID < procs[j].PID })
			return
		}
	}
}

// Death is when a process died, on CLOCK_BOOTTIME, within bounds. A Watch
// settles it when it first sees the zombie: from then on it is only the boot
// clock that passes, which leaves out no steal (see Ages).
type Death struct{ Earliest, Latest Opt[time.Duration] }

// Exit is how a process exited: its wait status (wait(2)).
type Exit struct {
	Signal     int // that ended it; 0: it exited by itself
	Code       int // exit code, where it exited
	CoreDumped bool
}

// Exit returns how a zombie exited, where that can be known. /proc/PID/stat
// field 52 silently reads 0 without ptrace permission, so a 0 counts only where
// something shows that we have it.
func (p *Process) Exit() Opt[Exit] {
	status, ok := p.ExitCode.Get()
	if !ok || p.State != Zombie || p.NumThreads > 1 { // while threads are running it has not exited
		return Opt[Exit]{}
	}
	if !p.ExitVisible() {
		if _, ok := p.PIDNS(); !ok {
			return Opt[Exit]{}
		}
	}
	if sig := status & 0x7f; sig != 0 {
		return Some(Exit{Signal: sig, CoreDumped: status&0x80 != 0})
	}
	return Some(Exit{Code: status >> 8 & 0xff})
}

// ExitVisible reports whether the stat of a zombie itself shows that its exit
// status is real: it is not 0, or field 35 (wchan) is 1, as it is for a zombie
// on 5.16 and later exactly where the reader has ptrace permission.
func (p *Process) ExitVisible() bool {
	status, _ := p.ExitCode.Get()
	wchan, _ := p.Wchan.Get()
	return status != 0 || wchan == 1
}
