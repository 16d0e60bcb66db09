package observe

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Limits are the finite limits on processes that apply to parents of zombies.
type Limits struct {
	looks   *Looks
	zombies []Zombie
	parents []*Parent
	All     []Limit // the tightest first; nil: there are no zombies, and nobody looked
	// Above: the cgroups that we see begin inside of a container. Those above it
	// may have tighter limits.
	Above bool
}

func findLimits(l *Looks, zombies []Zombie, parents []*Parent) *Limits {
	q := &Limits{looks: l, zombies: zombies, parents: parents}
	if len(zombies) == 0 {
		return q
	}
	limits := q.find()
	for i := range limits {
		for _, p := range parents {
			if limits[i].charged[p.PID] {
				limits[i].Parents = append(limits[i].Parents, p)
			}
		}
		limits[i].Predict()
	}
	sort.SliceStable(limits, func(i, j int) bool { return limits[i].share() > limits[j].share() })
	q.All = append([]Limit{}, limits...) // not nil: somebody looked
	return q
}

func (q *Limits) find() []Limit {
	return slices.Concat(q.cgroupLimits(), q.userLimits(), q.machineLimits())
}

// TightestFor returns the limit that leaves fewest processes to one that was
// looked at closely (scan.Options.Focus), and how many; false: no limit could be
// read.
func TightestFor(s *facts.Snapshot, pid int) (tightest Limit, left uint64, ok bool) {
	q := &Limits{looks: NewLooks(s)}
	if p := s.Find(pid); p != nil {
		q.parents = []*Parent{{Process: p, PID: pid}}
	}
	for _, l := range q.find() {
		used, known := l.Used.Get()
		if !known {
			continue
		}
		if n := l.Max - min(used, l.Max); !ok || n < left {
			tightest, left, ok = l, n, true
		}
	}
	return tightest, left, ok
}

// chargedTo returns the key of the cgroup that a zombie counts against: its
// own, which v2 keeps, or else its parent's, in which it was born.
func (q *Limits) chargedTo(z *Zombie) (string, bool) {
	for _, p := range []*facts.Process{z.Process, q.looks.Find(z.PPID)} {
		if key, ok := Deep(p).PidsCgroup.Get(); ok {
			return key, true
		}
	}
	return "", false
}

// cgroupLimits are pids.max of the parents' cgroups and of all above them.
func (q *Limits) cgroupLimits() []Limit {
	charged := map[string][]*Zombie{}
	for i := range q.zombies {
		if key, ok := q.chargedTo(&q.zombies[i]); ok {
			charged[key] = append(charged[key], &q.zombies[i])
		}
	}
	// Only the cgroups above a parent's cgroup of now count. A parent that has
	// become a zombie itself, or has no zombie that counts, does not matter.
	apply := map[string]bool{}
	for _, p := range q.parents {
		key, ok := Deep(p.Process).PidsCgroup.Get()
		for ok && key != "" && !apply[key] {
			apply[key] = true
			c := q.looks.Cgroups[key]
			if c.Parent == "" && c.PidsMax.Known() {
				// The root of a hierarchy has no limit. This one is a container's.
				q.Above = true
			}
			key = c.Parent
		}
	}
	limitedBy := map[string][]string{}
	for _, key := range slices.Sorted(maps.Keys(q.looks.Cgroups)) {
		by := q.limitedBy(key)
		limitedBy[by] = append(limitedBy[by], key)
	}
	var limits []Limit
	for _, key := range slices.Sorted(maps.Keys(apply)) {
		c := q.looks.Cgroups[key]
		most, ok := c.PidsMax.Get()
		if !ok || most == facts.Unlimited {
			continue
		}
		l := Limit{charged: map[int]bool{}, Name: PidsMax, Path: "/" + key + "/pids.max", Used: c.PidsCurrent, Max: most, SetBy: q.looks.setterOf(c.Path)}
		l.Evidence = append(l.Evidence, Evidence{File: l.Path, Value: fmt.Sprint(most)})
		if used, ok := c.PidsCurrent.Get(); ok {
			l.Evidence = append(l.Evidence, Evidence{File: "/" + key + "/pids.current", Value: fmt.Sprint(used)})
		}
		q.addRefusals(&l, key, limitedBy[key])
		for at := range charged {
			if at == key || strings.HasPrefix(at, key+"/") {
				for _, z := range charged[at] {
					l.charge(z)
				}
			}
		}
		limits = append(limits, l)
	}
	return limits
}

// addRefusals counts what a limit refused. pids.events.local counts just that.
// pids.events of v1 and older kernels counts where the process was that wanted
// to fork, so what a cgroup without a limit counts was refused further up.
func (q *Limits) addRefusals(l *Limit, key string, limited []string) {
	var sum uint64
	known := false
	for _, at := range limited {
		c := q.looks.Cgroups[at]
		n, ok := c.Refusals.Get()
		if !ok || at != key && c.RefusalsFile != "pids.events" {
			continue
		}
		known = true
		if sum += n; sum < n {
			sum = math.MaxUint64
		}
		if n > 0 || at == key {
			l.Evidence = append(l.Evidence, Evidence{File: "/" + at + "/" + c.RefusalsFile, Fields: Fields{Name: "max"}, Value: fmt.Sprint(n)})
		}
	}
	if known {
		l.Refusals = facts.Some(sum)
	}
}

// limitedBy returns the nearest cgroup with a limit, from one upwards.
func (q *Limits) limitedBy(key string) string {
	for range len(q.looks.Cgroups) {
		c, ok := q.looks.Cgroups[key]
		if !ok {
			break
		}
		if most, ok := c.PidsMax.Get(); ok && most != facts.Unlimited {
			return key
		}
		key = c.Parent
	}
	return ""
}

// The capabilities that RLIMIT_NPROC does not hold (fork(2), capabilities(7)).
const (
	capSysAdmin    = 21
	capSysResource = 24
)

// userLimits are RLIMIT_NPROC of the parents, the smallest of each user. Root is exempt.
func (q *Limits) userLimits() []Limit {
	type held struct {
		uid int
		l   Limit
	}
	var all []held
	for _, p := range q.parents {
		most, ok := Deep(p.Process).MaxProcesses.Get()
		st, _ := Deep(p.Process).Status.Get()
		uid, ok2 := st.UID.Get()
		caps, ok3 := st.CapEff.Get()
		// Who may exceed it is not held by it; where that is unknown, nothing is claimed.
		if !ok || !ok2 || !ok3 || most == facts.Unlimited || uid == 0 || caps>>capSysAdmin&1 != 0 || caps>>capSysResource&1 != 0 {
			continue
		}
		i := slices.IndexFunc(all, func(h held) bool { return h.uid == uid })
		if i >= 0 && all[i].l.Max <= most {
			continue
		}
		file := fmt.Sprintf("/proc/%d/limits", p.PID)
		l := Limit{charged: map[int]bool{}, Name: NProc, Path: file, Max: most, LowerBound: q.looks.Hiding() || !q.looks.OnHost,
			SetBy: Setter{Kind: SetByUserLimits}}
		l.Evidence = []Evidence{{PID: p.PID, File: file, Fields: Fields{Name: "Max processes"}, Value: fmt.Sprint(most)}}
		if n, ok := q.looks.TasksByUID[uid]; ok && n >= 0 {
			l.Used = facts.Some(uint64(n))
			l.Evidence = append(l.Evidence, Evidence{File: "/proc/[0-9]*/task", Fields: Fields{Name: fmt.Sprintf("threads of user %d", uid)}, Value: fmt.Sprint(n)})
		}
		if i < 0 {
			all = append(all, held{uid, l})
		} else {
			all[i].l = l
		}
	}
	limits := make([]Limit, 0, len(all))
	for _, h := range all {
		for i := range q.zombies {
			st, _ := Deep(q.zombies[i].Process).Status.Get()
			if uid, ok := st.UID.Get(); ok && uid == h.uid {
				h.l.charge(&q.zombies[i])
			}
		}
		limits = append(limits, h.l)
	}
	return limits
}

// machineLimits are threads-max and pid_max.
func (q *Limits) machineLimits() []Limit {
	var limits []Limit
	add := func(l Limit) {
		for i := range q.zombies {
			l.charge(&q.zombies[i])
		}
		limits = append(limits, l)
	}
	if most, ok := q.looks.Host.Threads.Get(); ok {
		l := Limit{charged: map[int]bool{}, Name: ThreadsMax, Path: "/proc/sys/kernel/threads-max", Max: most, Used: q.looks.Host.Tasks, SetBy: Setter{Kind: SetByThreadsMax}}
		l.Evidence = []Evidence{{File: l.Path, Value: fmt.Sprint(most)}}
		if used, ok := l.Used.Get(); ok {
			l.Evidence = append(l.Evidence, Evidence{File: "/proc/loadavg", Fields: Fields{Numbers: []int{4}, Name: "total"}, Value: fmt.Sprint(used)})
		}
		add(l)
	}
	if most, ok := q.looks.Host.PidMax.Get(); ok {
		var used uint64
		for i := range q.looks.Procs {
			used += uint64(max(1, q.looks.Procs[i].NumThreads))
		}
		l := Limit{charged: map[int]bool{}, Name: PidMax, Path: "/proc/sys/kernel/pid_max", Max: most, Used: facts.Some(used), SetBy: Setter{Kind: SetByPidMax}}
		// Since 6.14 each PID namespace has one of its own; before, it is the
		// machine's, and other containers use it up too.
		l.LowerBound = q.looks.Hiding() || !q.looks.OnHost && !kernelAtLeast(q.looks.Host.Kernel, 6, 14)
		l.Evidence = []Evidence{{File: l.Path, Value: fmt.Sprint(most)}, {File: "/proc/[0-9]*/task", Fields: Fields{Name: "threads that were seen"}, Value: fmt.Sprint(used)}}
		add(l)
	}
	return limits
}

// kernelAtLeast compares a release ("6.18.44-fc"); an unknown one is older.
func kernelAtLeast(release facts.Opt[string], major, minor int) bool {
	r, _ := release.Get()
	var a, b int
	n, _ := fmt.Sscanf(r, "%d.%d", &a, &b)
	return n == 2 && (a > major || a == major && b >= minor)
}
