package scan

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/procfs"
)

// userHZ is the unit of times in /proc/PID/stat: a constant of the kernel's
// interface on every architecture that Go runs on (USER_HZ), whatever the
// kernel ticks at inside.
const userHZ = 100

// readHost reads what is true of the machine and of ourselves.
func (l *looker) readHost() {
	s := l.snap
	if rec := l.root.rec; rec != nil {
		rec.fill(s)
	} else {
		s.Host.UserHZ = Some(uint64(userHZ))
		l.readMachine()
	}
	s.Host.PidMax = l.readNumber("proc/sys/kernel/pid_max")
	s.Host.Threads = l.readNumber("proc/sys/kernel/threads-max")
	l.readSelf()
}

// fill takes from a recording what no file below its root tells.
func (r *recording) fill(s *Snapshot) {
	s.Taken = Some(r.TakenAt)
	s.Host.Kernel, s.Host.Arch, s.Host.BootID = known(r.Kernel), known(r.Arch), known(r.BootID)
	if r.BootTime != nil {
		s.Host.BootTime = Some(*r.BootTime)
	}
	if r.CPUs != nil {
		s.Host.CPUs = Some(*r.CPUs)
	}
	if r.UserHZ != 0 {
		s.Host.UserHZ = Some(r.UserHZ)
	}
	s.Clocks, s.Only = r.Clocks, r.Only
	if r.BoottimeNs > 0 {
		s.Boottime = Some(time.Duration(r.BoottimeNs))
	}
	if r.SuspendedNs != nil {
		s.Suspended = Some(time.Duration(*r.SuspendedNs))
	}
}

// known makes a fact of a text, of which "" means that it is not known.
func known(s string) Opt[string] {
	if s == "" {
		return Opt[string]{}
	}
	return Some(s)
}

// readMachine reads the facts of a running machine, or of a recording that has
// no capture.json to hold them.
func (l *looker) readMachine() {
	s := l.snap
	if l.root.live {
		now := time.Now().UTC().Round(0)
		s.Taken = Some(now)
		kernel, arch := machine()
		s.Host.Kernel, s.Host.Arch = known(kernel), known(arch)
		if up, ok := bootClock(); ok {
			s.Boottime = Some(up)
			s.Host.BootTime = Some(now.Add(-up).Round(time.Millisecond))
		}
		if b, err := l.root.read("proc/sys/kernel/random/boot_id"); err == nil {
			s.Host.BootID = known(strings.TrimSpace(string(b)))
		}
	}
	boot, cpus, err := l.procStat()
	if err != nil {
		if !vanished(err) {
			l.unread(0, "proc/stat", err)
		}
		return
	}
	if !s.Host.BootTime.Known() && boot > 0 && boot < 1<<40 {
		s.Host.BootTime = Some(time.Unix(int64(boot), 0).UTC())
	}
	if cpus > 0 {
		s.Host.CPUs = Some(cpus)
	}
}

// procStat returns the boot time (btime, seconds since 1970) and the number of
// CPUs of /proc/stat (proc_stat(5)). A running machine's is read with procfs,
// which wants a directory. A recording need not be one, and may hold anything.
func (l *looker) procStat() (boot uint64, cpus int, err error) {
	// Through our own seam first: that records it, bounds it, and keeps a link
	// in a recording from leading elsewhere.
	b, err := l.root.read("proc/stat")
	if err != nil {
		return 0, 0, err
	}
	if !l.root.live {
		return parseMachine(b)
	}
	fs, err := procfs.NewFS(l.root.procDir)
	if err != nil {
		return 0, 0, err
	}
	stat, err := fs.Stat()
	return stat.BootTime, len(stat.CPU), err
}

// parseMachine parses what a look needs of /proc/stat.
func parseMachine(b []byte) (boot uint64, cpus int, err error) {
	for line := range bytes.Lines(b) {
		f := bytes.Fields(line)
		switch {
		case len(f) < 2:
		case string(f[0]) == "btime":
			var ok bool
			if boot, ok = parseUint(f[1]); !ok {
				return 0, 0, fmt.Errorf("btime: bad number %.32q", f[1])
			}
		case bytes.HasPrefix(f[0], []byte("cpu")):
			if _, ok := parseUint(f[0][len("cpu"):]); ok {
				cpus++
			}
		}
	}
	return boot, cpus, nil
}

func (l *looker) readNumber(name string) Opt[uint64] {
	b, err := l.root.read(name)
	if err == nil {
		n, ok := parseUint(bytes.TrimSpace(b))
		if ok {
			return Some(n)
		}
		err = fmt.Errorf("bad number %.32q", b)
	}
	if !vanished(err) {
		l.unread(0, name, err)
	}
	return Opt[uint64]{}
}

// readSelf reads who looks: what can be seen depends on it.
func (l *looker) readSelf() {
	var self Self
	if rec := l.root.rec; rec != nil {
		if rec.Self.PID == 0 {
			return
		}
		self.PID, self.UID = rec.Self.PID, rec.Self.UID
		if caps, err := strconv.ParseUint(rec.Self.Caps, 16, 64); err == nil {
			self.CapEff = Some(caps)
		}
		if rec.Self.PIDNS != 0 {
			self.PIDNS = Some(rec.Self.PIDNS)
		}
		self.GID, self.Groups = l.selfGroups(self.PID)
	} else {
		if !l.root.live {
			return
		}
		// Not os.Getpid: the procfs that is read may be another namespace's,
		// in which we have another PID, or none.
		link, err := l.root.proc.readlink("proc/self")
		pid, ok := pidName(link)
		if err != nil || !ok {
			return
		}
		b, err := l.root.read(procPath(pid, "status"))
		if err != nil {
			l.unread(pid, procPath(pid, "status"), err)
			return
		}
		st, err := ParseStatus(b)
		if err != nil {
			l.unread(pid, procPath(pid, "status"), err)
			return
		}
		self.PID, self.CapEff, self.GID, self.Groups = pid, st.CapEff, st.GID, st.Groups
		self.UID, _ = st.UID.Get()
		// With more than one PID we are in a namespace below the one that is
		// looked at.
		if pids, ok := st.NSpid.Get(); ok && len(pids) == 1 {
			if ns, err := l.root.readlink(procPath(pid, "ns/pid")); err == nil {
				self.PIDNS, _ = parseNS(ns)
			}
		}
	}
	l.mounted = l.mounts(self.PID)
	l.readMounts(l.mounted)
	self.Container, self.In = l.container(self.PID, l.mounted)
	l.snap.Self = Some(self)
	if l.root.live {
		l.makeDo(self.PID)
	}
}

func (l *looker) selfGroups(pid int) (gid Opt[int], groups Opt[[]int]) {
	b, err := l.root.read(procPath(pid, "status"))
	if err != nil {
		return gid, groups
	}
	st, _ := ParseStatus(b)
	return st.GID, st.Groups
}

// readMounts finds how the procfs is mounted.
func (l *looker) readMounts(mounts []mount) {
	id, known := l.root.mountID()
	for _, m := range mounts {
		if m.fstype != "proc" {
			continue
		}
		// By its id: the path may lead through links. A recording by other
		// means has none; there the last one on /proc covers the others.
		if known && m.id == id || !known && !l.root.live && m.point == "/proc" {
			l.snap.Mount = Some(m.procMount())
		}
	}
}

// mounts reads the mounts that can tell something: procfs, cgroups, and those
// that container engines make.
func (l *looker) mounts(pid int) []mount {
	var mounts []mount
	name := procPath(pid, "mountinfo")
	_, err := l.root.readLines(name, func(line []byte) bool {
		m, ok := parseMount(string(line))
		if ok = ok && m.telling(); ok {
			mounts = append(mounts, m)
		}
		return ok
	})
	if err != nil && !vanished(err) {
		l.unread(pid, name, err)
	}
	return mounts
}

func (m mount) telling() bool {
	switch m.fstype {
	case "proc", "cgroup", "cgroup2":
		return true
	case "overlay":
		return m.point == "/"
	default:
		return slices.Contains(engineFiles, m.point)
	}
}

// engineFiles are mounted into a container by every engine.
var engineFiles = []string{"/etc/hosts", "/etc/hostname", "/etc/resolv.conf"}

// mount is one line of /proc/PID/mountinfo (proc_pid_mountinfo(5)).
type mount struct{ id, root, point, fstype, super string }

func parseMount(line string) (mount, bool) {
	before, after, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " - ")
	left, right := strings.Fields(before), strings.Fields(after)
	if !ok || len(left) < 6 || len(right) < 3 {
		return mount{}, false
	}
	return mount{id: left[0], root: left[3], point: left[4], fstype: right[0], super: right[2]}, true
}

func (m mount) procMount() ProcMount {
	pm := ProcMount{Options: m.super}
	for opt := range strings.SplitSeq(m.super, ",") {
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

// containerMarks are parts of paths that only container engines make: cgroups
// of their containers, and files that they mount into them.
var containerMarks = []string{"/docker/", "/docker-", "/containerd/", "/cri-containerd-", "/crio-", "/libpod-",
	"/kubepods", "/kubelet/pods/", "/containers/storage/", "/overlay-containers/", "/lxc.payload"}

// container looks for what shows that we run in a container, and in which: our
// cgroup, or what is mounted on the files that every engine provides.
func (l *looker) container(pid int, mounts []mount) (seen Opt[Witness], in Opt[Container]) {
	marked := func(s string) bool {
		return slices.ContainsFunc(containerMarks, func(m string) bool { return strings.Contains(s, m) })
	}
	saw := func(file, field, value string) {
		if !seen.Known() {
			seen = Some(Witness{File: file, Field: field, Value: value})
		}
	}
	if b, err := l.root.read(procPath(pid, "cgroup")); err == nil {
		if cgs, err := ParseCgroups(b); err == nil {
			for _, c := range cgs {
				if _, ok := ParseContainer(c.Path); ok || marked(c.Path) {
					saw("/proc/self/cgroup", c.Controllers, c.Path)
				}
			}
			if c, ok := ContainerOf(cgs); ok {
				in = Some(c)
			}
		}
	}
	for _, m := range mounts {
		switch {
		case slices.Contains(engineFiles, m.point) && marked(m.root):
			saw("/proc/self/mountinfo", m.point, m.root)
			if c, ok := ContainerOfFile(m.root); ok && !in.Known() {
				in = Some(c)
			}
		case m.point == "/" && m.fstype == "overlay" && marked(m.super):
			saw("/proc/self/mountinfo", m.point, m.super)
		}
	}
	return seen, in
}

// readClocks reads the clock of each CPU that a zombie died on, or that a
// process fell asleep on as it ended: without it that time means nothing later.
func (l *looker) readClocks() {
	var cpus []int
	for i := range l.snap.Procs {
		if p := &l.snap.Procs[i]; p.State == Zombie || p.Lingers() {
			if _, settled := p.died(); settled {
				continue
			}
			if cpu, ok := p.Processor.Get(); ok {
				cpus = append(cpus, cpu)
			}
		}
	}
	if len(cpus) == 0 {
		return
	}
	if l.root.live {
		slices.Sort(cpus)
		l.snap.Clocks = readClocks(slices.Compact(cpus))
		l.snap.Suspended = suspended()
	}
	// After the clocks: what the CPUs lost has to be all that they had lost
	// when the clocks were read.
	if b, err := l.root.read("proc/stat"); err == nil {
		l.snap.Lost = parseLost(b)
	} else if !vanished(err) {
		l.unread(0, "proc/stat", err)
	}
}
