package scan

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Bounds for recordings that are not what they seem: a hierarchy is seldom
// deeper than ten, and a node has some hundreds of containers.
const (
	maxCgroupDepth = 64
	maxCgroupDirs  = 1024
	maxPath        = 4096 // PATH_MAX, which bounds what the kernel shows
	// maxZombieCgroups bounds the zombies whose own cgroup is read: it takes a
	// lock that all cgroups share. The others count where their parent does.
	maxZombieCgroups = 4096
)

// readLimits reads the limits on processes that apply to the parents of
// zombies, and to those that are asked about, and what is used of them.
func (l *looker) readLimits() {
	var zombies []*Process
	byPID := map[int]*Process{}
	for i := range l.snap.Procs {
		p := &l.snap.Procs[i]
		if p.State != Zombie {
			continue
		}
		zombies = append(zombies, p)
		if q := l.snap.Find(p.PPID); q != nil && q.Deep != nil && q.State != Zombie && !q.Gone {
			byPID[q.PID] = q
		}
	}
	for _, pid := range l.opts.Focus {
		if q := l.snap.Find(pid); q != nil && q.Deep != nil && q.State != Zombie && !q.Gone {
			byPID[pid] = q
		}
	}
	if len(zombies)+len(byPID) == 0 {
		return
	}
	if b, err := l.root.read("proc/loadavg"); err == nil {
		if n, err := facts.ParseTasks(b); err == nil {
			l.snap.Host.Tasks = Some(n)
		} else {
			l.unread(0, "proc/loadavg", err)
		}
	} else if !vanished(err) {
		l.unread(0, "proc/loadavg", err)
	}
	parents := make([]*Process, 0, len(byPID))
	for _, p := range byPID {
		parents = append(parents, p)
	}
	slices.SortFunc(parents, func(a, b *Process) int { return cmp.Compare(a.PID, b.PID) })
	uids := map[int]bool{}
	for _, p := range parents {
		fact(l, p, "limits", ParseMaxProcesses, &p.Deep.MaxProcesses)
		st, _ := p.Deep.Status.Get()
		uid, ok := st.UID.Get()
		if most, finite := p.Deep.MaxProcesses.Get(); ok && uid != 0 && finite && most != Unlimited {
			uids[uid] = true
		}
	}
	l.countTasks(uids)

	l.snap.Cgroups = map[string]Cgroup{}
	v2 := false
	for _, p := range parents {
		paths, ok := p.Deep.Cgroups.Get()
		if !ok {
			continue
		}
		l.readOOM(p, paths)
		l.readFreezers(p, paths)
		own, chain := l.cgroupOf(paths, "pids")
		if len(chain) == 0 {
			continue
		}
		v2 = v2 || own.v2
		p.Deep.PidsCgroup = Some(chain[len(chain)-1].dir)
		l.readCgroups(own.v2, chain)
	}
	if !v2 {
		return // on v1 a zombie is shown in the root, wherever it counts
	}
	for _, z := range zombies[:min(len(zombies), maxZombieCgroups)] {
		if z.Gone || z.Deep == nil {
			continue
		}
		var paths Opt[[]CgroupPath]
		fact(l, z, "cgroup", ParseCgroups, &paths)
		list, ok := paths.Get()
		// "/" is what kernels before 5.2 show of any zombie.
		if h, found := hierarchyOf(list, "pids"); !ok || !found || !h.v2 || h.path == "/" {
			continue
		}
		z.Deep.Cgroups = paths
		if _, chain := l.cgroupOf(list, "pids"); len(chain) > 0 {
			z.Deep.PidsCgroup = Some(chain[len(chain)-1].dir)
		}
	}
}

// hierarchy is the cgroup of a process in the one hierarchy that has some
// controller.
type hierarchy struct {
	path string
	v2   bool
}

// hierarchyOf picks the line of /proc/PID/cgroup that is about a controller: a
// v1 hierarchy that has it, else v2.
func hierarchyOf(paths []CgroupPath, controller string) (h hierarchy, ok bool) {
	for _, c := range paths {
		if slices.Contains(strings.Split(c.Controllers, ","), controller) {
			return hierarchy{path: c.Path}, true
		}
		if c.Controllers == "" {
			h, ok = hierarchy{c.Path, true}, true
		}
	}
	return h, ok
}

// cgroupDir is a cgroup by its directory below our root and by its name.
type cgroupDir struct{ dir, path string }

// cgroupOf finds the cgroup in which a controller counts a process, with those
// above it that are in view, from the top down. None: out of sight.
func (l *looker) cgroupOf(paths []CgroupPath, controller string) (hierarchy, []cgroupDir) {
	h, ok := hierarchyOf(paths, controller)
	if !ok {
		return h, nil
	}
	// The kernel appends this to the name of a cgroup that was removed. Those
	// above it count on.
	name, removed := strings.CutSuffix(h.path, " (deleted)")
	var best []cgroupDir
	for _, m := range l.mounted {
		if !m.HasController(controller, h.v2) {
			continue
		}
		point, ok := l.belowRoot(facts.UnescapeMount(m.Point))
		if !ok {
			continue
		}
		if chain := cgroupChain(facts.UnescapeMount(m.Root), point, name); len(chain) > len(best) {
			best = chain
		}
	}
	if removed && len(best) > 0 {
		best = best[:len(best)-1]
	}
	return h, best[max(0, len(best)-maxCgroupDepth):]
}

// cgroupChain returns the cgroups from the root of a mount to the one with
// that name. A mount may show a part of the hierarchy only: its root is then
// not "/". Names and roots are relative to our cgroup namespace, so one that
// is outside of it begins with "/.." (cgroup_namespaces(7)), and how to get
// there is not known.
func cgroupChain(root, point, name string) []cgroupDir {
	if len(root)+len(name) > 2*maxPath {
		return nil
	}
	rest := name
	if root != "/" {
		var ok bool
		if rest, ok = strings.CutPrefix(name, root); !ok || rest != "" && rest[0] != '/' {
			return nil
		}
	}
	chain := []cgroupDir{{point, root}}
	rest = strings.TrimPrefix(rest, "/")
	if rest == "" {
		return chain
	}
	for part := range strings.SplitSeq(rest, "/") {
		if part == "" || part == "." || part == ".." {
			return nil
		}
		last := chain[len(chain)-1]
		chain = append(chain, cgroupDir{last.dir + "/" + part, strings.TrimSuffix(last.path, "/") + "/" + part})
	}
	return chain
}

// belowRoot makes an absolute path one that is relative to our root.
func (l *looker) belowRoot(abs string) (string, bool) {
	if !path.IsAbs(abs) || path.Clean(abs) != abs {
		return "", false
	}
	if root := l.rootDir(); root != "/" {
		var ok bool
		if abs, ok = strings.CutPrefix(abs, root); !ok {
			return "", false
		}
	}
	rel, ok := strings.CutPrefix(abs, "/")
	return rel, ok && rel != ""
}

// rootDir is where the root that was looked at is, or was, mounted.
func (l *looker) rootDir() string {
	if rec := l.root.rec; rec != nil {
		return cmp.Or(rec.Root, "/")
	}
	if l.root.live {
		if abs, err := filepath.Abs(filepath.Dir(l.root.procDir)); err == nil {
			return abs
		}
	}
	return "/"
}

// readCgroups reads those of a chain that have not been read yet.
func (l *looker) readCgroups(v2 bool, chain []cgroupDir) {
	parent := ""
	for _, d := range chain {
		if _, ok := l.snap.Cgroups[d.dir]; !ok {
			if len(l.snap.Cgroups) == maxCgroupDirs {
				l.unread(0, d.dir, fmt.Errorf("only %d cgroups were looked at", maxCgroupDirs))
				return
			}
			c := l.readCgroup(v2, d)
			c.Parent = parent
			l.snap.Cgroups[d.dir] = c
		}
		parent = d.dir
	}
}

func (l *looker) readCgroup(v2 bool, d cgroupDir) Cgroup {
	c := Cgroup{Path: d.path, V2: v2}
	c.PidsMax = cgroupFact(l, d.dir+"/pids.max", facts.ParsePidsMax)
	if !c.PidsMax.Known() {
		return c
	}
	c.PidsCurrent = cgroupFact(l, d.dir+"/pids.current", facts.ParseNumber)
	names := []string{"pids.events"}
	if v2 {
		names = []string{"pids.events.local", "pids.events"}
	}
	for _, name := range names {
		if c.Refusals = cgroupFact(l, d.dir+"/"+name, facts.ParsePidsEvents); c.Refusals.Known() {
			c.RefusalsFile = name
			break
		}
	}
	return c
}

// cgroupFact reads a file of a cgroup. That it is not there is ordinary: the
// root of a hierarchy has no limit, and a cgroup may be removed as we read
// (ENODEV).
func cgroupFact(l *looker, name string, parse func([]byte) (uint64, error)) Opt[uint64] {
	b, err := l.root.read(name)
	if err == nil {
		var n uint64
		if n, err = parse(b); err == nil {
			return Some(n)
		}
	}
	if !vanished(err) && !errors.Is(err, syscall.ENODEV) {
		l.unread(0, name, err)
	}
	return Opt[uint64]{}
}

// countTasks counts the tasks of some users as RLIMIT_NPROC does: threads, and
// zombies as one. Whose a process is tells the owner of its directory: the
// effective user, which differs from the real one in set-user-ID programs only.
func (l *looker) countTasks(uids map[int]bool) {
	if len(uids) == 0 {
		return
	}
	if rec := l.root.rec; rec != nil {
		l.snap.TasksByUID = rec.TasksByUID
		return
	}
	t, ok := l.root.proc.(liveTree)
	if !ok {
		return
	}
	l.snap.TasksByUID = map[int]int{}
	for uid := range uids {
		l.snap.TasksByUID[uid] = 0
	}
	for i := range l.snap.Procs {
		p := &l.snap.Procs[i]
		if uid, ok := t.owner(p.PID); ok && uids[uid] {
			l.snap.TasksByUID[uid] += max(1, p.NumThreads)
		}
	}
}

// spare is how many PIDs have to be free for us to look in our usual way. A
// thread takes one, and a Go program that cannot have another thread ends.
func spare() uint64 { return 2*uint64(runtime.GOMAXPROCS(0)) + 8 }

// makeDo keeps us from using up the last PIDs of our own cgroup: with one
// processor the runtime starts no further threads for the work that we spread.
func (l *looker) makeDo(self int) {
	tee := l.root.tee
	l.root.tee = nil // it is about us, and says nothing of the machine
	defer func() { l.root.tee = tee }()
	b, err := l.root.read(facts.Path(self, "cgroup"))
	if err != nil {
		return
	}
	paths, err := ParseCgroups(b)
	if err != nil {
		return
	}
	_, chain := l.cgroupOf(paths, "pids")
	for _, d := range chain {
		text, err := l.root.read(d.dir + "/pids.max")
		if err != nil {
			continue
		}
		most, err := facts.ParsePidsMax(text)
		if err != nil || most == Unlimited {
			continue
		}
		text, err = l.root.read(d.dir + "/pids.current")
		if err != nil {
			continue
		}
		if used, err := facts.ParseNumber(text); err == nil && most < used+spare() {
			runtime.GOMAXPROCS(1)
			return
		}
	}
}
