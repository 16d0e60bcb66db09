package diagnose

import (
	"strings"
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// TestCompareRestarted: looks from within one container, before and after it was
// restarted, are compared; what looks much the same is refused.
func TestCompareRestarted(t *testing.T) {
	web := facts.Container{Engine: facts.Podman, ID: strings.Repeat("a", 64)}
	other := facts.Container{Engine: facts.Podman, ID: strings.Repeat("b", 64)}
	inPod := func(name, uid string) (facts.Container, func(*facts.Snapshot)) {
		return facts.Container{Engine: facts.Kubernetes, PodUID: uid}, func(s *facts.Snapshot) {
			self, _ := s.Self.Get()
			self.NameInPod = name
			s.Self = facts.Some(self)
		}
	}
	started := func(at uint64) proc { return with(app, func(p *proc) { p.Start = at * 100 }) }
	leaky := proc{PID: 7, PPID: 1, Comm: "leaky"}
	from := func(in facts.Container, change ...func(*facts.Snapshot)) func(at int, procs ...proc) *Diagnosis {
		return func(at int, procs ...proc) *Diagnosis {
			s := look(procs...)
			s.Self = facts.Some(facts.Self{PID: 9, In: facts.Some(in)})
			d := lookedAt(at, s)
			for _, c := range change {
				c(d.Snapshot)
			}
			return d
		}
	}
	boot := func(id string) func(*facts.Snapshot) {
		return func(s *facts.Snapshot) { s.Host.BootID = facts.Some(id) }
	}
	covered := func(s *facts.Snapshot) {
		self, _ := s.Self.Get()
		self.ProcCovers = true
		s.Self = facts.Some(self)
	}
	unknown := func(s *facts.Snapshot) { s.Self = facts.Some(facts.Self{PID: 9}) }
	then := func(made func(int, ...proc) *Diagnosis) *Diagnosis {
		return made(10, started(1), leaky, zombie(8, 7), zombie(9, 1))
	}
	now := func(made func(int, ...proc) *Diagnosis) *Diagnosis {
		return made(140, started(20), with(zombie(8, 1), func(p *proc) { p.Start = 5000 }))
	}
	const (
		anew  = "new[8]; reaped[8 9]; 1:0>1 new 1; 1:1>0 reaped 1; 7:1>0 reaped 1"
		pids  = `it is of another PID namespace: its PID 1 is "app", started 1s after boot, and here it is "app", started 20s after boot; `
		boots = `it is of another boot, or of another machine: boot ID "boot", here "next"; `
	)
	for name, c := range map[string]struct {
		then, now *Diagnosis
		want      string // what changed, or the error
	}{
		"restarted":                    {then(from(web)), now(from(web)), anew},
		"and the machine was booted":   {then(from(web)), now(from(web, boot("next"))), anew},
		"by the kubelet":               {then(from(inPod("app", "u1"))), now(from(inPod("app", "u1"))), anew},
		"and nobody sees all":          {then(from(web)), func() *Diagnosis { d := now(from(web)); hidden(d.Snapshot); d.Blind = true; return d }(), anew},
		"another container":            {then(from(web)), now(from(other)), pids + `it is of another container: "aaaaaaaaaaaa", here "bbbbbbbbbbbb"`},
		"another of the pod":           {then(from(inPod("app", "u1"))), now(from(inPod("sidecar", "u1"))), pids + `it is of another container: "app" of pod u1, here "sidecar" of pod u1`},
		"the same of another pod":      {then(from(inPod("app", "u1"))), now(from(inPod("app", "u2"))), pids + `it is of another container: "app" of pod u1, here "app" of pod u2`},
		"of one pod, unknown which":    {then(from(inPod("", "u1"))), now(from(inPod("", "u1"))), pids + "it is of another container: one of pod u1, here one of pod u1"},
		"unknown in what container":    {then(from(web)), now(from(web, unknown)), pids + "it is unknown whether both are of one container that was restarted"},
		"unknown, then":                {then(from(web, unknown)), now(from(web)), pids + "it is unknown whether both are of one container that was restarted"},
		"a namespace in the container": {then(from(web)), now(from(web, covered)), pids + "one of them may be of a PID namespace that somebody made inside the container"},
		"from such a one":              {then(from(web, covered)), now(from(web)), pids + "one of them may be"},
		"older than the recording":     {from(web)(30, started(1)), now(from(web)), pids + "both are of one container, but its PID 1 here is older than the recording"},
		"another machine":              {then(from(web)), now(from(other, boot("next"))), boots + "it is of another container"},
		"another machine, no names":    {then(from(web, unknown)), now(from(web, unknown, boot("next"))), boots + "it is unknown whether"},
		"a name is on every machine": {
			then(from(facts.Container{Engine: facts.LXC, ID: "web"})), now(from(facts.Container{Engine: facts.LXC, ID: "web"}, boot("next"))), boots + "it is of another container",
		},
		"PID 1 is not seen": {then(from(web)), from(web, boot("next"))(100, leaky), boots + "PID 1 was not seen in both"},
		"the wrong way round": {
			from(web, func(s *facts.Snapshot) { s.Taken = facts.Some(time.Unix(1_900_000_000, 0)) })(10, started(1)), now(from(web, boot("next"))), "it was taken",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Compare(c.then, c.now)
			if err != nil {
				if got != nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v, want %q", err, c.want)
				}
				return
			}
			if text := changed(got); text != c.want || !got.Anew {
				t.Errorf("got  %s, %v\nwant %s", text, got.Anew, c.want)
			}
			const said = "The container was restarted since: PID 1 is another process, started 2m00s ago. All 2 zombies of before are gone; 1 is new."
			if got.Sentence() != said {
				t.Errorf("got  %s\nwant %s", got.Sentence(), said)
			}
			// A finding about the new PID 1 is new, though the old one had the same
			// PID.
			for i := range c.now.Findings {
				if f := &c.now.Findings[i]; f.Subject.PID == 1 && !got.Concerns(f) {
					t.Errorf("%s is not new", f.Rule)
				}
			}
			for _, g := range got.Parents {
				if perDay, ok := g.PerDay.Get(); ok != (g.Now > 0) || ok && perDay != 720 { // a day has 720 times 2 minutes
					t.Errorf("PID %d: %v a day, %v", g.PID, perDay, ok)
				}
			}
		})
	}
}

// TestRestartsFromOutside: a look from the machine recognizes a restarted
// container by its PID 1, and does not report one that kept running.
func TestRestartsFromOutside(t *testing.T) {
	cgroup := func(id string) facts.Opt[[]facts.CgroupPath] {
		return facts.Some([]facts.CgroupPath{{Path: "/docker/" + strings.Repeat(id, 64)}})
	}
	type change struct {
		pid1    int    // of the container, on the machine
		start   uint64 // in seconds
		id      string
		parent  string // the cgroup of the shim: a container's ID; "": none
		zombies []int
	}
	machine := func(at int, c change) *Diagnosis {
		procs := []proc{with(tini, func(p *proc) { p.Comm = "systemd" }), {PID: 5, PPID: 1, Comm: "shim"}, {PID: c.pid1, PPID: 5, Comm: "web", Start: c.start * 100}}
		for _, z := range c.zombies {
			procs = append(procs, with(zombie(z, c.pid1), func(p *proc) { p.Start = c.start*100 + uint64(z) }))
		}
		s := look(procs...)
		s.AllNamespaces = true
		for i := range s.Procs {
			p := &s.Procs[i]
			st, _ := p.Deep.Status.Get()
			pids := []int{p.PID}
			p.Deep.PIDNS, p.Deep.Cgroups = facts.Some(uint64(4026531836)), facts.Some([]facts.CgroupPath{{Path: "/"}})
			if p.PID >= c.pid1 {
				pids = append(pids, p.PID-c.pid1+1)
				p.Deep.PIDNS, p.Deep.Cgroups = facts.Some(7000+c.start), cgroup(c.id)
			}
			if p.PID == 5 && c.parent != "" {
				p.Deep.Cgroups = cgroup(c.parent)
			}
			st.NSpid = facts.Some(pids)
			p.Deep.Status = facts.Some(st)
		}
		s.Self = facts.Some(facts.Self{PIDNS: facts.Some(uint64(4026531836))})
		s.Mount = facts.Some(facts.ProcMount{Options: "rw"})
		s.ContainerNames = map[string]facts.ContainerName{strings.Repeat(c.id, 64): {Name: "web"}}
		at0 := lookedAt(at, s)
		return Diagnose(at0.Snapshot, observe.Options{AllNamespaces: true})
	}
	old := change{pid1: 20, start: 1, id: "a", zombies: []int{21, 22}}
	for name, c := range map[string]struct {
		now  change
		want string
	}{
		"the same":             {old, ""},
		"restarted":            {change{pid1: 40, start: 20, id: "a"}, "Container web was restarted since: PID 1 is another process, started 2m00s ago. All 2 zombies of before are gone; 0 are new."},
		"and leaks again":      {change{pid1: 40, start: 20, id: "a", zombies: []int{41}}, "Container web was restarted since: PID 1 is another process, started 2m00s ago. All 2 zombies of before are gone; 1 is new."},
		"another of that name": {change{pid1: 40, start: 20, id: "b"}, ""},
		"made inside of it":    {change{pid1: 40, start: 20, id: "a", parent: "a"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Compare(machine(10, old), machine(140, c.now))
			if err != nil {
				t.Fatal(err)
			}
			lines := got.Lines()
			if got.Anew || len(lines) != 1+len(got.Restarts) || strings.Join(lines[:len(lines)-1], "\n") != c.want {
				t.Errorf("got %q, want %q", lines, c.want)
			}
		})
	}
}
