package diagnose

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/scan"
)

// Limit is a finite limit on the number of processes that applies to a parent
// of zombies. Threads count as one each, and so do zombies.
type Limit struct {
	// Name is pids.max, RLIMIT_NPROC, threads-max or pid_max.
	Name string
	Path string // the file that shows it
	Used scan.Opt[uint64]
	Max  uint64
	// Zombies is how many of the zombies in view count against it.
	Zombies int
	// LowerBound: more may be used than Used, by processes out of sight.
	LowerBound bool
	// Refusals counts forks that it has made fail (pids.events), since the
	// cgroup was made. Unknown: nobody counts them.
	Refusals scan.Opt[uint64]
	SetBy    string // where it is set
	// Full is the time until it is used up at the rate at which zombies come,
	// and FullIn the best guess within. Unknown where no rate is.
	Full   Interval
	FullIn scan.Opt[time.Duration]

	evidence []Evidence
	charged  map[int]bool // PIDs of parents with zombies that count against it
	parents  []*Parent    // those
}

// The names of limits.
const (
	pidsMax    = "pids.max"
	nproc      = "RLIMIT_NPROC"
	threadsMax = "threads-max"
	pidMax     = "pid_max"
)

// Shares of a limit, in hundredths. From warnFrom on there is a finding: a
// quarter is what a deployment, a backup or a burst of probes may need at once.
// holdsMuch is what zombies have to hold before past refusals are their fault.
const (
	warnFrom     = 75
	criticalFrom = 90
	holdsMuch    = 10
)

// DefaultHorizon is the Horizon that people mean.
const DefaultHorizon = 24 * time.Hour

// Percent returns how much of the limit is used, in hundredths, cut down.
func (l *Limit) Percent() (int, bool) {
	used, ok := l.Used.Get()
	if !ok {
		return 0, false
	}
	return percent(used, l.Max), true
}

// percent of a limit of 0, which may be set, is what would be of 1: any use is
// more than all of it.
func percent(n, of uint64) int {
	if n > math.MaxUint64/100 {
		p := new(big.Int).Mul(new(big.Int).SetUint64(n), big.NewInt(100))
		p.Div(p, new(big.Int).SetUint64(max(of, 1)))
		if !p.IsInt64() || p.Int64() > math.MaxInt32 {
			return math.MaxInt32
		}
		return int(p.Int64())
	}
	return int(min(n*100/max(of, 1), math.MaxInt32))
}

// ZombiePercent returns how much of the limit zombies hold, in hundredths.
func (l *Limit) ZombiePercent() int { return percent(uint64(l.Zombies), l.Max) }

// findLimits collects the limits, the tightest first.
func (x *exam) findLimits() {
	if len(x.d.Zombies) == 0 {
		return
	}
	limits := slices.Concat(x.cgroupLimits(), x.userLimits(), x.machineLimits())
	for i := range limits {
		for _, p := range x.order {
			if limits[i].charged[p.PID] {
				limits[i].parents = append(limits[i].parents, p)
			}
		}
		limits[i].predict()
	}
	slices.SortStableFunc(limits, func(a, b Limit) int {
		_, ok1 := a.Used.Get()
		_, ok2 := b.Used.Get()
		if !ok1 || !ok2 {
			return cmp.Compare(b2i(ok2), b2i(ok1))
		}
		return cmp.Compare(b.share(), a.share())
	})
	x.d.Limits = append([]Limit{}, limits...) // not nil: somebody looked
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (l *Limit) share() float64 {
	used, _ := l.Used.Get()
	return float64(used) / float64(max(l.Max, 1))
}

// charge counts a zombie against a limit.
func (l *Limit) charge(z *Zombie) {
	l.Zombies++
	if l.charged == nil {
		l.charged = map[int]bool{}
	}
	l.charged[z.PPID] = true
}

// chargedTo returns the key of the cgroup that a zombie counts against: its
// own, which v2 keeps, or else its parent's, in which it was born.
func (x *exam) chargedTo(z *Zombie) (string, bool) {
	for _, p := range []*scan.Process{z.Process, x.Find(z.PPID)} {
		if p != nil && p.Deep != nil {
			if key, ok := p.Deep.PidsCgroup.Get(); ok {
				return key, true
			}
		}
	}
	return "", false
}

// cgroupLimits are pids.max of the parents' cgroups and of all above them.
func (x *exam) cgroupLimits() []Limit {
	charged := map[string][]*Zombie{}
	for i := range x.d.Zombies {
		if key, ok := x.chargedTo(&x.d.Zombies[i]); ok {
			charged[key] = append(charged[key], &x.d.Zombies[i])
		}
	}
	// Only what is above a parent's cgroup now: that of one which has become a
	// zombie itself, or has no zombie that counts, is of no interest.
	apply := map[string]bool{}
	for _, p := range x.order {
		if p.Process == nil || p.Process.Deep == nil {
			continue
		}
		key, ok := p.Process.Deep.PidsCgroup.Get()
		for ok && key != "" && !apply[key] {
			apply[key] = true
			c := x.Cgroups[key]
			if c.Parent == "" && c.PidsMax.Known() {
				// The root of a hierarchy has no limit. This one is a container's.
				x.d.LimitsAbove = true
			}
			key = c.Parent
		}
	}
	limitedBy := map[string][]string{}
	for _, key := range sortedKeys(x.Cgroups) {
		by := x.limitedBy(key)
		limitedBy[by] = append(limitedBy[by], key)
	}
	var limits []Limit
	for _, key := range sortedKeys(apply) {
		c := x.Cgroups[key]
		most, ok := c.PidsMax.Get()
		if !ok || most == scan.Unlimited {
			continue
		}
		l := Limit{Name: pidsMax, Path: "/" + key + "/pids.max", Used: c.PidsCurrent, Max: most, SetBy: x.setBy(c.Path)}
		l.evidence = append(l.evidence, Evidence{l.Path, "", fmt.Sprint(most)})
		if used, ok := c.PidsCurrent.Get(); ok {
			l.evidence = append(l.evidence, Evidence{"/" + key + "/pids.current", "", fmt.Sprint(used)})
		}
		x.addRefusals(&l, key, limitedBy[key])
		for _, at := range sortedKeys(charged) {
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

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// addRefusals counts what a limit refused. pids.events.local counts just that.
// pids.events of v1 and older kernels counts where the process was that wanted
// to fork, so what a cgroup without a limit counts was refused further up.
func (x *exam) addRefusals(l *Limit, key string, limited []string) {
	var sum uint64
	known := false
	for _, at := range limited {
		c := x.Cgroups[at]
		n, ok := c.Refusals.Get()
		if !ok || at != key && c.RefusalsFile != "pids.events" {
			continue
		}
		known = true
		if sum += n; sum < n {
			sum = math.MaxUint64
		}
		if n > 0 || at == key {
			l.evidence = append(l.evidence, Evidence{"/" + at + "/" + c.RefusalsFile, "max", fmt.Sprint(n)})
		}
	}
	if known {
		l.Refusals = scan.Some(sum)
	}
}

// limitedBy returns the nearest cgroup with a limit, from one upwards.
func (x *exam) limitedBy(key string) string {
	for range len(x.Cgroups) {
		c, ok := x.Cgroups[key]
		if !ok {
			break
		}
		if most, ok := c.PidsMax.Get(); ok && most != scan.Unlimited {
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

// userLimits are RLIMIT_NPROC of the parents, the smallest of each user. Root
// is exempt.
func (x *exam) userLimits() []Limit {
	type held struct {
		uid int
		l   Limit
	}
	var all []held
	for _, p := range x.order {
		if p.Process == nil || p.Process.Deep == nil {
			continue
		}
		most, ok := p.Process.Deep.MaxProcesses.Get()
		st, _ := p.Process.Deep.Status.Get()
		uid, ok2 := st.UID.Get()
		caps, ok3 := st.CapEff.Get()
		// Who may exceed it is not held by it; where that is unknown, nothing
		// is claimed.
		if !ok || !ok2 || !ok3 || most == scan.Unlimited || uid == 0 || caps>>capSysAdmin&1 != 0 || caps>>capSysResource&1 != 0 {
			continue
		}
		i := slices.IndexFunc(all, func(h held) bool { return h.uid == uid })
		if i >= 0 && all[i].l.Max <= most {
			continue
		}
		file := fmt.Sprintf("/proc/%d/limits", p.PID)
		l := Limit{Name: nproc, Path: file, Max: most, LowerBound: x.hiding() || !x.onHost(),
			SetBy: "ulimit -u, limits.conf, LimitNPROC= or --ulimit nproc"}
		l.evidence = []Evidence{{file, "Max processes", fmt.Sprint(most)}}
		if n, ok := x.TasksByUID[uid]; ok && n >= 0 {
			l.Used = scan.Some(uint64(n))
			l.evidence = append(l.evidence, Evidence{"/proc/[0-9]*/task", fmt.Sprintf("threads of user %d", uid), fmt.Sprint(n)})
		}
		if i < 0 {
			all = append(all, held{uid, l})
		} else {
			all[i].l = l
		}
	}
	limits := make([]Limit, 0, len(all))
	for _, h := range all {
		for i := range x.d.Zombies {
			z := &x.d.Zombies[i]
			if z.Process.Deep == nil {
				continue
			}
			st, _ := z.Process.Deep.Status.Get()
			if uid, ok := st.UID.Get(); ok && uid == h.uid {
				h.l.charge(z)
			}
		}
		limits = append(limits, h.l)
	}
	return limits
}

// machineLimits are threads-max and pid_max.
func (x *exam) machineLimits() []Limit {
	var limits []Limit
	add := func(l Limit) {
		for i := range x.d.Zombies {
			l.charge(&x.d.Zombies[i])
		}
		limits = append(limits, l)
	}
	if most, ok := x.Host.Threads.Get(); ok {
		l := Limit{Name: threadsMax, Path: "/proc/sys/kernel/threads-max", Max: most, Used: x.Host.Tasks, SetBy: "sysctl kernel.threads-max"}
		l.evidence = []Evidence{{l.Path, "", fmt.Sprint(most)}}
		if used, ok := l.Used.Get(); ok {
			l.evidence = append(l.evidence, Evidence{"/proc/loadavg", "field 4 (total)", fmt.Sprint(used)})
		}
		add(l)
	}
	if most, ok := x.Host.PidMax.Get(); ok {
		var used uint64
		for i := range x.Procs {
			used += uint64(max(1, x.Procs[i].NumThreads))
		}
		l := Limit{Name: pidMax, Path: "/proc/sys/kernel/pid_max", Max: most, Used: scan.Some(used), SetBy: "sysctl kernel.pid_max"}
		// Since 6.14 each PID namespace has one of its own; before, it is the
		// machine's, and other containers use it up too.
		l.LowerBound = x.hiding() || !x.onHost() && !kernelAtLeast(x.Host.Kernel, 6, 14)
		l.evidence = []Evidence{{l.Path, "", fmt.Sprint(most)}, {"/proc/[0-9]*/task", "threads in view", fmt.Sprint(used)}}
		add(l)
	}
	return limits
}

// kernelAtLeast compares a release ("6.18.44-fc"); an unknown one is older.
func kernelAtLeast(release scan.Opt[string], major, minor int) bool {
	r, _ := release.Get()
	first, rest, _ := strings.Cut(r, ".")
	digits := strings.IndexFunc(rest, func(c rune) bool { return c < '0' || c > '9' })
	if digits >= 0 {
		rest = rest[:digits]
	}
	a, err1 := strconv.Atoi(first)
	b, err2 := strconv.Atoi(rest)
	return err1 == nil && err2 == nil && (a > major || a == major && b >= minor)
}

// setBy tells from the name of a cgroup who set its limit.
func (x *exam) setBy(path string) string {
	const (
		docker = "docker --pids-limit"
		podman = "podman --pids-limit"
		pod    = "pod limit (kubelet --pod-max-pids)"
		engine = "the container engine"
	)
	above, name := "", path
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		above, name = path[:i], path[i+1:]
	}
	switch {
	case strings.Contains(path, "/kubepods"):
		switch {
		case name == "kubepods" || name == "besteffort" || name == "burstable" || strings.HasPrefix(name, "kubepods") && !strings.Contains(name, "-pod"):
			return "limit of all pods (kubelet --kube-reserved, --system-reserved pid=)"
		case strings.HasPrefix(name, "crio-"):
			return "CRI-O pids_limit"
		default:
			return pod
		}
	case strings.HasPrefix(name, "docker-") || strings.HasSuffix(above, "/docker"):
		return docker
	case strings.HasPrefix(name, "libpod-") || strings.HasSuffix(above, "/libpod_parent"):
		return podman
	case strings.HasPrefix(name, "lxc.payload"):
		return "lxc.cgroup.pids.max"
	case strings.HasSuffix(name, ".service"), strings.HasSuffix(name, ".scope"), strings.HasSuffix(name, ".slice"):
		return "systemd TasksMax= of " + name
	case path != "/":
		return "its cgroup"
	}
	// The root of our cgroup namespace has no name: what else shows who made
	// this container does.
	self, _ := x.Self.Get()
	w, _ := self.Container.Get()
	switch {
	case strings.Contains(w.Value, "/kubepods") || strings.Contains(w.Value, "/kubelet/pods/"):
		return pod
	case strings.Contains(w.Value, "/docker"):
		return docker
	case strings.Contains(w.Value, "/libpod-") || strings.Contains(w.Value, "/containers/storage/") || strings.Contains(w.Value, "/overlay-containers/"):
		return podman
	default:
		return engine
	}
}

// pidPressure is Z401: of the tightest limit when it is nearly used up, and of
// any that has refused forks while zombies hold much of it.
func pidPressure(x *exam) []*Finding {
	var out []*Finding
	for i := range x.d.Limits {
		l := &x.d.Limits[i]
		share, known := l.Percent()
		refused, _ := l.Refusals.Get()
		tight := i == 0 && known && share >= warnFrom
		if !tight && (refused == 0 || l.ZombiePercent() < holdsMuch) {
			continue
		}
		f := &Finding{Certainty: Certain, Zombies: l.Zombies, Evidence: slices.Clone(l.evidence)}
		if tight && share >= criticalFrom {
			f.Severity = Critical
		}
		f.Message = fmt.Sprintf("%s %s, zombies hold %d of it (%d %%); set by %s", l.Name, l.usage(), l.Zombies, l.ZombiePercent(), l.SetBy)
		if refused > 0 {
			f.Message += fmt.Sprintf("; %s refused already", count(clampInt(refused), "fork was", "forks were"))
		}
		f.Advice = x.pressureAdvice(l)
		out = append(out, f)
	}
	return out
}

// usage says how much of a limit is used.
func (l *Limit) usage() string {
	used, ok := l.Used.Get()
	if !ok {
		return fmt.Sprintf("is %d, used: unknown", l.Max)
	}
	share, _ := l.Percent()
	least := ""
	if l.LowerBound {
		least = "at least "
	}
	return fmt.Sprintf("is %s%d %% used: %s%d of %d", least, share, least, used, l.Max)
}

func clampInt(n uint64) int { return int(min(n, math.MaxInt)) }

func (x *exam) pressureAdvice(l *Limit) []string {
	var advice []string
	if l.ZombiePercent() < holdsMuch {
		advice = append(advice, "Zombies are not what fills this limit: look for what starts so many processes or threads.")
	} else {
		worst := slices.MaxFunc(append([]*Parent{{}}, l.parents...), func(a, b *Parent) int {
			return cmp.Or(cmp.Compare(a.Zombies, b.Zombies), cmp.Compare(b.PID, a.PID))
		})
		if worst.Zombies > 0 {
			advice = append(advice, fmt.Sprintf("To reap is to free PIDs at once: repair or restart %s, which keeps %s.", nameOf(worst), count(worst.Zombies, "zombie", "zombies")))
		}
		advice = append(advice, fmt.Sprintf("To raise the limit (%s) buys time, no more.", l.SetBy))
	}
	if x.d.LimitsAbove && l.Name == pidsMax {
		advice = append(advice, "Limits of cgroups above this container's are out of sight here, that of a pod for one: they may be tighter. Look from the node.")
	}
	return advice
}
