package diagnose

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/diagnose/looktest"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// found lists the findings as "rule subject certainty".
func found(d *Diagnosis) []string {
	out := []string{}
	for _, f := range d.Findings {
		if f.Rule == "Z902" && f.Zombies > 0 {
			continue // these snapshots hold neither clocks nor exit statuses
		}
		out = append(out, fmt.Sprintf("%s %d %s", f.Rule, f.Subject.PID, f.Certainty))
	}
	slices.Sort(out)
	return out
}

func TestFindings(t *testing.T) {
	parent := proc{PID: 7, PPID: 1, Comm: "leaky"}
	for name, c := range map[string]struct {
		s    *facts.Snapshot
		want []string
		init Answer
	}{
		"nothing": {look(tini), nil, Unknown},
		"a living parent that never waits, under a good init": {
			look(tini, parent, zombie(8, 7)), []string{"Z201 7 certain", "Z305 7 likely"}, No},
		"the same in one look": {
			lookOnce(tini, parent, zombie(8, 7)), []string{"Z201 7 likely", "Z305 7 likely"}, No},
		"the same, threads hidden": {
			look(tini, with(parent, func(p *proc) { p.NoThreads = true }), zombie(8, 7)),
			[]string{"Z201 7 likely", "Z305 7 likely"}, No},
		"a parent that has reaped and shows no means to": {
			look(tini, with(parent, func(p *proc) { p.Reaped = true }), zombie(8, 7)),
			[]string{"Z201 7 likely", "Z305 7 likely"}, No},
		"a Go program that has reaped: its handler says nothing": {
			look(tini, with(parent, func(p *proc) { p.Reaped = true; p.Caught = 0xfffffffd7fc1fefd }), zombie(8, 7)),
			[]string{"Z201 7 likely", "Z305 7 likely"}, No},
		"a parent with a handler that has reaped: not decided": {
			look(tini, with(parent, func(p *proc) { p.Reaped = true; p.Caught = 0x10000 }), zombie(8, 7)),
			[]string{"Z305 7 likely"}, No},
		"a parent that has reaped, threads hidden: not decided": {
			look(tini, with(parent, func(p *proc) { p.Reaped = true; p.NoThreads = true }), zombie(8, 7)),
			[]string{"Z305 7 likely"}, No},
		"a shell with a foreground job: blocked, and it waits": {
			look(tini, with(parent, func(p *proc) { p.Reaped = true; p.Blocked = 0x10000; p.Syscall = 61; p.WaitsFor = -1 }), zombie(8, 7)),
			[]string{"Z305 7 likely"}, No},
		"a parent that waits for another child": {
			look(tini, with(parent, func(p *proc) { p.Syscall = 61; p.WaitsFor = 99 }), zombie(8, 7)),
			[]string{"Z202 7 certain", "Z305 7 likely"}, No},
		"a parent in sigtimedwait, by its wchan": {
			look(tini, with(parent, func(p *proc) { p.Wchan = "do_sigtimedwait.isra.0" }), zombie(8, 7)),
			[]string{"Z305 7 likely"}, No},
		"a stopped parent": {
			look(tini, with(parent, func(p *proc) { p.State = facts.Stopped }), zombie(8, 7)),
			[]string{"Z205 7 certain", "Z305 7 likely"}, No},
		"a parent that waits, in another architecture's numbers": {
			look(tini, with(parent, func(p *proc) { p.Wchan = "do_wait"; p.Syscall = 114 }), zombie(8, 7)),
			[]string{"Z305 7 likely"}, No},
		"a parent in uninterruptible sleep": {
			look(tini, with(parent, func(p *proc) { p.State = facts.Uninterruptible }), zombie(8, 7)),
			[]string{"Z208 7 likely", "Z305 7 likely"}, No},
		"a parent on the move, that has reaped": {
			look(tini, with(parent, func(p *proc) { p.Reaped = true; p.Running = true }), zombie(8, 7)),
			[]string{"Z305 7 likely"}, No},
		"one look at a parent that has reaped": {
			lookOnce(tini, with(parent, func(p *proc) { p.Reaped = true }), zombie(8, 7)),
			[]string{"Z305 7 likely"}, No},
		"a tini on the move: its mask is of another moment": {
			look(with(tini, func(p *proc) { p.Running = true; p.Wchan = "" })), nil, Unknown},
		"one look at an init": {
			lookOnce(tini, zombie(8, 1)), []string{"Z301 1 possible"}, No},
		"an init that is stopped": {
			look(with(tini, func(p *proc) { p.State = facts.Stopped }), zombie(8, 1)), []string{"Z205 1 certain", "Z301 1 likely"}, No},
		"PID 1 and its child share a session whose leader is gone": {
			look(with(app, func(p *proc) { p.SID, p.PGRP = 40, 40 }), with(zombie(8, 1), func(p *proc) { p.SID, p.PGRP = 40, 40 })),
			[]string{"Z301 1 likely", "Z303 1 certain"}, Unknown},
		"a kernel thread is never to blame": {
			look(tini, proc{PID: 7, Comm: "kthreadd", Kernel: true}, zombie(8, 7)), nil, No},
		"PID 1, older child: adopted for sure": {
			look(with(app, func(p *proc) { p.Start = 500 }), zombie(8, 1)),
			[]string{"Z301 1 certain", "Z303 1 certain"}, Yes},
		"PID 1, session leader gone: adopted": {
			look(app, with(zombie(8, 1), func(p *proc) { p.SID, p.PGRP = 6, 6 })),
			[]string{"Z301 1 likely", "Z303 1 certain"}, Yes},
		"PID 1, session leader outside (0) says nothing": {
			look(app, with(zombie(8, 1), func(p *proc) { p.PGRP = 1 })),
			[]string{"Z301 1 likely", "Z303 1 certain"}, Unknown},
		"PID 1, session leader is there": {
			look(app, proc{PID: 6, PPID: 1, Comm: "x"}, with(zombie(8, 1), func(p *proc) { p.SID, p.PGRP = 6, 6 })),
			[]string{"Z301 1 likely", "Z303 1 certain"}, Unknown},
		"PID 1, its own child: an init does not help": {
			look(app, with(zombie(8, 1), func(p *proc) { p.ExitSignal = 10 })),
			[]string{"Z104 8 certain", "Z302 1 likely", "Z303 1 certain"}, No},
		"PID 1 with both": {
			look(app, with(zombie(8, 1), func(p *proc) { p.ExitSignal = 10 }), with(zombie(9, 1), func(p *proc) { p.SID = 6 })),
			[]string{"Z104 8 certain", "Z301 1 likely", "Z303 1 certain"}, Yes},
		"an init that keeps zombies: evidence beats its name": {
			look(tini, zombie(8, 1)), []string{"Z301 1 likely"}, No},
		"dead leader: nobody to blame": {
			look(tini, parent, with(zombie(8, 7), func(p *proc) { p.Threads = 2 })), []string{"Z102 8 likely"}, No},
		"parent outside": {
			look(tini, zombie(8, 0)), []string{"Z105 8 certain"}, No},
		"no zombie, an app as PID 1": {
			look(app), []string{"Z302 1 likely", "Z303 1 certain"}, Unknown},
		"no zombie, a shell as PID 1": {
			look(proc{PID: 1, Comm: "sh", Reaped: true, Syscall: 61, WaitsFor: -1}),
			[]string{"Z302 1 likely", "Z303 1 certain"}, Unknown},
		"a parent that is not in view": {
			look(tini, zombie(8, 5)), []string{"Z901 0 certain"}, Unknown},
		"a pod with its pause": {
			look(proc{PID: 1, Comm: "pause", Args: []string{"/pause"}, Reaped: true, Caught: 0x14002}, proc{PID: 8, Comm: "nginx"}, proc{PID: 9, PPID: 8, Comm: "nginx"}),
			[]string{"Z306 1 likely"}, Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			d := Diagnose(c.s, Options{})
			got := found(d)
			if c.want == nil {
				c.want = []string{}
			}
			if name == "a kernel thread is never to blame" { // it shows that this is a host
				got = slices.DeleteFunc(got, func(s string) bool { return strings.HasPrefix(s, "Z305") })
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if d.InitWouldHelp != c.init {
				t.Errorf("an init would help: %s, want %s", d.InitWouldHelp, c.init)
			}
			if d.Sentence == "" {
				t.Error("no sentence")
			}
		})
	}
}

func TestTransient(t *testing.T) {
	for name, s := range looktest.Passing() {
		t.Run(name, func(t *testing.T) {
			d := Diagnose(s, Options{})
			if got := found(d); !slices.Equal(got, []string{"Z101 7 certain"}) || d.Transient != 1 || len(d.Zombies) != 0 || len(d.Parents) != 0 {
				t.Errorf("got %q, %d transient, %d zombies, %d parents", got, d.Transient, len(d.Zombies), len(d.Parents))
			}
		})
	}
}

func TestAdoptedBetweenLooks(t *testing.T) {
	s := look(app, proc{PID: 7, PPID: 1, Comm: "middle"}, zombie(8, 7))
	a := s.Again.Procs[8]
	a.PPID = 1
	s.Again.Procs[8] = a
	d := Diagnose(s, Options{})
	if z := d.Zombies[0]; z.Origin.Descent != observe.Adopted || z.Origin.Sure != Certain || z.PPID != 1 {
		t.Errorf("got %+v", z)
	}
	if got := found(d); !slices.Contains(got, "Z301 1 certain") || slices.Contains(got, "Z201 7 certain") {
		t.Errorf("got %q: the parent at the last look is to blame", got)
	}
}

func TestNestedNamespace(t *testing.T) {
	// Seen from a node: a container whose PID 1 is 100 here, and a zombie in
	// it; another one was entered from outside and has a parent out here.
	s := look(
		proc{PID: 1, Comm: "systemd", Reaped: true, NS: initNS},
		proc{PID: 2, Comm: "kthreadd", Kernel: true},
		proc{PID: 90, PPID: 1, Comm: "shim", NS: initNS},
		proc{PID: 100, PPID: 90, Comm: "app", NSpid: []int{100, 1}, NS: 77},
		proc{PID: 110, PPID: 100, Comm: "child", State: facts.Zombie, NSpid: []int{110, 9}, NS: 77, SID: 105},
		proc{PID: 120, PPID: 90, Comm: "probe", State: facts.Zombie, NSpid: []int{120, 12}, NS: 77},
	)
	d := Diagnose(s, Options{})
	if len(d.Namespaces) != 2 || d.Namespaces[1].PID1.Process.PID != 100 || d.Namespaces[1].Zombies != 2 || d.Namespaces[1].Ours {
		t.Fatalf("namespaces: %+v", d.Namespaces)
	}
	want := []string{"Z201 90 certain", "Z301 100 likely", "Z303 100 certain", "Z305 90 likely"}
	if got := found(d); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, p := range d.Parents {
		if p.IsPID1 != (p.PID == 100) {
			t.Errorf("parent %d: PID 1 %v", p.PID, p.IsPID1)
		}
	}
}

func TestPID1(t *testing.T) {
	const term, chld = 0x4000, 0x10000
	for name, c := range map[string]struct {
		p                    proc
		init, reaps, sigterm Answer
	}{
		"tini":                        {tini, Yes, Yes, Yes},
		"docker-init":                 {proc{Comm: "docker-init", Args: []string{"/sbin/docker-init", "--", "x"}, Wchan: "do_sigtimedwait"}, Yes, Yes, Yes},
		"podman's, mounted as init":   {proc{Comm: "init", Args: []string{"/dev/init", "--", "sh"}, Exe: "/dev/init", Blocked: ^uint64(0)}, Yes, Yes, Unknown},
		"catatonit":                   {proc{Comm: "catatonit", Args: []string{"catatonit", "--", "x"}, Blocked: ^uint64(0)}, Yes, Yes, Yes},
		"s6-svscan blocks SIGCHLD":    {proc{Comm: "s6-svscan", Blocked: chld | term}, Yes, Yes, Yes},
		"zombiectl init":              {proc{Comm: "zombiectl", Args: []string{"zombiectl", "init", "--", "x"}, Caught: 0xfffffffd7fc1fefd}, Yes, Yes, Yes},
		"zombiectl exporter":          {proc{Comm: "zombiectl", Args: []string{"zombiectl", "exporter"}, Caught: 0xfffffffd7fc1fefd}, No, No, Yes},
		"an idle Go program":          {proc{Comm: "server", Caught: 0xfffffffd7fc1fefd}, No, No, Yes},
		"bash":                        {proc{Comm: "bash", Reaped: true, Syscall: 61, WaitsFor: -1}, No, Yes, No},
		"a login shell":               {proc{Comm: "x", Args: []string{"-bash"}, Reaped: true}, No, Yes, No},
		"bash with a trap for TERM":   {proc{Comm: "bash", Reaped: true, Caught: term | chld}, No, Yes, Unknown},
		"python by its executable":    {proc{Comm: "app.py", Exe: "/usr/bin/python3.11"}, No, No, No},
		"supervisord, run by python":  {proc{Comm: "supervisord", Args: []string{"/usr/bin/python3", "/usr/bin/supervisord"}, Exe: "/usr/bin/python3.11", Caught: term | chld}, Yes, Yes, Yes},
		"python in os.wait()":         {proc{Comm: "python3", Syscall: 61, WaitsFor: -1}, No, Yes, No},
		"node: its own handler":       {proc{Comm: "node", Caught: term | chld}, No, No, Unknown},
		"sleep":                       {proc{Comm: "sleep"}, No, No, No},
		"nothing known, no handler":   {proc{Comm: "app"}, No, No, No},
		"nothing known, handler":      {proc{Comm: "app", Caught: chld | term}, Unknown, Unknown, Yes},
		"nothing known, has reaped":   {proc{Comm: "app", Reaped: true, Caught: chld}, Unknown, Unknown, No},
		"ignores SIGCHLD":             {proc{Comm: "app", Ignored: chld, Caught: term}, Yes, Yes, Yes},
		"waits for any child":         {proc{Comm: "app", Syscall: 61, WaitsFor: -1, Caught: term}, Yes, Yes, Yes},
		"waits for one child":         {proc{Comm: "app", Syscall: 61, WaitsFor: 7}, Unknown, Unknown, No},
		"sigwait: who knows for what": {proc{Comm: "app", Wchan: "do_sigtimedwait"}, Unknown, Unknown, Unknown},
		"threads hidden":              {proc{Comm: "app", NoThreads: true}, Unknown, Unknown, Unknown},
		"a name of 15 bytes":          {proc{Comm: "containerd-shim"}, No, No, No},
		"nginx: old":                  {proc{Comm: "nginx", Args: []string{"nginx: master process nginx -g daemon off;"}, Caught: chld | term, Reaped: true}, No, Yes, Yes},
	} {
		t.Run(name, func(t *testing.T) {
			p := c.p
			p.PID = 1
			d := Diagnose(look(p), Options{})
			v := d.Namespaces[0].PID1
			if v.Init != c.init || v.Reaps != c.reaps || v.ForwardsSigterm != c.sigterm {
				t.Errorf("init %s (want %s), reaps %s (want %s: %s), SIGTERM %s (want %s: %s)",
					v.Init, c.init, v.Reaps, c.reaps, v.ReapsWhy, v.ForwardsSigterm, c.sigterm, v.ForwardsSigtermWhy)
			}
		})
	}
}

func TestUnknownFacts(t *testing.T) {
	d := Diagnose(look(tini, proc{PID: 7, PPID: 1, Comm: "leaky"}, zombie(8, 7)), Options{})
	var messages []string
	for _, f := range d.Findings {
		if f.Rule == "Z902" {
			messages = append(messages, message(f))
		}
	}
	if len(messages) != 2 || !strings.Contains(messages[0], "It is unknown how long 1 zombie has been dead: its /proc") || !strings.Contains(messages[1], "It is unknown how 1 zombie died") {
		t.Errorf("got %q", messages)
	}
}

func TestGaps(t *testing.T) {
	message := func(step int) string {
		procs := []proc{app}
		for i := range 8 {
			z := zombie(10+i*step, 1)
			z.Start = uint64(1000 + i)
			procs = append(procs, z)
		}
		return message(Diagnose(look(procs...), Options{}).Findings[0])
	}
	if m := message(2); !strings.Contains(m, "It may have adopted them") {
		t.Errorf("each took two PIDs: %q", m)
	}
	if m := message(1); strings.Contains(m, "It may have adopted them") {
		t.Errorf("each took one: %q", m)
	}
}

func TestHostPID1IsNotTold(t *testing.T) {
	s := look(app, proc{PID: 2, Comm: "kthreadd", Kernel: true})
	if got := found(Diagnose(s, Options{})); slices.Contains(got, "Z303 1 certain") {
		t.Errorf("got %q: Z303 is not for a host's PID 1", got)
	}
	// The control: the same in a container.
	if got := found(Diagnose(look(app), Options{})); !slices.Contains(got, "Z303 1 certain") {
		t.Errorf("got %q", got)
	}
}

func TestHostPIDNamespace(t *testing.T) {
	s := look(tini, proc{PID: 2, Comm: "kthreadd", Kernel: true})
	s.Mount = facts.Some(facts.ProcMount{Options: "rw"})
	s.Self = facts.Some(facts.Self{PID: 9, PIDNS: facts.Some(uint64(initNS)), CapEff: facts.Some(uint64(0)),
		Container: facts.Some(facts.Witness{File: "/proc/self/cgroup", Value: "/kubepods/pod1/c1"})})
	if got := found(Diagnose(s, Options{})); !slices.Equal(got, []string{"Z307 0 likely"}) {
		t.Errorf("got %q", got)
	}
	self, _ := s.Self.Get()
	self.PIDNS = facts.Some(uint64(4026532180))
	s.Self = facts.Some(self)
	s.Procs = s.Procs[:1]
	if got := found(Diagnose(s, Options{})); len(got) != 0 {
		t.Errorf("in a PID namespace of its own: got %q", got)
	}
}

// TestUnrelated: a healthy process that has nothing to do with it changes no
// finding.
func TestUnrelated(t *testing.T) {
	base := []proc{tini, {PID: 7, PPID: 1, Comm: "leaky"}, zombie(8, 7), with(zombie(9, 7), func(p *proc) { p.Threads = 3 })}
	want := Diagnose(look(base...), Options{}).Findings
	more := append(slices.Clone(base), proc{PID: 50, PPID: 1, Comm: "healthy", Shallow: true})
	if got := Diagnose(look(more...), Options{}).Findings; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestDeterministic(t *testing.T) {
	s := look(app, zombie(8, 1), zombie(9, 1), proc{PID: 10, PPID: 1, Comm: "a"}, zombie(11, 10), proc{PID: 12, PPID: 1, Comm: "b"}, zombie(13, 12))
	first := Diagnose(s, Options{})
	for range 20 {
		if d := Diagnose(s, Options{}); !reflect.DeepEqual(d.Findings, first.Findings) || d.Sentence != first.Sentence {
			t.Fatal("the same snapshot gave another diagnosis")
		}
	}
}
