package facts

import (
	"slices"
	"strconv"
	"strings"
)

// Mount is one line of /proc/PID/mountinfo (proc_pid_mountinfo(5)), with the
// escapes of the kernel: see UnescapeMount.
type Mount struct {
	ID     string // field 1
	Root   string // field 4: which part of the file system is mounted
	Point  string // field 5: where
	FSType string // field 9
	Super  string // field 11: options of the file system
}

// ParseMount parses a line of mountinfo; false: the line is not a mount.
func ParseMount(line string) (Mount, bool) {
	before, after, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " - ")
	left, right := strings.Fields(before), strings.Fields(after)
	if !ok || len(left) < 6 || len(right) < 3 {
		return Mount{}, false
	}
	return Mount{ID: left[0], Root: left[3], Point: left[4], FSType: right[0], Super: right[2]}, true
}

// Telling reports whether a mount matters to us: procfs, cgroups, and the mounts
// of container engines.
func (m Mount) Telling() bool {
	switch m.FSType {
	case "proc", "cgroup", "cgroup2":
		return true
	case "overlay":
		return m.Point == "/"
	default:
		return m.OfEngine() || m.Point == TerminationLog
	}
}

// OfEngine reports whether it is one that every container engine makes.
func (m Mount) OfEngine() bool { return slices.Contains(engineFiles, m.Point) }

// engineFiles are mounted into a container by every engine.
var engineFiles = []string{"/etc/hosts", "/etc/hostname", "/etc/resolv.conf"}

// TerminationLog is where the kubelet mounts a file of each container, unless the
// pod wants it elsewhere: see NameOfLog.
const TerminationLog = "/dev/termination-log"

// HasController reports whether it shows the hierarchy of cgroups that has a
// controller; v2: the one hierarchy of version 2.
func (m Mount) HasController(controller string, v2 bool) bool {
	if v2 {
		return m.FSType == "cgroup2"
	}
	return m.FSType == "cgroup" && slices.Contains(strings.Split(m.Super, ","), controller)
}

// ProcMount is how the procfs that was read is mounted (/proc/self/mountinfo,
// proc(5)): hidden processes give no error, only these options show them.
type ProcMount struct {
	// Options is the list of the per-superblock options, e.g.
	// "rw,hidepid=invisible".
	Options string
	HidePID string   // value of hidepid=, "" when it is not set
	GID     Opt[int] // gid=: members of that group are shown all
	PIDOnly bool     // subset=pid: no /proc/stat, /proc/sys ...
}

// ProcMount returns the options of a mount that is one of a procfs.
func (m Mount) ProcMount() ProcMount {
	pm := ProcMount{Options: m.Super}
	for opt := range strings.SplitSeq(m.Super, ",") {
		switch key, val, _ := strings.Cut(opt, "="); key {
		case "hidepid":
			pm.HidePID = val
		case "gid":
			if n, err := strconv.Atoi(val); err == nil {
				pm.GID = Some(n)
			}
		case "subset":
			pm.PIDOnly = slices.Contains(strings.Split(val, "+"), "pid")
		}
	}
	return pm
}

// UnescapeMount undoes what the kernel does to spaces, tabs, newlines and
// backslashes in mountinfo: \040 and the like.
func UnescapeMount(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
