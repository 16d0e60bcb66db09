package scan

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// readHost reads what is true of the machine and of ourselves.
func (l *looker) readHost() {
	s := l.snap
	if rec := l.root.rec; rec != nil {
		rec.fill(s)
	} else {
		s.Host.UserHZ = Some(uint64(facts.UserHZ))
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
	b, err := l.root.read("proc/stat")
	if err != nil {
		if !vanished(err) {
			l.unread(0, "proc/stat", err)
		}
		return
	}
	stat, err := facts.ParseProcStat(b)
	if err != nil {
		l.unread(0, "proc/stat", err)
		return
	}
	if !s.Host.BootTime.Known() {
		s.Host.BootTime = stat.BootTime
	}
	if stat.CPUs > 0 {
		s.Host.CPUs = Some(stat.CPUs)
	}
}

func (l *looker) readNumber(name string) Opt[uint64] {
	b, err := l.root.read(name)
	if err == nil {
		var n uint64
		if n, err = facts.ParseNumber(b); err == nil {
			return Some(n)
		}
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
		pid, ok := facts.ParsePID(link)
		if err != nil || !ok {
			return
		}
		b, err := l.root.read(facts.Path(pid, "status"))
		if err != nil {
			l.unread(pid, facts.Path(pid, "status"), err)
			return
		}
		st, err := ParseStatus(b)
		if err != nil {
			l.unread(pid, facts.Path(pid, "status"), err)
			return
		}
		self.PID, self.CapEff, self.GID, self.Groups = pid, st.CapEff, st.GID, st.Groups
		self.UID, _ = st.UID.Get()
		// With more than one PID we are in a namespace below the one that is
		// looked at.
		if pids, ok := st.NSpid.Get(); ok && len(pids) == 1 {
			if ns, err := l.root.readlink(facts.Path(pid, "ns/pid")); err == nil {
				self.PIDNS, _ = facts.ParseNamespace(ns)
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
	b, err := l.root.read(facts.Path(pid, "status"))
	if err != nil {
		return gid, groups
	}
	st, _ := ParseStatus(b)
	return st.GID, st.Groups
}

// readMounts finds how the procfs is mounted.
func (l *looker) readMounts(mounts []Mount) {
	id, known := l.root.mountID()
	for _, m := range mounts {
		if m.FSType != "proc" {
			continue
		}
		// By its id: the path may lead through links. A recording by other
		// means has none; there the last one on /proc covers the others.
		if known && m.ID == id || !known && !l.root.live && m.Point == "/proc" {
			l.snap.Mount = Some(m.ProcMount())
		}
	}
}

// mounts reads the mounts that can tell something: procfs, cgroups, and those
// that container engines make.
func (l *looker) mounts(pid int) []Mount {
	var mounts []Mount
	name := facts.Path(pid, "mountinfo")
	_, err := l.root.readLines(name, func(line []byte) bool {
		m, ok := facts.ParseMount(string(line))
		if ok = ok && m.Telling(); ok {
			mounts = append(mounts, m)
		}
		return ok
	})
	if err != nil && !vanished(err) {
		l.unread(pid, name, err)
	}
	return mounts
}

// container looks for what shows that we run in a container, and in which: our
// cgroup, or what is mounted on the files that every engine provides.
func (l *looker) container(pid int, mounts []Mount) (seen Opt[Witness], in Opt[Container]) {
	saw := func(file, field, value string) {
		if !seen.Known() {
			seen = Some(Witness{File: file, Field: field, Value: value})
		}
	}
	if b, err := l.root.read(facts.Path(pid, "cgroup")); err == nil {
		if cgs, err := ParseCgroups(b); err == nil {
			for _, c := range cgs {
				if _, ok := ParseContainer(c.Path); ok || facts.MadeByEngine(c.Path) {
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
		case m.OfEngine() && facts.MadeByEngine(m.Root):
			saw("/proc/self/mountinfo", m.Point, m.Root)
			if c, ok := ContainerOfFile(m.Root); ok && !in.Known() {
				in = Some(c)
			}
		case m.Point == "/" && m.FSType == "overlay" && facts.MadeByEngine(m.Super):
			saw("/proc/self/mountinfo", m.Point, m.Super)
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
			if p.Deep != nil && p.Deep.Died.Known() {
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
		stat, _ := facts.ParseProcStat(b) // what is wrong with it has been said
		l.snap.Lost = stat.Lost
	} else if !vanished(err) {
		l.unread(0, "proc/stat", err)
	}
}
