package look

import (
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/scan/facts"
)

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
	st, err := Parsed(r.src, facts.Path(who.PID, "status"), facts.ParseStatus)
	self.GID, self.Groups = st.GID, st.Groups
	if uid, told := who.UID.Get(); told {
		self.UID = uid
	} else {
		if err != nil {
			r.unread(who.PID, facts.Path(who.PID, "status"), err)
			return
		}
		self.UID, _ = st.UID.Get()
		self.CapEff = st.CapEff
		// With more than one PID its namespace is below the one that is looked at.
		if pids, _ := st.NSpid.Get(); len(pids) == 1 {
			if ns, err := namespaceOf(r.src, who.PID); err == nil {
				self.PIDNS = facts.Some(ns)
			}
		}
	}
	r.readMounts(who.PID)
	self.Container, self.In = r.container(who.PID)
	if in, ok := self.In.Get(); ok {
		self.NameInPod = r.nameInPod(in.PodUID)
	}
	self.ProcCovers = r.procCovers()
	r.snap.Self = facts.Some(self)
}

// readMounts reads the mounts that matter to us: procfs, cgroups, and those that
// container engines make. The others are not recorded: they may give away much
// about a machine.
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

// container looks for the signs that we run in a container, and in which: our
// cgroup, or the mounts on the files that every engine provides.
func (r *reading) container(pid int) (seen facts.Opt[facts.Witness], in facts.Opt[facts.Container]) {
	saw := func(file, field, value string) {
		if !seen.Known() {
			seen = facts.Some(facts.Witness{File: file, Field: field, Value: value})
		}
	}
	cgroups, _ := Parsed(r.src, facts.Path(pid, "cgroup"), facts.ParseCgroups)
	for _, c := range cgroups {
		if _, ok := facts.ParseContainer(c.Path); ok || facts.MadeByEngine(c.Path) {
			saw("/proc/self/cgroup", c.Controllers, c.Path)
		}
	}
	if c, ok := facts.ContainerOf(cgroups); ok {
		in = facts.Some(c)
	}
	// The mounts of the kubelet show the pod. CRI-O's own files look like
	// Podman's.
	mounts := slices.Clone(r.mounts)
	slices.SortStableFunc(mounts, func(a, b facts.Mount) int { return ofKubelet(a) - ofKubelet(b) })
	for _, m := range mounts {
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

// ofKubelet is less of a mount that the kubelet makes.
func ofKubelet(m facts.Mount) int {
	if strings.Contains(m.Root, "/kubelet/pods/") {
		return 0
	}
	return 1
}

// nameInPod returns the name of our container in that pod; "": nothing shows it.
func (r *reading) nameInPod(podUID string) string {
	for _, m := range r.mounts {
		if name, uid, ok := facts.NameOfLog(m.Root); ok && m.Point == facts.TerminationLog && uid == podUID {
			return name
		}
	}
	return ""
}

// procCovers reports whether /proc has more than one procfs, one over the other.
func (r *reading) procCovers() bool {
	n := 0
	for _, m := range r.mounts {
		if m.FSType == "proc" && m.Point == "/proc" {
			n++
		}
	}
	return n > 1
}
