package look

import (
	"strings"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// readHost reads what is true of the machine.
func (r *reading) readHost() {
	h := &r.snap.Host
	if r.src.Kind() == facts.Live {
		if b, err := r.src.Read("proc/sys/kernel/random/boot_id", MaxStat); err == nil {
			h.BootID = facts.Told(strings.TrimSpace(string(b)))
		}
	}
	if !h.CPUs.Known() { // and nothing else of a recording is missing
		stat, _ := machineFact(r, "proc/stat", facts.ParseProcStat).Get()
		if !h.BootTime.Known() {
			h.BootTime = stat.BootTime
		}
		if stat.CPUs > 0 {
			h.CPUs = facts.Some(stat.CPUs)
		}
	}
	h.PidMax = machineFact(r, "proc/sys/kernel/pid_max", facts.ParseNumber)
	h.Threads = machineFact(r, "proc/sys/kernel/threads-max", facts.ParseNumber)
}

// readSelf reads who looks: what can be seen depends on it.
func (r *reading) readSelf() {
	who, ok := r.src.Self()
	if !ok {
		return
	}
	self := facts.Self{PID: who.PID, CapEff: who.CapEff, PIDNS: who.PIDNS}
	var st facts.Status
	b, err := r.src.Read(facts.Path(who.PID, "status"), MaxFile)
	if err == nil {
		st, err = facts.ParseStatus(b)
	}
	self.GID, self.Groups = st.GID, st.Groups
	if uid, told := who.UID.Get(); told {
		self.UID = uid
	} else {
		if err != nil {
			r.unread(who.PID, facts.Path(who.PID, "status"), err)
			return
		}
		self.UID, _ = st.UID.Get()
		self.CapEff, self.PIDNS = st.CapEff, r.ownNamespace(who.PID, st)
	}
	r.readMounts(who.PID)
	self.Container, self.In = r.container(who.PID)
	r.snap.Self = facts.Some(self)
}

// ownNamespace is the PID namespace of who looks. With more than one PID that is
// below the one that is looked at.
func (r *reading) ownNamespace(pid int, st facts.Status) facts.Opt[uint64] {
	if pids, ok := st.NSpid.Get(); !ok || len(pids) != 1 {
		return facts.Opt[uint64]{}
	}
	link, err := r.src.Readlink(facts.Path(pid, "ns/pid"))
	if err != nil {
		return facts.Opt[uint64]{}
	}
	ns, _ := facts.ParseNamespace(link)
	return ns
}

// readMounts reads the mounts that can tell something: procfs, cgroups, and those
// that container engines make. The others are not recorded: they may tell much
// of a machine.
func (r *reading) readMounts(pid int) {
	name := facts.Path(pid, "mountinfo")
	err := r.readPart(name, func(b []byte) ([]byte, error) {
		return facts.KeepLines(b, func(line []byte) bool {
			m, ok := facts.ParseMount(string(line))
			if ok = ok && m.Telling(); ok {
				r.mounts = append(r.mounts, m)
			}
			return ok
		}), nil
	})
	if err != nil && !Vanished(err) {
		r.unread(pid, name, err)
	}
	proc := r.src.MountID()
	for _, m := range r.mounts {
		// Of mounts without an ID the last one on /proc covers the others.
		if m.FSType == "proc" && (m.ID == proc || proc == "" && m.Point == "/proc") {
			r.snap.Mount = facts.Some(m.ProcMount())
		}
	}
}

// container looks for what shows that we run in a container, and in which: our
// cgroup, or what is mounted on the files that every engine provides.
func (r *reading) container(pid int) (seen facts.Opt[facts.Witness], in facts.Opt[facts.Container]) {
	saw := func(file, field, value string) {
		if !seen.Known() {
			seen = facts.Some(facts.Witness{File: file, Field: field, Value: value})
		}
	}
	if b, err := r.src.Read(facts.Path(pid, "cgroup"), MaxFile); err == nil {
		if cgs, err := facts.ParseCgroups(b); err == nil {
			for _, c := range cgs {
				if _, ok := facts.ParseContainer(c.Path); ok || facts.MadeByEngine(c.Path) {
					saw("/proc/self/cgroup", c.Controllers, c.Path)
				}
			}
			if c, ok := facts.ContainerOf(cgs); ok {
				in = facts.Some(c)
			}
		}
	}
	for _, m := range r.mounts {
		switch {
		case m.OfEngine() && facts.MadeByEngine(m.Root):
			saw("/proc/self/mountinfo", m.Point, m.Root)
			if c, ok := facts.ContainerOfFile(m.Root); ok && !in.Known() {
				in = facts.Some(c)
			}
		case m.Point == "/" && m.FSType == "overlay" && facts.MadeByEngine(m.Super):
			saw("/proc/self/mountinfo", m.Point, m.Super)
		}
	}
	return seen, in
}
