package diagnose

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/scan"
)

// proc is a process for a test; what is not set is as an idle C program's.
type proc struct {
	pid, ppid  int
	comm       string
	state      scan.State
	start      uint64
	sid, pgrp  int
	reaped     bool // has waited for a child
	threads    int
	exitSignal int
	kernel     bool
	args       []string
	exe        string
	nspid      []int
	ns         uint64
	caught     uint64
	blocked    uint64
	ignored    uint64
	syscall    int // 0: nanosleep
	waitsFor   int // first argument of the system call
	wchan      string
	noThreads  bool // threads could not be read
	shallow    bool
	running    bool // on a CPU
}

func (p proc) build() scan.Process {
	s := scan.Stat{
		PID: p.pid, PPID: p.ppid, Comm: p.comm, State: p.state, StartTicks: p.start, Session: p.sid, PGRP: p.pgrp,
		NumThreads: max(1, p.threads), ExitSignal: scan.Some(scan.SIGCHLD), Processor: scan.Some(0),
	}
	if s.State == 0 {
		s.State = scan.Sleeping
	}
	if s.StartTicks == 0 {
		s.StartTicks = uint64(100 + p.pid)
	}
	if p.reaped {
		s.CMinFlt = 49
	}
	if p.exitSignal != 0 {
		s.ExitSignal = scan.Some(p.exitSignal)
	}
	if p.kernel {
		s.Flags = 0x00200000
	}
	out := scan.Process{Stat: s}
	if p.shallow || p.kernel {
		return out
	}
	nspid := p.nspid
	if nspid == nil {
		nspid = []int{p.pid}
	}
	st := scan.Status{
		Name: p.comm, State: s.State, NSpid: scan.Some(nspid), SigBlk: scan.Some(p.blocked), SigIgn: scan.Some(p.ignored),
		SigCgt: scan.Some(p.caught), SigPnd: scan.Some(uint64(0)), ShdPnd: scan.Some(uint64(0)), UID: scan.Some(0),
	}
	d := &scan.Detail{Status: scan.Some(st)}
	if p.ns != 0 {
		d.PIDNS = scan.Some(p.ns)
	}
	out.Deep = d
	if p.state == scan.Zombie {
		return out
	}
	args := p.args
	if args == nil {
		args = []string{p.comm}
	}
	d.Cmdline = scan.Some(args)
	if p.exe != "" {
		d.Exe = scan.Some(p.exe)
	}
	d.FDs = scan.Some([]scan.FDInfo{})
	if !p.noThreads {
		nr := p.syscall
		if nr == 0 {
			nr = 35 // nanosleep
		}
		sc := scan.Syscall{Nr: nr, Running: p.running}
		sc.Args[0] = uint64(p.waitsFor)
		d.Threads = scan.Some([]scan.Thread{{
			TID: p.pid, Stat: scan.Some(s), Status: scan.Some(st), Wchan: scan.Some(p.wchan), Syscall: scan.Some(sc),
		}})
	}
	return out
}

// look is a snapshot of these processes, looked at twice without a change.
func look(procs ...proc) *scan.Snapshot {
	s := lookOnce(procs...)
	s.Again = &scan.SecondLook{After: 100 * time.Millisecond, Procs: map[int]*scan.Again{}}
	for i := range s.Procs {
		p := &s.Procs[i]
		s.Again.Asked = append(s.Again.Asked, p.PID)
		s.Again.Procs[p.PID] = &scan.Again{Stat: p.Stat}
	}
	return s
}

func lookOnce(procs ...proc) *scan.Snapshot {
	s := &scan.Snapshot{Source: scan.Source{Kind: scan.Recorded}, Host: scan.Host{Arch: scan.Some("x86_64")}}
	slices.SortFunc(procs, func(a, b proc) int { return a.pid - b.pid })
	for _, p := range procs {
		s.Procs = append(s.Procs, p.build())
	}
	return s
}

var (
	tini   = proc{pid: 1, comm: "tini", reaped: true, wchan: "do_sigtimedwait", syscall: 128}
	app    = proc{pid: 1, comm: "app"}
	zombie = func(pid, ppid int) proc { return proc{pid: pid, ppid: ppid, comm: "child", state: scan.Zombie} }
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

func with(p proc, change func(*proc)) proc { change(&p); return p }

func TestFindings(t *testing.T) {
	parent := proc{pid: 7, ppid: 1, comm: "leaky"}
	for name, c := range map[string]struct {
		s    *scan.Snapshot
		want []string
		init Answer
	}{
		"nothing": {look(tini), nil, Unknown},
		"a living parent that never waits, under a good init": {
			look(tini, parent, zombie(8, 7)), []string{"Z201 7 certain", "Z305 7 likely"}, No},
		"the same in one look": {
			lookOnce(tini, parent, zombie(8, 7)), []string{"Z201 7 likely", "Z305 7 likely"}, No},
		"the same, threads hidden": {
			look(tini, with(parent, func(p *proc) { p.noThreads = true }), zombie(8, 7)),
			[]string{"Z201 7 likely", "Z305 7 likely"}, No},
		"a parent that has reaped and shows no means to": {
			look(tini, with(parent, func(p *proc) { p.reaped = true }), zombie(8, 7)),
			[]string{"Z201 7 likely", "Z305 7 likely"}, No},
		"a Go program that has reaped: its handler says nothing": {
			look(tini, with(parent, func(p *proc) { p.reaped = true; p.caught = 0xfffffffd7fc1fefd }), zombie(8, 7)),
			[]string{"Z201 7 likely", "Z305 7 likely"}, No},
		"a parent with a handler that has reaped: not decided": {
			look(tini, with(parent, func(p *proc) { p.reaped = true; p.caught = 0x10000 }), zombie(8, 7)),
			[]string{"Z305 7 likely"}, No},
		"a parent that has reaped, threads hidden: not decided": {
			look(tini, with(parent, func(p *proc) { p.reaped = true; p.noThreads = true }), zombie(8, 7)),
			[]string{"Z305 7 likely"}, No},
		"a shell with a foreground job: blocked, and it waits": {
			look(tini, with(parent, func(p *proc) { p.reaped = true; p.blocked = 0x10000; p.syscall = 61; p.waitsFor = -1 }), zombie(8, 7)),
			[]string{"Z305 7 likely"}, No},
		"a parent that waits for another child": {
			look(tini, with(parent, func(p *proc) { p.syscall = 61; p.waitsFor = 99 }), zombie(8, 7)),
			[]string{"Z202 7 certain", "Z305 7 likely"}, No},
		"a parent in sigtimedwait, by its wchan": {
			look(tini, with(parent, func(p *proc) { p.wchan = "do_sigtimedwait.isra.0" }), zombie(8, 7)),
			[]string{"Z305 7 likely"}, No},
		"a stopped parent": {
			look(tini, with(parent, func(p *proc) { p.state = scan.Stopped }), zombie(8, 7)),
			[]string{"Z205 7 certain", "Z305 7 likely"}, No},
		"a parent that waits, in another architecture's numbers": {
			look(tini, with(parent, func(p *proc) { p.wchan = "do_wait"; p.syscall = 114 }), zombie(8, 7)),
			[]string{"Z305 7 likely"}, No},
		"a parent in uninterruptible sleep": {
			look(tini, with(parent, func(p *proc) { p.state = scan.Uninterruptible }), zombie(8, 7)),
			[]string{"Z208 7 likely", "Z305 7 likely"}, No},
		"a parent on the move, that has reaped": {
			look(tini, with(parent, func(p *proc) { p.reaped = true; p.running = true }), zombie(8, 7)),
			[]string{"Z305 7 likely"}, No},
		"one look at a parent that has reaped": {
			lookOnce(tini, with(parent, func(p *proc) { p.reaped = true }), zombie(8, 7)),
			[]string{"Z305 7 likely"}, No},
		"a tini on the move: its mask is of another moment": {
			look(with(tini, func(p *proc) { p.running = true; p.wchan = "" })), nil, Unknown},
		"one look at an init": {
			lookOnce(tini, zombie(8, 1)), []string{"Z301 1 possible"}, No},
		"an init that is stopped": {
			look(with(tini, func(p *proc) { p.state = scan.Stopped }), zombie(8, 1)), []string{"Z205 1 certain", "Z301 1 likely"}, No},
		"PID 1 and its child share a session whose leader is gone": {
			look(with(app, func(p *proc) { p.sid, p.pgrp = 40, 40 }), with(zombie(8, 1), func(p *proc) { p.sid, p.pgrp = 40, 40 })),
			[]string{"Z301 1 likely", "Z303 1 certain"}, Unknown},
		"a kernel thread is never to blame": {
			look(tini, proc{pid: 7, comm: "kthreadd", kernel: true}, zombie(8, 7)), nil, No},
		"PID 1, older child: adopted for sure": {
			look(with(app, func(p *proc) { p.start = 500 }), zombie(8, 1)),
			[]string{"Z301 1 certain", "Z303 1 certain"}, Yes},
		"PID 1, session leader gone: adopted": {
			look(app, with(zombie(8, 1), func(p *proc) { p.sid, p.pgrp = 6, 6 })),
			[]string{"Z301 1 likely", "Z303 1 certain"}, Yes},
		"PID 1, session leader outside (0) says nothing": {
			look(app, with(zombie(8, 1), func(p *proc) { p.pgrp = 1 })),
			[]string{"Z301 1 likely", "Z303 1 certain"}, Unknown},
		"PID 1, session leader is there": {
			look(app, proc{pid: 6, ppid: 1, comm: "x"}, with(zombie(8, 1), func(p *proc) { p.sid, p.pgrp = 6, 6 })),
			[]string{"Z301 1 likely", "Z303 1 certain"}, Unknown},
		"PID 1, its own child: an init does not help": {
			look(app, with(zombie(8, 1), func(p *proc) { p.exitSignal = 10 })),
			[]string{"Z104 8 certain", "Z302 1 likely", "Z303 1 certain"}, No},
		"PID 1 with both": {
			look(app, with(zombie(8, 1), func(p *proc) { p.exitSignal = 10 }), with(zombie(9, 1), func(p *proc) { p.sid = 6 })),
			[]string{"Z104 8 certain", "Z301 1 likely", "Z303 1 certain"}, Yes},
		"an init that keeps zombies: evidence beats its name": {
			look(tini, zombie(8, 1)), []string{"Z301 1 likely"}, No},
		"dead leader: nobody to blame": {
			look(tini, parent, with(zombie(8, 7), func(p *proc) { p.threads = 2 })), []string{"Z102 8 likely"}, No},
		"parent outside": {
			look(tini, zombie(8, 0)), []string{"Z105 8 certain"}, No},
		"no zombie, an app as PID 1": {
			look(app), []string{"Z302 1 likely", "Z303 1 certain"}, Unknown},
		"no zombie, a shell as PID 1": {
			look(proc{pid: 1, comm: "sh", reaped: true, syscall: 61, waitsFor: -1}),
			[]string{"Z302 1 likely", "Z303 1 certain"}, Unknown},
		"a parent that is not in view": {
			look(tini, zombie(8, 5)), []string{"Z901 0 certain"}, Unknown},
		"a pod with its pause": {
			look(proc{pid: 1, comm: "pause", args: []string{"/pause"}, reaped: true, caught: 0x14002}, proc{pid: 8, comm: "nginx"}, proc{pid: 9, ppid: 8, comm: "nginx"}),
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
	for name, change := range map[string]func(*scan.Snapshot){
		"gone": func(s *scan.Snapshot) { delete(s.Again.Procs, 8) },
		"its PID reused": func(s *scan.Snapshot) {
			s.Again.Procs[8] = &scan.Again{Stat: scan.Stat{PID: 8, PPID: 7, State: scan.Zombie, StartTicks: 999}}
		},
		"alive after all (another process, same tick)": func(s *scan.Snapshot) {
			a := s.Again.Procs[8]
			a.State = scan.Running
			s.Again.Procs[8] = a
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := look(tini, proc{pid: 7, ppid: 1, comm: "busy", reaped: true}, zombie(8, 7))
			change(s)
			d := Diagnose(s, Options{})
			if got := found(d); !slices.Equal(got, []string{"Z101 7 certain"}) || d.Transient != 1 || len(d.Zombies) != 0 || len(d.Parents) != 0 {
				t.Errorf("got %q, %d transient, %d zombies, %d parents", got, d.Transient, len(d.Zombies), len(d.Parents))
			}
			if v := (Policy{}).Judge(d); v.ExitCode != 0 {
				t.Errorf("check says %+v", v)
			}
		})
	}
}

func TestAdoptedBetweenLooks(t *testing.T) {
	s := look(app, proc{pid: 7, ppid: 1, comm: "middle"}, zombie(8, 7))
	a := s.Again.Procs[8]
	a.PPID = 1
	s.Again.Procs[8] = a
	d := Diagnose(s, Options{})
	if z := d.Zombies[0]; z.Origin != Adopted || z.OriginSure != Certain || z.PPID != 1 {
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
		proc{pid: 1, comm: "systemd", reaped: true, ns: initNS},
		proc{pid: 2, comm: "kthreadd", kernel: true},
		proc{pid: 90, ppid: 1, comm: "shim", ns: initNS},
		proc{pid: 100, ppid: 90, comm: "app", nspid: []int{100, 1}, ns: 77},
		proc{pid: 110, ppid: 100, comm: "child", state: scan.Zombie, nspid: []int{110, 9}, ns: 77, sid: 105},
		proc{pid: 120, ppid: 90, comm: "probe", state: scan.Zombie, nspid: []int{120, 12}, ns: 77},
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

// capSysPtrace is CAP_SYS_PTRACE (capabilities(7)).
const capSysPtrace = 19

func TestBlind(t *testing.T) {
	mount := func(hide string, gid int, pidOnly bool) func(*scan.Snapshot) {
		return func(s *scan.Snapshot) {
			m := scan.ProcMount{Options: "rw", HidePID: hide, PIDOnly: pidOnly}
			if gid != 0 {
				m.GID = scan.Some(gid)
			}
			s.Mount = scan.Some(m)
		}
	}
	self := func(caps uint64, groups ...int) scan.Opt[scan.Self] {
		return scan.Some(scan.Self{PID: 1, UID: 1000, CapEff: scan.Some(caps), Groups: scan.Some(groups)})
	}
	unread := func(u scan.Unread) func(*scan.Snapshot) {
		return func(s *scan.Snapshot) { s.Unread = append(s.Unread, u) }
	}
	for name, c := range map[string]struct {
		self   scan.Opt[scan.Self]
		change func(*scan.Snapshot)
		want   bool
	}{
		"plain":                             {self(0), mount("", 0, false), false},
		"hidepid=off":                       {self(0), mount("off", 0, false), false},
		"hidepid, in group 0":               {self(0, 0), mount("invisible", 0, false), false},
		"hidepid":                           {self(0), mount("invisible", 0, false), true},
		"hidepid, self unknown":             {scan.Opt[scan.Self]{}, mount("2", 0, false), true},
		"hidepid, CAP_SYS_PTRACE":           {self(1 << capSysPtrace), mount("invisible", 0, false), false},
		"hidepid, in the group":             {self(0, 27), mount("invisible", 27, false), false},
		"hidepid, not in the group":         {self(0, 28), mount("invisible", 27, false), true},
		"hidepid=ptraceable, in the group":  {self(0, 27), mount("ptraceable", 27, false), true},
		"subset=pid":                        {self(1 << capSysPtrace), mount("", 0, true), true},
		"a stat that was denied":            {self(0), unread(scan.Unread{PID: 9, File: "proc/9/stat", Denied: true, Reason: "permission denied"}), true},
		"a malformed file":                  {self(0), unread(scan.Unread{PID: 1, File: "proc/1/status", Reason: "no State line"}), true},
		"a fact the kernel does not tell":   {self(0), unread(scan.Unread{PID: 1, File: "proc/1/exe", Denied: true, Reason: "permission denied"}), false},
		"a capture of some processes alone": {self(0), func(s *scan.Snapshot) { s.Only = []int{1} }, true},
		"options of the mount unknown":      {self(0), func(s *scan.Snapshot) { s.Mount = scan.Opt[scan.ProcMount]{} }, true},
		"the same with CAP_SYS_PTRACE":      {self(1 << capSysPtrace), func(s *scan.Snapshot) { s.Mount = scan.Opt[scan.ProcMount]{} }, false},
		"not all threads were looked at":    {self(0), unread(scan.Unread{PID: 1, File: "proc/1/task", Skipped: true, Reason: "5000 threads, only 4096 were looked at"}), false},
	} {
		t.Run(name, func(t *testing.T) {
			s := look(tini)
			s.Self = c.self
			s.Mount = scan.Some(scan.ProcMount{Options: "rw"})
			c.change(s)
			d := Diagnose(s, Options{})
			if d.Blind != c.want {
				t.Errorf("blind %v, want %v: %q", d.Blind, c.want, found(d))
			}
			if c.want == strings.HasPrefix(d.Sentence, "No zombies") {
				t.Errorf("sentence %q", d.Sentence)
			}
			code := 0
			if c.want {
				code = 3
			}
			if v := (Policy{}).Judge(d); v.ExitCode != code {
				t.Errorf("check: %+v, want exit code %d", v, code)
			}
			if v := (Policy{AllowPartial: true}).Judge(d); v.ExitCode != 0 {
				t.Errorf("check --allow-partial: %+v", v)
			}
		})
	}
}

func TestPID1(t *testing.T) {
	const term, chld = 0x4000, 0x10000
	for name, c := range map[string]struct {
		p                    proc
		init, reaps, sigterm Answer
	}{
		"tini":                        {tini, Yes, Yes, Yes},
		"docker-init":                 {proc{comm: "docker-init", args: []string{"/sbin/docker-init", "--", "x"}, wchan: "do_sigtimedwait"}, Yes, Yes, Yes},
		"podman's, mounted as init":   {proc{comm: "init", args: []string{"/dev/init", "--", "sh"}, exe: "/dev/init", blocked: ^uint64(0)}, Yes, Yes, Unknown},
		"catatonit":                   {proc{comm: "catatonit", args: []string{"catatonit", "--", "x"}, blocked: ^uint64(0)}, Yes, Yes, Yes},
		"s6-svscan blocks SIGCHLD":    {proc{comm: "s6-svscan", blocked: chld | term}, Yes, Yes, Yes},
		"zombiectl init":              {proc{comm: "zombiectl", args: []string{"zombiectl", "init", "--", "x"}, caught: 0xfffffffd7fc1fefd}, Yes, Yes, Yes},
		"zombiectl exporter":          {proc{comm: "zombiectl", args: []string{"zombiectl", "exporter"}, caught: 0xfffffffd7fc1fefd}, No, No, Yes},
		"an idle Go program":          {proc{comm: "server", caught: 0xfffffffd7fc1fefd}, No, No, Yes},
		"bash":                        {proc{comm: "bash", reaped: true, syscall: 61, waitsFor: -1}, No, Yes, No},
		"a login shell":               {proc{comm: "x", args: []string{"-bash"}, reaped: true}, No, Yes, No},
		"bash with a trap for TERM":   {proc{comm: "bash", reaped: true, caught: term | chld}, No, Yes, Unknown},
		"python by its executable":    {proc{comm: "app.py", exe: "/usr/bin/python3.11"}, No, No, No},
		"supervisord, run by python":  {proc{comm: "supervisord", args: []string{"/usr/bin/python3", "/usr/bin/supervisord"}, exe: "/usr/bin/python3.11", caught: term | chld}, Yes, Yes, Yes},
		"python in os.wait()":         {proc{comm: "python3", syscall: 61, waitsFor: -1}, No, Yes, No},
		"node: its own handler":       {proc{comm: "node", caught: term | chld}, No, No, Unknown},
		"sleep":                       {proc{comm: "sleep"}, No, No, No},
		"nothing known, no handler":   {proc{comm: "app"}, No, No, No},
		"nothing known, handler":      {proc{comm: "app", caught: chld | term}, Unknown, Unknown, Yes},
		"nothing known, has reaped":   {proc{comm: "app", reaped: true, caught: chld}, Unknown, Unknown, No},
		"ignores SIGCHLD":             {proc{comm: "app", ignored: chld, caught: term}, Yes, Yes, Yes},
		"waits for any child":         {proc{comm: "app", syscall: 61, waitsFor: -1, caught: term}, Yes, Yes, Yes},
		"waits for one child":         {proc{comm: "app", syscall: 61, waitsFor: 7}, Unknown, Unknown, No},
		"sigwait: who knows for what": {proc{comm: "app", wchan: "do_sigtimedwait"}, Unknown, Unknown, Unknown},
		"threads hidden":              {proc{comm: "app", noThreads: true}, Unknown, Unknown, Unknown},
		"a name of 15 bytes":          {proc{comm: "containerd-shim"}, No, No, No},
		"nginx: old":                  {proc{comm: "nginx", args: []string{"nginx: master process nginx -g daemon off;"}, caught: chld | term, reaped: true}, No, Yes, Yes},
	} {
		t.Run(name, func(t *testing.T) {
			p := c.p
			p.pid = 1
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
	d := Diagnose(look(tini, proc{pid: 7, ppid: 1, comm: "leaky"}, zombie(8, 7)), Options{})
	var messages []string
	for _, f := range d.Findings {
		if f.Rule == "Z902" {
			messages = append(messages, f.Message)
		}
	}
	if len(messages) != 2 || !strings.Contains(messages[0], "1 zombie has been dead is unknown") || !strings.Contains(messages[1], "1 zombie died is unknown") {
		t.Errorf("got %q", messages)
	}
}

func TestGaps(t *testing.T) {
	message := func(step int) string {
		procs := []proc{app}
		for i := range 8 {
			z := zombie(10+i*step, 1)
			z.start = uint64(1000 + i)
			procs = append(procs, z)
		}
		return Diagnose(look(procs...), Options{}).Findings[0].Message
	}
	if m := message(2); !strings.Contains(m, "possibly adopted") {
		t.Errorf("each took two PIDs: %q", m)
	}
	if m := message(1); strings.Contains(m, "possibly adopted") {
		t.Errorf("each took one: %q", m)
	}
}

func TestHostPID1IsNotTold(t *testing.T) {
	s := look(app, proc{pid: 2, comm: "kthreadd", kernel: true})
	if got := found(Diagnose(s, Options{})); slices.Contains(got, "Z303 1 certain") {
		t.Errorf("got %q: Z303 is not for a host's PID 1", got)
	}
	// The control: the same in a container.
	if got := found(Diagnose(look(app), Options{})); !slices.Contains(got, "Z303 1 certain") {
		t.Errorf("got %q", got)
	}
}

func TestHostPIDNamespace(t *testing.T) {
	s := look(tini, proc{pid: 2, comm: "kthreadd", kernel: true})
	s.Mount = scan.Some(scan.ProcMount{Options: "rw"})
	s.Self = scan.Some(scan.Self{PID: 9, PIDNS: scan.Some(uint64(initNS)), CapEff: scan.Some(uint64(0)),
		Container: scan.Some(scan.Witness{File: "/proc/self/cgroup", Value: "/kubepods/pod1/c1"})})
	if got := found(Diagnose(s, Options{})); !slices.Equal(got, []string{"Z307 0 likely"}) {
		t.Errorf("got %q", got)
	}
	self, _ := s.Self.Get()
	self.PIDNS = scan.Some(uint64(4026532180))
	s.Self = scan.Some(self)
	s.Procs = s.Procs[:1]
	if got := found(Diagnose(s, Options{})); len(got) != 0 {
		t.Errorf("in a PID namespace of its own: got %q", got)
	}
}

// TestUnrelated: a healthy process that has nothing to do with it changes no
// finding.
func TestUnrelated(t *testing.T) {
	base := []proc{tini, {pid: 7, ppid: 1, comm: "leaky"}, zombie(8, 7), with(zombie(9, 7), func(p *proc) { p.threads = 3 })}
	want := Diagnose(look(base...), Options{}).Findings
	more := append(slices.Clone(base), proc{pid: 50, ppid: 1, comm: "healthy", shallow: true})
	if got := Diagnose(look(more...), Options{}).Findings; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestCatalogue(t *testing.T) {
	last := ""
	names := map[string]bool{}
	for _, r := range Rules() {
		if r.ID <= last || names[r.Name] {
			t.Errorf("%s %s: ids are ordered and names are unique", r.ID, r.Name)
		}
		last, names[r.Name] = r.ID, true
		for field, text := range map[string]string{"Title": r.Title, "Means": r.Means, "Confirm": r.Confirm, "Fix": r.Fix} {
			if strings.TrimSpace(text) == "" || strings.HasSuffix(r.Title, ".") {
				t.Errorf("%s: %s %q", r.ID, field, text)
			}
		}
		decided := 0
		for _, f := range []bool{r.zombie != nil, r.parent != nil, r.whole != nil} {
			if f {
				decided++
			}
		}
		if decided != 1 {
			t.Errorf("%s is decided in %d ways", r.ID, decided)
		}
	}
	for _, id := range primaryOrder {
		if FindRule(id) == nil {
			t.Errorf("%s has a rank and is no rule", id)
		}
	}
	for _, p := range programs() {
		if p.name == "" || !slices.Contains([]string{"init", "supervisor", "infra", "shell", "runtime", "server", "idle"}, p.kind) ||
			!slices.Contains([]Answer{Yes, No, Unknown}, p.reaps) || !slices.Contains([]Answer{Yes, No, Unknown}, p.sigterm) {
			t.Errorf("program table: %+v", p)
		}
	}
}

func TestDeterministic(t *testing.T) {
	s := look(app, zombie(8, 1), zombie(9, 1), proc{pid: 10, ppid: 1, comm: "a"}, zombie(11, 10), proc{pid: 12, ppid: 1, comm: "b"}, zombie(13, 12))
	first := Diagnose(s, Options{})
	for range 20 {
		if d := Diagnose(s, Options{}); !reflect.DeepEqual(d.Findings, first.Findings) || d.Sentence != first.Sentence {
			t.Fatal("the same snapshot gave another diagnosis")
		}
	}
}
