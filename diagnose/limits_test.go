package diagnose

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/scan/facts"
)

func some(n uint64) facts.Opt[uint64] { return facts.Some(n) }

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
		s        *facts.Snapshot
		want     []string
		findings string // of Z401: severity and the beginning of the message; "": none
	}{
		"no limit in sight":         {limited(3, nil), []string{}, ""},
		"no zombies, nobody looked": {limited(0, func(s *facts.Snapshot, p *facts.Process) { within(s, p, "a 10 10 5") }), []string{}, ""},
		"unlimited":                 {limited(3, func(s *facts.Snapshot, p *facts.Process) { within(s, p, "a max 7 0") }), []string{}, ""},
		"the tightest first, not the smallest": {
			limited(3, func(s *facts.Snapshot, p *facts.Process) { within(s, p, "a.slice 20 18 0", "b.service 10 4 0") }),
			[]string{"pids.max /" + at + "/a.slice/pids.max 18/20 3 0", "pids.max /" + at + "/a.slice/b.service/pids.max 4/10 3 0"},
			"critical pids.max is 90 % used (18 of 20). Zombies hold 3 of it (15 %). It is set by systemd TasksMax= of a.slice"},
		"below the threshold": {
			limited(3, func(s *facts.Snapshot, p *facts.Process) { within(s, p, "a 100 74 0") }),
			[]string{"pids.max /" + at + "/a/pids.max 74/100 3 0"}, ""},
		"at the threshold": {
			limited(3, func(s *facts.Snapshot, p *facts.Process) { within(s, p, "a 100 75 0") }),
			[]string{"pids.max /" + at + "/a/pids.max 75/100 3 0"}, "warning pids.max is 75 % used (75 of 100). Zombies hold 3 of it (3 %)"},
		"refusals, and zombies hold a tenth": {
			limited(10, func(s *facts.Snapshot, p *facts.Process) { within(s, p, "a 100 12 31") }),
			[]string{"pids.max /" + at + "/a/pids.max 12/100 10 31"}, "warning pids.max is 12 % used (12 of 100). Zombies hold 10 of it (10 %). It is set by its cgroup. 31 forks were already refused"},
		"refusals, and zombies hold less": {
			limited(9, func(s *facts.Snapshot, p *facts.Process) { within(s, p, "a 100 12 31") }),
			[]string{"pids.max /" + at + "/a/pids.max 12/100 9 31"}, ""},
		"the pod's limit, refusals counted in the container": {
			limited(5, func(s *facts.Snapshot, p *facts.Process) {
				within(s, p, "kubepods max 900 0", "pod1234 10 10 0", "8f max 8 31")
			}),
			[]string{"pids.max /" + at + "/kubepods/pod1234/pids.max 10/10 5 31"},
			"critical pids.max is 100 % used (10 of 10). Zombies hold 5 of it (50 %). It is set by the pod limit (kubelet --pod-max-pids). 31 forks were already refused"},
		"a limit of 0, and more used than allowed": {
			limited(1, func(s *facts.Snapshot, p *facts.Process) { within(s, p, "a 0 3 1") }),
			[]string{"pids.max /" + at + "/a/pids.max 3/0 1 1"}, "critical pids.max is 300 % used"},
		"used is unknown: it comes last, and is no finding": {
			limited(1, func(s *facts.Snapshot, p *facts.Process) {
				within(s, p, "a 4 1 0")
				s.Host.Threads = some(100)
			}),
			[]string{"pids.max /" + at + "/a/pids.max 1/4 1 0", "threads-max /proc/sys/kernel/threads-max ?/100 1 ?"}, ""},
		"RLIMIT_NPROC, of all tasks of the user": {
			limited(2, func(s *facts.Snapshot, p *facts.Process) {
				p.Deep.MaxProcesses, s.TasksByUID = some(50), map[int]int{1000: 40}
			}),
			[]string{"RLIMIT_NPROC /proc/7/limits 40/50 0 ?"}, "warning RLIMIT_NPROC is 80 % used (40 of 50). Zombies hold 0 of it (0 %)"},
		"unlimited for the user": {
			limited(2, func(s *facts.Snapshot, p *facts.Process) {
				p.Deep.MaxProcesses, s.TasksByUID = some(facts.Unlimited), map[int]int{1000: 40}
			}), []string{}, ""},
		"root is exempt": {
			limited(2, func(s *facts.Snapshot, p *facts.Process) {
				p.Deep.MaxProcesses, s.TasksByUID = some(50), map[int]int{1000: 50}
				st, _ := p.Deep.Status.Get()
				st.UID = facts.Some(0)
				p.Deep.Status = facts.Some(st)
			}), []string{}, ""},
		"CAP_SYS_RESOURCE is exempt": {
			limited(2, func(s *facts.Snapshot, p *facts.Process) {
				p.Deep.MaxProcesses, s.TasksByUID = some(50), map[int]int{1000: 50}
				st, _ := p.Deep.Status.Get()
				st.CapEff = some(1 << 24)
				p.Deep.Status = facts.Some(st)
			}), []string{}, ""},
		"the machine's, from inside a container": {
			limited(2, func(s *facts.Snapshot, _ *facts.Process) {
				s.Self = facts.Some(facts.Self{PIDNS: some(4026532201)})
				s.Host.Threads, s.Host.Tasks, s.Host.PidMax, s.Host.Kernel = some(1000), some(321), some(8), facts.Some("6.1.0-13-amd64")
			}),
			[]string{"pid_max /proc/sys/kernel/pid_max >=4/8 2 ?", "threads-max /proc/sys/kernel/threads-max 321/1000 2 ?"}, ""},
		"pid_max of a namespace, since 6.14": {
			limited(2, func(s *facts.Snapshot, _ *facts.Process) {
				s.Self = facts.Some(facts.Self{PIDNS: some(4026532201)})
				s.Host.PidMax, s.Host.Kernel = some(5), facts.Some("6.14")
			}),
			[]string{"pid_max /proc/sys/kernel/pid_max 4/5 2 ?"}, "warning pid_max is 80 % used (4 of 5). Zombies hold 2 of it (40 %). It is set by sysctl kernel.pid_max"},
	} {
		t.Run(name, func(t *testing.T) {
			d := Diagnose(c.s, Options{})
			if got := said(d); fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("limits\ngot  %q\nwant %q", got, c.want)
			}
			got := ""
			for _, f := range d.Findings {
				if f.Rule == "Z401" {
					got += f.Severity.String() + " " + message(f)
					if len(f.Evidence) == 0 || len(advice(f)) == 0 {
						t.Errorf("without evidence or advice: %+v", f)
					}
				}
			}
			if !strings.HasPrefix(got, c.findings) || (got == "") != (c.findings == "") {
				t.Errorf("found %q, want %q", got, c.findings)
			}
			clause := strings.Contains(d.Sentence, "is full") || strings.Contains(d.Sentence, " % full")
			if critical := strings.HasPrefix(got, "critical"); critical && !clause || got == "" && clause {
				t.Errorf("sentence %q", d.Sentence)
			}
		})
	}
}

// On v2 a zombie counts where it was, whatever its parent.
func TestZombiesAreChargedToTheirOwnCgroup(t *testing.T) {
	s := limited(3, func(s *facts.Snapshot, p *facts.Process) { within(s, p, "a 10 5 0") })
	s.Find(8).Deep.PidsCgroup = facts.Some(at + "/a/sub")   // below
	s.Find(9).Deep.PidsCgroup = facts.Some(at + "/another") // elsewhere
	if got := Diagnose(s, Options{}).Limits[0].Zombies; got != 2 {
		t.Errorf("%d zombies, want 2", got)
	}
}

// A cgroup that is the top of those visible here, and has a limit, is not the
// root: there are more above.
func TestLimitsAbove(t *testing.T) {
	s := limited(3, func(s *facts.Snapshot, _ *facts.Process) {
		s.Cgroups[at] = facts.Cgroup{Path: "/", PidsMax: some(4), PidsCurrent: some(4)}
		self, _ := s.Self.Get()
		self.Container = facts.Some(facts.Witness{Value: "/var/lib/docker/containers/8f/hosts"})
		s.Self = facts.Some(self)
	})
	d := Diagnose(s, Options{})
	if !d.LimitsAbove || d.Limits[0].SetBy != "docker --pids-limit" {
		t.Errorf("limits above: %v, set by %q", d.LimitsAbove, d.Limits[0].SetBy)
	}
	if Diagnose(limited(3, nil), Options{}).LimitsAbove {
		t.Error("above the root of the hierarchy")
	}
}
