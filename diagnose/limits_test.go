package diagnose

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/scan"
)

const at = "sys/fs/cgroup/pids"

// limited is a parent (PID 7, user 1000) with zombies, in a cgroup.
func limited(zombies int, change func(*scan.Snapshot, *scan.Process)) *scan.Snapshot {
	procs := []proc{tini, {pid: 7, ppid: 1, comm: "leaky"}}
	for i := range zombies {
		procs = append(procs, zombie(8+i, 7))
	}
	s := look(procs...)
	s.Host.Kernel = scan.Some("6.18.1-x")
	s.Self = scan.Some(scan.Self{PIDNS: scan.Some(uint64(initNS))})
	s.Mount = scan.Some(scan.ProcMount{Options: "rw"})
	s.Cgroups = map[string]scan.Cgroup{at: {Path: "/"}}
	p := s.Find(7)
	st, _ := p.Deep.Status.Get()
	st.UID, st.CapEff = scan.Some(1000), scan.Some(uint64(0))
	p.Deep.Status = scan.Some(st)
	p.Deep.PidsCgroup = scan.Some(at)
	if change != nil {
		change(s, p)
	}
	return s
}

func some(n uint64) scan.Opt[uint64] { return scan.Some(n) }

// within puts the parent into nested cgroups: each "name max current refusals".
func within(s *scan.Snapshot, p *scan.Process, cgroups ...string) {
	key, path := at, ""
	for _, text := range cgroups {
		var name, most string
		var current, refused uint64
		if _, err := fmt.Sscan(text, &name, &most, &current, &refused); err != nil {
			panic(err)
		}
		c := scan.Cgroup{Path: path + "/" + name, Parent: key, PidsMax: some(scan.Unlimited), PidsCurrent: some(current), Refusals: some(refused), RefusalsFile: "pids.events"}
		if most != "max" {
			var n uint64
			if _, err := fmt.Sscan(most, &n); err != nil {
				panic(err)
			}
			c.PidsMax = some(n)
		}
		key, path = key+"/"+name, c.Path
		s.Cgroups[key] = c
	}
	p.Deep.PidsCgroup = scan.Some(key)
}

// said lists the limits as "name path used/max zombies refusals".
func said(d *Diagnosis) []string {
	out := []string{}
	for _, l := range d.Limits {
		used, refused := "?", "?"
		if n, ok := l.Used.Get(); ok {
			used = fmt.Sprint(n)
		}
		if n, ok := l.Refusals.Get(); ok {
			refused = fmt.Sprint(n)
		}
		if l.LowerBound {
			used = ">=" + used
		}
		out = append(out, fmt.Sprintf("%s %s %s/%d %d %s", l.Name, l.Path, used, l.Max, l.Zombies, refused))
	}
	return out
}

func TestLimits(t *testing.T) {
	for name, c := range map[string]struct {
		s        *scan.Snapshot
		want     []string
		findings string // of Z401: severity and the beginning of the message; "": none
	}{
		"no limit in sight":         {limited(3, nil), []string{}, ""},
		"no zombies, nobody looked": {limited(0, func(s *scan.Snapshot, p *scan.Process) { within(s, p, "a 10 10 5") }), []string{}, ""},
		"unlimited":                 {limited(3, func(s *scan.Snapshot, p *scan.Process) { within(s, p, "a max 7 0") }), []string{}, ""},
		"the tightest first, not the smallest": {
			limited(3, func(s *scan.Snapshot, p *scan.Process) { within(s, p, "a.slice 20 18 0", "b.service 10 4 0") }),
			[]string{"pids.max /" + at + "/a.slice/pids.max 18/20 3 0", "pids.max /" + at + "/a.slice/b.service/pids.max 4/10 3 0"},
			"critical pids.max is 90 % used: 18 of 20, zombies hold 3 of it (15 %); set by systemd TasksMax= of a.slice"},
		"below the threshold": {
			limited(3, func(s *scan.Snapshot, p *scan.Process) { within(s, p, "a 100 74 0") }),
			[]string{"pids.max /" + at + "/a/pids.max 74/100 3 0"}, ""},
		"at the threshold": {
			limited(3, func(s *scan.Snapshot, p *scan.Process) { within(s, p, "a 100 75 0") }),
			[]string{"pids.max /" + at + "/a/pids.max 75/100 3 0"}, "warning pids.max is 75 % used: 75 of 100, zombies hold 3 of it (3 %)"},
		"refusals, and zombies hold a tenth": {
			limited(10, func(s *scan.Snapshot, p *scan.Process) { within(s, p, "a 100 12 31") }),
			[]string{"pids.max /" + at + "/a/pids.max 12/100 10 31"}, "warning pids.max is 12 % used: 12 of 100, zombies hold 10 of it (10 %); set by its cgroup; 31 forks were refused already"},
		"refusals, and zombies hold less": {
			limited(9, func(s *scan.Snapshot, p *scan.Process) { within(s, p, "a 100 12 31") }),
			[]string{"pids.max /" + at + "/a/pids.max 12/100 9 31"}, ""},
		"the pod's limit, refusals counted in the container": {
			limited(5, func(s *scan.Snapshot, p *scan.Process) {
				within(s, p, "kubepods max 900 0", "pod1234 10 10 0", "8f max 8 31")
			}),
			[]string{"pids.max /" + at + "/kubepods/pod1234/pids.max 10/10 5 31"},
			"critical pids.max is 100 % used: 10 of 10, zombies hold 5 of it (50 %); set by pod limit (kubelet --pod-max-pids); 31 forks were refused already"},
		"a limit of 0, and more used than allowed": {
			limited(1, func(s *scan.Snapshot, p *scan.Process) { within(s, p, "a 0 3 1") }),
			[]string{"pids.max /" + at + "/a/pids.max 3/0 1 1"}, "critical pids.max is 300 % used"},
		"used is unknown: it comes last, and is no finding": {
			limited(1, func(s *scan.Snapshot, p *scan.Process) {
				within(s, p, "a 4 1 0")
				s.Host.Threads = some(100)
			}),
			[]string{"pids.max /" + at + "/a/pids.max 1/4 1 0", "threads-max /proc/sys/kernel/threads-max ?/100 1 ?"}, ""},
		"RLIMIT_NPROC, of all tasks of the user": {
			limited(2, func(s *scan.Snapshot, p *scan.Process) {
				p.Deep.MaxProcesses, s.TasksByUID = some(50), map[int]int{1000: 40}
			}),
			[]string{"RLIMIT_NPROC /proc/7/limits 40/50 0 ?"}, "warning RLIMIT_NPROC is 80 % used: 40 of 50, zombies hold 0 of it (0 %)"},
		"unlimited for the user": {
			limited(2, func(s *scan.Snapshot, p *scan.Process) {
				p.Deep.MaxProcesses, s.TasksByUID = some(scan.Unlimited), map[int]int{1000: 40}
			}), []string{}, ""},
		"root is exempt": {
			limited(2, func(s *scan.Snapshot, p *scan.Process) {
				p.Deep.MaxProcesses, s.TasksByUID = some(50), map[int]int{1000: 50}
				st, _ := p.Deep.Status.Get()
				st.UID = scan.Some(0)
				p.Deep.Status = scan.Some(st)
			}), []string{}, ""},
		"CAP_SYS_RESOURCE is exempt": {
			limited(2, func(s *scan.Snapshot, p *scan.Process) {
				p.Deep.MaxProcesses, s.TasksByUID = some(50), map[int]int{1000: 50}
				st, _ := p.Deep.Status.Get()
				st.CapEff = some(1 << 24)
				p.Deep.Status = scan.Some(st)
			}), []string{}, ""},
		"the machine's, from inside a container": {
			limited(2, func(s *scan.Snapshot, _ *scan.Process) {
				s.Self = scan.Some(scan.Self{PIDNS: some(4026532201)})
				s.Host.Threads, s.Host.Tasks, s.Host.PidMax, s.Host.Kernel = some(1000), some(321), some(8), scan.Some("6.1.0-13-amd64")
			}),
			[]string{"pid_max /proc/sys/kernel/pid_max >=4/8 2 ?", "threads-max /proc/sys/kernel/threads-max 321/1000 2 ?"}, ""},
		"pid_max of a namespace, since 6.14": {
			limited(2, func(s *scan.Snapshot, _ *scan.Process) {
				s.Self = scan.Some(scan.Self{PIDNS: some(4026532201)})
				s.Host.PidMax, s.Host.Kernel = some(5), scan.Some("6.14")
			}),
			[]string{"pid_max /proc/sys/kernel/pid_max 4/5 2 ?"}, "warning pid_max is 80 % used: 4 of 5, zombies hold 2 of it (40 %); set by sysctl kernel.pid_max"},
	} {
		t.Run(name, func(t *testing.T) {
			d := Diagnose(c.s, Options{})
			if got := said(d); fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("limits\ngot  %q\nwant %q", got, c.want)
			}
			got := ""
			for _, f := range d.Findings {
				if f.Rule == "Z401" {
					got += f.Severity.String() + " " + f.Message
					if len(f.Evidence) == 0 || len(f.Advice) == 0 {
						t.Errorf("without evidence or advice: %+v", f)
					}
				}
			}
			if !strings.HasPrefix(got, c.findings) || (got == "") != (c.findings == "") {
				t.Errorf("found %q, want %q", got, c.findings)
			}
			full := strings.HasPrefix(got, "critical")
			if clause := strings.Contains(d.Sentence, " % used: "); clause != full {
				t.Errorf("sentence %q", d.Sentence)
			}
		})
	}
}

// On v2 a zombie counts where it was, whatever its parent.
func TestZombiesAreChargedToTheirOwnCgroup(t *testing.T) {
	s := limited(3, func(s *scan.Snapshot, p *scan.Process) { within(s, p, "a 10 5 0") })
	s.Find(8).Deep.PidsCgroup = scan.Some(at + "/a/sub")   // below
	s.Find(9).Deep.PidsCgroup = scan.Some(at + "/another") // elsewhere
	if got := Diagnose(s, Options{}).Limits[0].Zombies; got != 2 {
		t.Errorf("%d zombies, want 2", got)
	}
}

// A cgroup that is the top of what is in view, and has a limit, is no root:
// there are more above.
func TestLimitsAbove(t *testing.T) {
	s := limited(3, func(s *scan.Snapshot, _ *scan.Process) {
		s.Cgroups[at] = scan.Cgroup{Path: "/", PidsMax: some(4), PidsCurrent: some(4)}
		self, _ := s.Self.Get()
		self.Container = scan.Some(scan.Witness{Value: "/var/lib/docker/containers/8f/hosts"})
		s.Self = scan.Some(self)
	})
	d := Diagnose(s, Options{})
	if !d.LimitsAbove || d.Limits[0].SetBy != "docker --pids-limit" {
		t.Errorf("limits above: %v, set by %q", d.LimitsAbove, d.Limits[0].SetBy)
	}
	if Diagnose(limited(3, nil), Options{}).LimitsAbove {
		t.Error("above the root of the hierarchy")
	}
}

func TestSetBy(t *testing.T) {
	id := strings.Repeat("8f", 32)
	for _, c := range []struct{ path, witness, want string }{
		{"/docker/" + id, "", "docker --pids-limit"},
		{"/system.slice/docker-" + id + ".scope", "", "docker --pids-limit"},
		{"/machine.slice/libpod-" + id + ".scope", "", "podman --pids-limit"},
		{"/kubepods/burstable/pod1234/" + id, "", "pod limit (kubelet --pod-max-pids)"},
		{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1234.slice", "", "pod limit (kubelet --pod-max-pids)"},
		{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1234.slice/crio-" + id + ".scope", "", "CRI-O pids_limit"},
		{"/kubepods.slice", "", "limit of all pods (kubelet --kube-reserved, --system-reserved pid=)"},
		{"/kubepods/burstable", "", "limit of all pods (kubelet --kube-reserved, --system-reserved pid=)"},
		{"/system.slice/nginx.service", "", "systemd TasksMax= of nginx.service"},
		{"/user.slice/user-1000.slice/session-2.scope", "", "systemd TasksMax= of session-2.scope"},
		{"/lxc.payload.web", "", "lxc.cgroup.pids.max"},
		{"/mine", "", "its cgroup"},
		{"", "", "its cgroup"},
		{"/", "", "the container engine"},
		{"/", "/var/lib/kubelet/pods/x/etc-hosts", "pod limit (kubelet --pod-max-pids)"},
		{"/", "/var/lib/containers/storage/overlay-containers/x/hosts", "podman --pids-limit"},
	} {
		x := &exam{Snapshot: &scan.Snapshot{Self: scan.Some(scan.Self{Container: scan.Some(scan.Witness{Value: c.witness})})}}
		if got := x.setBy(c.path); got != c.want {
			t.Errorf("%s %s: got %q, want %q", c.path, c.witness, got, c.want)
		}
	}
}

func TestUntilFull(t *testing.T) {
	rate := func(best, low, high float64) perDay {
		return perDay{scan.Some(best), scan.Some(low), scan.Some(high)}
	}
	const d = 24 * time.Hour
	for name, c := range map[string]struct {
		l    Limit
		r    perDay
		want Interval
	}{
		"between":        {Limit{Used: some(80), Max: 100}, rate(10, 5, 20), Interval{scan.Some(d), scan.Some(4 * d)}},
		"full":           {Limit{Used: some(100), Max: 100}, rate(10, 5, 20), Interval{scan.Some(time.Duration(0)), scan.Some(time.Duration(0))}},
		"over":           {Limit{Used: some(120), Max: 100}, rate(10, 5, 20), Interval{scan.Some(time.Duration(0)), scan.Some(time.Duration(0))}},
		"maybe never":    {Limit{Used: some(80), Max: 100}, rate(10, 0, 20), Interval{AtLeast: scan.Some(d)}},
		"a lower bound":  {Limit{Used: some(80), Max: 100, LowerBound: true}, rate(10, 5, 20), Interval{AtMost: scan.Some(4 * d)}},
		"used unknown":   {Limit{Max: 100}, rate(10, 5, 20), Interval{}},
		"no rate":        {Limit{Used: some(80), Max: 100}, perDay{}, Interval{}},
		"not a number":   {Limit{Used: some(80), Max: 100}, rate(1, math.NaN(), math.Inf(1)), Interval{AtLeast: scan.Some(time.Duration(0))}},
		"negative":       {Limit{Used: some(80), Max: 100}, rate(-1, -2, -1), Interval{}},
		"in a long time": {Limit{Used: some(0), Max: math.MaxUint64}, rate(1e-9, 1e-9, 1e-9), Interval{}},
	} {
		if got := untilFull(c.l, c.r); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

// TestExhaustion: the rate is set by hand, between collecting and judging.
func TestExhaustion(t *testing.T) {
	rate := func(best, low, high float64, points int) Rate {
		return Rate{PerDay: scan.Some(best), Low: scan.Some(low), High: scan.Some(high), Points: points, Ongoing: true}
	}
	for name, c := range map[string]struct {
		used    uint64
		r       Rate
		horizon time.Duration
		want    Certainty // "": silent
	}{
		"no rate":                             {50, Rate{}, time.Hour * 24, ""},
		"too few points":                      {50, rate(100, 90, 110, 4), time.Hour * 24, ""},
		"in half a day":                       {50, rate(100, 90, 110, 5), time.Hour * 24, Likely},
		"the slowest does not get there":      {50, rate(100, 10, 110, 5), time.Hour * 24, Possible},
		"after the horizon":                   {50, rate(49, 40, 200, 5), time.Hour * 24, ""},
		"off":                                 {50, rate(100, 90, 110, 5), 0, ""},
		"full already: Z401 is enough":        {100, rate(100, 90, 110, 5), time.Hour * 24, ""},
		"slower, but with a horizon that far": {50, rate(49, 40, 200, 5), time.Hour * 48, Likely},
	} {
		t.Run(name, func(t *testing.T) {
			p := &Parent{PID: 7, Rate: c.r, Zombies: 5}
			x := &exam{Snapshot: &scan.Snapshot{}, opts: Options{Horizon: c.horizon}, d: &Diagnosis{Limits: []Limit{
				{Name: pidsMax, Used: some(c.used), Max: 100, Zombies: 50, SetBy: "x", parents: []*Parent{p}},
				{Name: threadsMax, Used: some(c.used), Max: 100000, parents: []*Parent{p}},
			}}}
			for i := range x.d.Limits {
				x.d.Limits[i].predict()
			}
			fs := pidExhaustion(x)
			got := Certainty("")
			for _, f := range fs {
				got = f.Certainty
				if full := x.d.Limits[0].FullText(); full == "" || !strings.HasPrefix(f.Message, "pids.max is full in "+full) || len(f.Advice) == 0 {
					t.Errorf("message %q, advice %v", f.Message, f.Advice)
				}
			}
			if got != c.want || len(fs) > 1 {
				t.Errorf("got %q (%d findings), want %q", got, len(fs), c.want)
			}
		})
	}
}

// One parent of unknown rate makes the earliest end unknown, not the latest.
func TestRatesAddUp(t *testing.T) {
	known := &Parent{Rate: Rate{PerDay: scan.Some(3.0), Low: scan.Some(2.0), High: scan.Some(4.0), Points: 9, Ongoing: true}}
	l := Limit{parents: []*Parent{known, known}}
	if got, want := l.rateOf(), (perDay{scan.Some(6.0), scan.Some(4.0), scan.Some(8.0)}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	l.parents = append(l.parents, &Parent{})
	if got := l.rateOf(); got.best != scan.Some(6.0) || got.low != scan.Some(4.0) || got.high.Known() {
		t.Errorf("got %v", got)
	}
	if got := (&Limit{}).rateOf(); got != (perDay{}) {
		t.Errorf("of nobody: %v", got)
	}
}

func TestPercent(t *testing.T) {
	for _, c := range []struct {
		n, of uint64
		want  int
	}{{0, 0, 0}, {1, 0, 100}, {89, 100, 89}, {8999, 10000, 89}, {math.MaxUint64 - 1, math.MaxUint64 - 1, 100}, {math.MaxUint64, 1, math.MaxInt32}} {
		if got := percent(c.n, c.of); got != c.want {
			t.Errorf("%d of %d: got %d, want %d", c.n, c.of, got, c.want)
		}
	}
}

func TestKernelAtLeast(t *testing.T) {
	for release, want := range map[string]bool{"6.14": true, "6.14.0-rc1": true, "6.18.44-fc": true, "7.0-x": true, "6.13.9": false, "5.100.1": false, "": false, "x": false, "6": false, "6.x": false} {
		if got := kernelAtLeast(scan.Some(release), 6, 14); got != want {
			t.Errorf("%q: got %v", release, got)
		}
	}
}

// A check fails on a limit that is nearly used up, however many zombies are
// allowed.
func TestPolicyOfLimits(t *testing.T) {
	warning := Diagnose(limited(3, func(s *scan.Snapshot, p *scan.Process) { within(s, p, "a 100 80 0") }), Options{})
	critical := Diagnose(limited(3, func(s *scan.Snapshot, p *scan.Process) { within(s, p, "a 100 95 0") }), Options{})
	for name, c := range map[string]struct {
		d    *Diagnosis
		p    Policy
		code int
	}{
		"warning":  {warning, Policy{MaxZombies: 10}, 1},
		"critical": {critical, Policy{MaxZombies: 10}, 2},
		"ignored":  {critical, Policy{MaxZombies: 10, Ignore: []string{"Z401"}}, 0},
	} {
		if got := c.p.Judge(c.d).ExitCode; got != c.code {
			t.Errorf("%s: exit code %d, want %d", name, got, c.code)
		}
	}
}
