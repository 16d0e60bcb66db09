package facts

import "time"

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

// Self describes the process that looked: it decides what the look could see.
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
	// NameInPod is the name of that container in its pod in Kubernetes. After a
	// restart it has another ID, and the same name. "": nothing showed it.
	NameInPod string
	// ProcCovers: the procfs on /proc is mounted over another one. Then the PID
	// namespace may be one that somebody made inside the container.
	ProcCovers bool
}

const capSysPtrace = 19

// MayTrace reports whether the process that looked has CAP_SYS_PTRACE, with
// which hidepid hides nothing and most facts can be read.
func (s *Self) MayTrace() bool {
	caps, ok := s.CapEff.Get()
	return ok && caps>>capSysPtrace&1 != 0
}

// Witness is one place and the text found there.
type Witness struct{ File, Field, Value string }

// CPUClock ties one CPU's scheduler clock to the boot clock at one moment.
type CPUClock struct {
	CPU int `json:"cpu"`
	// ExecStartMs is se.exec_start of a thread running on that CPU, in
	// milliseconds (/proc/PID/sched).
	ExecStartMs float64 `json:"execStartMs"`
	// BoottimeNs is CLOCK_BOOTTIME at the same moment, in nanoseconds.
	BoottimeNs int64 `json:"boottimeNs"`
}
