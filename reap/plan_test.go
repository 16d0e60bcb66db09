package reap

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/rule"
	"github.com/zombiectl/zombiectl/scan"
	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/sys"
)

// recorded is a recording, and who made it.
func recorded(t *testing.T, fixture string, edit func(*facts.Snapshot)) (*observe.Observation, int) {
	t.Helper()
	r, err := scan.Open(filepath.Join("../fixtures", fixture, "root"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s, err := scan.Look(r, scan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if edit != nil {
		edit(s)
	}
	self, _ := s.Self.Get()
	return observe.New(s, observe.Options{}), self.PID
}

// Every rule about a zombie or its parent says whether a nudge can work.
func TestEveryRuleIsDecided(t *testing.T) {
	about := func(id string) bool {
		return strings.HasPrefix(id, "Z1") || strings.HasPrefix(id, "Z2") || id == "Z301" || id == "Z310" || id == "Z311"
	}
	for _, r := range rule.All() {
		n := r.Nudge
		ok := n.Effect == rule.NudgeMayHelp || n.Effect == rule.NudgeUseless
		if ok != about(r.ID) {
			t.Errorf("%s %s: says what a nudge does: %v", r.ID, r.Name, ok)
		}
		if (n.Effect == rule.NudgeUseless) != (n.Why != "") {
			t.Errorf("%s: %+v is no decision", r.ID, n)
		}
	}
}

func TestNudgePlan(t *testing.T) {
	for _, c := range []struct {
		fixture string
		deed    string
		rule    string
	}{
		{"never-waits-under-init", doNothing, "Z201"},
		{"uf-backend", doNothing, "Z301"},
		{"dead-leader", doNothing, "Z102"},
		{"zombie-ppid0", doNothing, "Z105"},
	} {
		d, self := recorded(t, c.fixture, nil)
		p, err := Make(d, Options{Self: self, All: true})
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Steps) != 1 {
			t.Fatalf("%s: %d steps", c.fixture, len(p.Steps))
		}
		s := p.Steps[0]
		if s.Deed != c.deed || s.Rule != c.rule || s.Why == "" || p.Zombies() != len(d.Scope.Zombies) || p.Left() != p.Zombies() {
			t.Errorf("%s: %s by %q (%s), want %s by %s", c.fixture, s.Deed, s.Rule, s.Why, c.deed, c.rule)
		}
		for _, z := range s.Zombies {
			if z.Why == "" || z.Fate != fatePlanned {
				t.Errorf("%s: zombie %d: %q, %s", c.fixture, z.Process.PID, z.Why, z.Fate)
			}
		}
	}
	// The control: the same parent with a handler for SIGCHLD.
	d, self := recorded(t, "never-waits-under-init", func(s *facts.Snapshot) { mask(s, parentPID, 1<<(facts.SIGCHLD-1)) })
	p, err := Make(d, Options{Self: self, All: true})
	if err != nil {
		t.Fatal(err)
	}
	if s := p.Steps[0]; s.Deed != doNudge || s.Signal != facts.SIGCHLD {
		t.Errorf("with a handler: %s (%s)", s.Deed, s.Why)
	}
}

// parentPID is the parent that never waits, in never-waits-under-init.
const parentPID = 6

func mask(s *facts.Snapshot, pid int, caught uint64) {
	p := s.Find(pid)
	st, _ := p.Deep.Status.Get()
	st.SigCgt = facts.Some(caught)
	p.Deep.Status = facts.Some(st)
}

// Whatever the flags: these are sent nothing that is stronger than SIGCHLD.
func TestNever(t *testing.T) {
	stronger := []Options{{Terminate: true, Force: true}, {Signal: sys.SIGCONT, Force: true}, {Signal: 9, Force: true}, {Signal: 10, Force: true}}
	refused := func(t *testing.T, edit func(*facts.Snapshot), why string) {
		t.Helper()
		for _, o := range stronger {
			d, self := recorded(t, "never-waits-under-init", edit)
			if o.Self == 0 {
				o.Self = self
			}
			o.Parents = []int{d.Scope.Zombies[0].PPID}
			p, err := Make(d, o)
			if err != nil {
				t.Fatal(err)
			}
			if s := p.Steps[0]; !s.Refused || s.Forceable || s.Deed != doNothing || !strings.Contains(s.Why, why) {
				t.Errorf("%+v: refused %v, forceable %v: %q, want %q", o, s.Refused, s.Forceable, s.Why, why)
			}
		}
	}
	rename := func(name string) func(*facts.Snapshot) {
		return func(s *facts.Snapshot) { s.Find(parentPID).Comm = name }
	}
	for _, name := range []string{"containerd", "containerd-shim", "containerd-shim-runc-v2", "conmon", "dockerd", "crio", "kubelet", "systemd", "systemd-journal", "sshd", "sshd-session", "tini", "runit"} {
		t.Run(name, func(t *testing.T) { refused(t, rename(name), "it is ") })
	}
	t.Run("by its executable", func(t *testing.T) {
		refused(t, func(s *facts.Snapshot) { s.Find(parentPID).Deep.Exe = facts.Some("/usr/bin/conmon (deleted)") }, "it is conmon")
	})
	t.Run("kernel thread", func(t *testing.T) {
		d, self := recorded(t, "never-waits-under-init", func(s *facts.Snapshot) { s.Find(parentPID).Flags |= 0x00200000 })
		p, err := Make(d, Options{Self: self, Terminate: true, Force: true, Parents: []int{parentPID}})
		if err != nil {
			t.Fatal(err)
		}
		if s := p.Steps[0]; s.Deed != doNothing {
			t.Errorf("%s", s.Deed)
		}
	})
	t.Run("PID 1 of another namespace", func(t *testing.T) {
		refused(t, func(s *facts.Snapshot) {
			st, _ := s.Find(parentPID).Deep.Status.Get()
			st.NSpid = facts.Some([]int{parentPID, 1})
			s.Find(parentPID).Deep.Status = facts.Some(st)
		}, "PID 1 of its PID namespace")
	})
	t.Run("perhaps PID 1", func(t *testing.T) {
		refused(t, func(s *facts.Snapshot) { s.Find(parentPID).Deep.Status = facts.Opt[facts.Status]{} }, "it is unknown whether")
	})
	t.Run("an ancestor of ours", func(t *testing.T) {
		refused(t, func(s *facts.Snapshot) {
			self, _ := s.Self.Get()
			s.Find(self.PID).PPID = parentPID
		}, "an ancestor of this program")
	})
	t.Run("ancestors not seen", func(t *testing.T) {
		refused(t, func(s *facts.Snapshot) {
			self, _ := s.Self.Get()
			s.Find(self.PID).PPID = 4711
		}, "not all of those can be seen")
	})
	t.Run("PID 1", func(t *testing.T) {
		d, self := recorded(t, "uf-backend", nil)
		p, err := Make(d, Options{Self: self, Terminate: true, Force: true, Parents: []int{1}})
		if err != nil {
			t.Fatal(err)
		}
		if s := p.Steps[0]; !s.Refused || s.Forceable {
			t.Errorf("PID 1: %s (%s)", s.Deed, s.Why)
		}
	})
}

// The actions that need --force, and those that are refused even so.
func TestRefusals(t *testing.T) {
	plan := func(o Options, edit func(*facts.Snapshot)) *Step {
		t.Helper()
		d, self := recorded(t, "never-waits-under-init", edit)
		o.Self, o.Parents = self, []int{parentPID}
		p, err := Make(d, o)
		if err != nil {
			t.Fatal(err)
		}
		return p.Steps[0]
	}
	old := func(s *facts.Snapshot) { // everything happened an hour ago
		for i := range s.Clocks {
			s.Clocks[i].ExecStartMs += 3600e3
			s.Clocks[i].BoottimeNs += 3600e9
		}
		s.Boottime = facts.Some(ageOf(s) + 3600e9)
	}
	if s := plan(Options{Terminate: true}, old); s.Refused || s.Deed != doTerminate || len(s.Heirs) != 1 || !s.Heirs[0].PID1 {
		t.Errorf("old zombies below tini: %s, refused %v (%s), %d heirs", s.Deed, s.Refused, s.Why, len(s.Heirs))
	}
	if s := plan(Options{Terminate: true}, nil); !s.Refused || !s.Forceable {
		t.Errorf("young zombies: %+v", s)
	}
	if s := plan(Options{Terminate: true, Force: true}, nil); s.Refused || s.Deed != doTerminate {
		t.Errorf("young zombies, forced: %s", s.Why)
	}
	stop := func(s *facts.Snapshot) { old(s); s.Find(parentPID).State = facts.Stopped }
	if s := plan(Options{Terminate: true}, stop); !s.Refused || !s.Forceable {
		t.Errorf("stopped: %+v", s)
	}
	if s := plan(Options{Signal: sys.SIGCONT}, stop); s.Refused {
		t.Errorf("SIGCONT to one that is stopped: %s", s.Why)
	}
	young := func(s *facts.Snapshot) { s.Find(parentPID).State = facts.Stopped }
	if s := plan(Options{Signal: sys.SIGCONT}, young); s.Refused {
		t.Errorf("SIGCONT to one that is stopped, about young zombies: %s", s.Why)
	}
	if s := plan(Options{Signal: sys.SIGCONT}, nil); !s.Refused || !s.Forceable {
		t.Errorf("SIGCONT to one that runs, about young zombies: %+v", s)
	}
	// Who inherits does not reap, or nobody knows: never, by no flag.
	for name, as := range map[string]string{"sleep": "does not reap", "something": "not known to reap"} {
		s := plan(Options{Terminate: true, Force: true}, func(s *facts.Snapshot) {
			p := s.Find(1)
			p.Comm, p.CMinFlt = name, 1
			p.Deep.Cmdline, p.Deep.Exe = facts.Opt[[]string]{}, facts.Opt[string]{}
			p.Deep.Threads, p.Deep.Wchan = facts.Opt[[]facts.Thread]{}, facts.Opt[string]{}
		})
		if !s.Refused || s.Forceable || !strings.Contains(s.Why, as) {
			t.Errorf("below %s: refused %v, forceable %v: %q, want %q", name, s.Refused, s.Forceable, s.Why, as)
		}
	}
	// A signal that it handles does not end it, so that nobody inherits.
	handles := func(s *facts.Snapshot) { old(s); mask(s, parentPID, 1<<9); s.Find(1).Comm = "sleep" }
	if s := plan(Options{Signal: 10}, handles); s.Refused || len(s.Heirs) != 0 {
		t.Errorf("SIGUSR1 with a handler: %s", s.Why)
	}
}

func ageOf(s *facts.Snapshot) (d time.Duration) {
	d, _ = s.Boottime.Get()
	return d
}

func TestMisuse(t *testing.T) {
	d, self := recorded(t, "never-waits-under-init", nil)
	for _, c := range []struct {
		o    Options
		says string
	}{
		{Options{PIDs: []int{4711}}, "PID 4711 was not found"},
		{Options{PIDs: []int{1}}, "PID 1 is not a zombie"},
		{Options{Parents: []int{4711}}, "PID 4711 was not found"},
		{Options{Terminate: true, All: true}, "only to parents that were chosen"},
		{Options{Signal: sys.SIGCONT}, "only to parents that were chosen"},
		{Options{Signal: 19, Parents: []int{parentPID}}, "stops a process"},
		{Options{Signal: 65, Parents: []int{parentPID}}, "signal 65 does not exist"},
		{Options{Signal: 10, Terminate: true, Parents: []int{parentPID}}, "and not both"},
	} {
		c.o.Self = self
		if _, err := Make(d, c.o); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v, want %q", c.o, err, c.says)
		}
	}
}

func TestSelectors(t *testing.T) {
	d, self := recorded(t, "never-waits-under-init", nil)
	first := d.Scope.Zombies[0].Process.PID
	for _, c := range []struct {
		o    Options
		want int
	}{{Options{}, 3}, {Options{PIDs: []int{first}}, 1}, {Options{Parents: []int{parentPID}}, 3}, {Options{Parents: []int{1}}, 0}} {
		c.o.Self = self
		p, err := Make(d, c.o)
		if err != nil {
			t.Fatal(err)
		}
		if p.Zombies() != c.want {
			t.Errorf("%+v: %d zombies, want %d", c.o, p.Zombies(), c.want)
		}
	}
}

// Several parties are visible: somebody has to choose.
func TestSeveral(t *testing.T) {
	other := func(edit func(*facts.Status)) func(*facts.Snapshot) {
		return func(s *facts.Snapshot) {
			st, _ := s.Find(parentPID).Deep.Status.Get()
			edit(&st)
			s.Find(parentPID).Deep.Status = facts.Some(st)
			closer(s)
		}
	}
	for _, c := range []struct {
		what string
		edit func(*facts.Snapshot)
	}{
		{"", nil},
		{"", closer},
		{"user", other(func(st *facts.Status) { st.UID = facts.Some(1000) })},
		{"user", other(func(st *facts.Status) { st.UID = facts.Opt[int]{} })},
		{"PID namespace", other(func(st *facts.Status) { st.NSpid = facts.Some([]int{parentPID, 7}) })},
		{"container", func(s *facts.Snapshot) {
			s.Find(parentPID).Deep.Cgroups = facts.Some([]facts.CgroupPath{{Path: "/docker/" + strings.Repeat("ab", 32)}})
			closer(s)
		}},
	} {
		d, self := recorded(t, "never-waits-under-init", c.edit)
		p, err := Make(d, Options{Self: self})
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Unchosen; (got != "") != (c.what != "") || !strings.Contains(got, c.what) {
			t.Errorf("unchosen %q, want %q", got, c.what)
		}
		for _, o := range []Options{{Self: self, All: true}, {Self: self, Parents: []int{parentPID}}} {
			if p, err := Make(d, o); err != nil || p.Unchosen != "" {
				t.Errorf("%+v: %v, %q", o, err, p.Unchosen)
			}
		}
	}
}

// closer looks at who made the recording as closely as a look at a running
// machine does: there it is where PID 1 is.
func closer(s *facts.Snapshot) {
	self, _ := s.Self.Get()
	s.Find(self.PID).Deep = s.Find(1).Deep
}
