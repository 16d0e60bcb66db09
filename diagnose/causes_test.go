package diagnose

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// Numbers of system calls on x86-64.
const (
	sysWait4  = 61
	sysWaitid = 247
	sysVfork  = 58
)

const chld = 1 << (facts.SIGCHLD - 1)

// change edits a process of a snapshot, in the first look.
func change(s *facts.Snapshot, pid int, edit func(*facts.Process)) {
	p := s.Find(pid)
	edit(p)
}

// status edits what the status of a process and of its first thread says.
func status(p *facts.Process, edit func(*facts.Status)) {
	st, _ := p.Deep.Status.Get()
	edit(&st)
	p.Deep.Status = facts.Some(st)
	if threads, ok := p.Deep.Threads.Get(); ok {
		threads[0].Status = facts.Some(st)
	}
}

// calling sets what the first thread is blocked in.
func calling(p *facts.Process, nr int, args ...uint64) {
	threads, _ := p.Deep.Threads.Get()
	sc := facts.Syscall{Nr: nr}
	copy(sc.Args[:], args)
	threads[0].Syscall = facts.Some(sc)
}

// thread adds a thread.
func thread(p *facts.Process, nr int, args ...uint64) {
	threads, _ := p.Deep.Threads.Get()
	t := threads[0]
	t.TID = p.PID + 1000*len(threads)
	sc := facts.Syscall{Nr: nr}
	copy(sc.Args[:], args)
	t.Syscall = facts.Some(sc)
	p.Deep.Threads = facts.Some(append(slices.Clone(threads), t))
	p.NumThreads++
}

// closely makes the second look at a process show the same as the first, down
// to its threads, but for what edit changes.
func closely(s *facts.Snapshot, pid int, edit func(*facts.Again)) {
	p := s.Find(pid)
	a := &facts.Again{Stat: p.Stat, Status: p.Deep.Status, Wchan: p.Deep.Wchan, Threads: p.Deep.Threads}
	if threads, ok := a.Threads.Get(); ok {
		a.Threads = facts.Some(slices.Clone(threads))
	}
	if edit != nil {
		edit(a)
	}
	s.Again.Procs[pid] = a
}

// causesOf returns the rules found about a parent, primary cause first.
func causesOf(d *Diagnosis, pid int) []string {
	for _, p := range d.Parents {
		if p.PID == pid {
			return p.Rules
		}
	}
	return nil
}

// any1 is -1: any child.
const any1 = ^uint64(0)

func TestCauses(t *testing.T) {
	leaky := proc{PID: 7, PPID: 1, Comm: "app", Start: 100}
	reaps := with(leaky, func(p *proc) { p.Reaped = true })
	at := func(p proc, edit func(*facts.Process)) func() *facts.Snapshot {
		return func() *facts.Snapshot {
			s := look(tini, p, proc{PID: 6, PPID: 7, Comm: "job", Start: 101}, zombie(8, 7))
			if edit != nil {
				change(s, 7, edit)
			}
			closely(s, 7, nil)
			return s
		}
	}
	blocking := func(p *facts.Process) {
		status(p, func(st *facts.Status) { st.SigBlk, st.ShdPnd = facts.Some(uint64(chld)), facts.Some(uint64(chld)) })
	}
	blocked := func(second func(*facts.Again), first ...func(*facts.Process)) func() *facts.Snapshot {
		return func() *facts.Snapshot {
			s := at(reaps, blocking)()
			for _, edit := range first {
				change(s, 7, edit)
			}
			closely(s, 7, second)
			return s
		}
	}
	for name, c := range map[string]struct {
		s    func() *facts.Snapshot
		want []string // of the parent, PID 7
		sure Certainty
		says string // in the message of the first
	}{
		"waits by wait4":                      {at(leaky, func(p *facts.Process) { calling(p, sysWait4, 6) }), []string{"Z202"}, Certain, "is blocked waiting for another child, job (PID 6), and will not notice its zombie"},
		"waits for any":                       {at(leaky, func(p *facts.Process) { calling(p, sysWait4, any1) }), nil, "", ""},
		"waits for any of its thread's alone": {at(leaky, func(p *facts.Process) { calling(p, sysWait4, any1, 0, 0x20000000); thread(p, 35) }), []string{"Z202"}, Certain, ""},
		"the same, and it has one thread":     {at(leaky, func(p *facts.Process) { calling(p, sysWait4, any1, 0, 0x20000000) }), nil, "", ""},
		"waits for a group":                   {at(leaky, func(p *facts.Process) { p.PGRP = 50; calling(p, sysWait4, 0) }), []string{"Z202"}, Certain, ""},
		"waits for a group that is gone":      {at(leaky, func(p *facts.Process) { calling(p, sysWait4, ^uint64(49)) }), []string{"Z202"}, Certain, ""},
		"waits for the group of its zombie": {func() *facts.Snapshot {
			s := at(leaky, func(p *facts.Process) { p.PGRP = 50; calling(p, sysWait4, 0) })()
			s.Find(8).PGRP = 50
			return s
		}, nil, "", ""},
		"waits by waitid":         {at(leaky, func(p *facts.Process) { calling(p, sysWaitid, 1, 6, 0, 4) }), []string{"Z202"}, Certain, "waiting for another child, job (PID 6), and"},
		"waits by waitid for any": {at(leaky, func(p *facts.Process) { calling(p, sysWaitid, 0, 0, 0, 4) }), nil, "", ""},
		"waitid that peeks":       {at(leaky, func(p *facts.Process) { calling(p, sysWaitid, 0, 0, 0, 4|0x01000000) }), nil, "", ""},
		"waitid for stops alone":  {at(leaky, func(p *facts.Process) { calling(p, sysWaitid, 1, 6, 0, 2) }), nil, "", ""},
		"waits by a pidfd": {at(leaky, func(p *facts.Process) {
			calling(p, sysWaitid, 3, 9, 0, 4)
			p.Deep.FDs = facts.Some([]facts.FDInfo{{FD: 9, PID: facts.Some(6)}})
		}), []string{"Z202"}, Certain, "waiting for another child, job (PID 6), and"},
		"waits by a pidfd that is not known": {at(leaky, func(p *facts.Process) { calling(p, sysWaitid, 3, 9, 0, 4) }), []string{"Z202"}, Certain, "is blocked waiting for another child, and will"},
		"waits by a pidfd of one reaped": {at(leaky, func(p *facts.Process) {
			calling(p, sysWaitid, 3, 9, 0, 4)
			p.Deep.FDs = facts.Some([]facts.FDInfo{{FD: 9, PID: facts.Some(-1)}})
		}), []string{"Z202"}, Certain, "is blocked waiting for another child, and will"},
		"waits for this one":                    {at(leaky, func(p *facts.Process) { calling(p, sysWait4, 8) }), nil, "", ""},
		"another thread waits for any":          {at(leaky, func(p *facts.Process) { calling(p, sysWait4, 6); thread(p, sysWait4, any1) }), nil, "", ""},
		"every thread waits for its own (java)": {at(leaky, func(p *facts.Process) { calling(p, 202); thread(p, sysWait4, 6); thread(p, sysWait4, 99) }), []string{"Z202"}, Certain, "other children, job (PID 6), PID 99, and"},
		"another thread waits for signals":      {at(leaky, func(p *facts.Process) { calling(p, sysWait4, 6); thread(p, 128) }), nil, "", ""},
		"a thread that ended waits for nothing": {at(leaky, func(p *facts.Process) {
			thread(p, sysWait4, any1)
			threads, _ := p.Deep.Threads.Get()
			threads[1].Stat = facts.Some(facts.Stat{PID: threads[1].TID, State: facts.Zombie})
		}), []string{"Z201"}, Certain, ""},
		"waits, and has a handler":             {at(with(reaps, func(p *proc) { p.Caught = chld }), func(p *facts.Process) { calling(p, sysWait4, 6) }), []string{"Z202"}, Likely, ""},
		"suspended in vfork":                   {at(with(leaky, func(p *proc) { p.State = facts.Uninterruptible; p.Wchan = "kernel_clone" }), func(p *facts.Process) { calling(p, sysVfork) }), []string{"Z202"}, Certain, "suspended in vfork until"},
		"suspended in vfork, before Linux 5.9": {at(with(leaky, func(p *proc) { p.State = facts.Uninterruptible; p.Wchan = "wait_for_vfork_done" }), func(p *facts.Process) { calling(p, sysVfork) }), []string{"Z202"}, Certain, ""},

		"handler, has reaped":         {at(with(reaps, func(p *proc) { p.Caught = chld }), nil), []string{"Z203"}, Likely, "handles SIGCHLD"},
		"handler, has never reaped":   {at(with(leaky, func(p *proc) { p.Caught = chld }), nil), []string{"Z201"}, Certain, "has never waited"},
		"handler, and one is pending": {at(with(reaps, func(p *proc) { p.Caught = chld }), func(p *facts.Process) { status(p, func(st *facts.Status) { st.ShdPnd = facts.Some(uint64(chld)) }) }), nil, "", ""},
		"handler, and it runs":        {at(with(reaps, func(p *proc) { p.Caught = chld; p.State = facts.Running }), nil), nil, "", ""},
		"a Go program's handlers":     {at(with(reaps, func(p *proc) { p.Caught = 0xfffffffd7fc1fefd }), nil), []string{"Z201"}, Likely, "the Go runtime's"},
		"signalfd, blocked, has reaped": {at(with(reaps, func(p *proc) { p.Blocked = chld }), func(p *facts.Process) {
			p.Deep.FDs = facts.Some([]facts.FDInfo{{FD: 4, Sigmask: facts.Some(uint64(chld))}})
		}), []string{"Z203"}, Likely, "reads SIGCHLD from a signalfd"},
		"a signalfd for another signal": {at(with(reaps, func(p *proc) { p.Blocked = chld }), func(p *facts.Process) {
			p.Deep.FDs = facts.Some([]facts.FDInfo{{FD: 4, Sigmask: facts.Some(uint64(2))}})
		}), nil, "", ""},
		"sigwait: which signals is not known": {at(reaps, func(p *facts.Process) { calling(p, 128) }), nil, "", ""},
		"handler, the threads cannot be read": {at(with(reaps, func(p *proc) { p.Caught = chld; p.NoThreads = true }), nil), nil, "", ""},

		"blocked and pending twice": {blocked(nil), []string{"Z204"}, Certain, "in both looks"},
		"the second time it is delivered": {blocked(func(a *facts.Again) {
			st, _ := a.Status.Get()
			st.ShdPnd = facts.Some(uint64(0))
			a.Status = facts.Some(st)
		}), nil, "", ""},
		"the second time it is not blocked": {blocked(func(a *facts.Again) {
			threads, _ := a.Threads.Get()
			st, _ := threads[0].Status.Get()
			st.SigBlk = facts.Some(uint64(0))
			threads[0].Status = facts.Some(st)
		}), nil, "", ""},
		"the second time it waits": {blocked(func(a *facts.Again) {
			threads, _ := a.Threads.Get()
			threads[0].Syscall = facts.Some(facts.Syscall{Nr: sysWait4, Args: [6]uint64{any1}})
		}), nil, "", ""},
		"the second time the threads are hidden": {blocked(func(a *facts.Again) { a.Threads = facts.Opt[[]facts.Thread]{} }), nil, "", ""},
		"a foreground job":                       {blocked(nil, func(p *facts.Process) { calling(p, sysWait4, any1) }), nil, "", ""},
		"in system(3)":                           {blocked(nil, func(p *facts.Process) { calling(p, sysWait4, 6) }), []string{"Z202"}, Certain, ""},
		"a signalfd reads it": {blocked(nil, func(p *facts.Process) {
			p.Deep.FDs = facts.Some([]facts.FDInfo{{FD: 4, Sigmask: facts.Some(uint64(chld))}})
		}), nil, "", ""},
		"descriptors cannot be read": {blocked(nil, func(p *facts.Process) { p.Deep.FDs = facts.Opt[[]facts.FDInfo]{} }), nil, "", ""},
		"one thread does not block it": {blocked(nil, func(p *facts.Process) {
			thread(p, 35)
			threads, _ := p.Deep.Threads.Get()
			st, _ := threads[1].Status.Get()
			st.SigBlk = facts.Some(uint64(0))
			threads[1].Status = facts.Some(st)
		}), nil, "", ""},
		"blocked and pending, in one look": {func() *facts.Snapshot {
			s := lookOnce(tini, reaps, zombie(8, 7))
			change(s, 7, blocking)
			return s
		}, nil, "", ""},

		"stopped": {at(with(leaky, func(p *proc) { p.State = facts.Stopped }), nil), []string{"Z205"}, Certain, ""},
		"stopped, and goes on": {func() *facts.Snapshot {
			s := at(with(leaky, func(p *proc) { p.State = facts.Stopped }), nil)()
			closely(s, 7, func(a *facts.Again) { a.State = facts.Sleeping })
			return s
		}, []string{"Z201"}, Certain, ""},
		"held by a debugger":                       {at(with(leaky, func(p *proc) { p.State = facts.Traced }), func(p *facts.Process) { status(p, func(st *facts.Status) { st.TracerPID = facts.Some(6) }) }), []string{"Z206"}, Certain, "by its tracer, job (PID 6)"},
		"held by one that is not in view":          {at(with(leaky, func(p *proc) { p.State = facts.Traced }), func(p *facts.Process) { status(p, func(st *facts.Status) { st.TracerPID = facts.Some(999) }) }), []string{"Z206"}, Certain, "by its tracer, PID 999"},
		"traced, and runs":                         {at(leaky, func(p *facts.Process) { status(p, func(st *facts.Status) { st.TracerPID = facts.Some(6) }) }), []string{"Z201"}, Certain, ""},
		"in D twice":                               {at(with(leaky, func(p *proc) { p.State = facts.Uninterruptible; p.Wchan = "rpc_wait_bit_killable" }), func(p *facts.Process) { p.Deep.Wchan = facts.Some("rpc_wait_bit_killable") }), []string{"Z208"}, Certain, "in rpc_wait_bit_killable"},
		"its first thread in D, and another waits": {at(with(leaky, func(p *proc) { p.State = facts.Uninterruptible }), func(p *facts.Process) { thread(p, sysWait4, any1) }), nil, "", ""},
		"in D, what for is hidden":                 {at(with(leaky, func(p *proc) { p.State = facts.Uninterruptible; p.Wchan = "0"; p.NoThreads = true }), nil), []string{"Z208"}, Likely, ""},
		"in D, and then not": {func() *facts.Snapshot {
			s := at(with(reaps, func(p *proc) { p.State = facts.Uninterruptible; p.Caught = chld }), nil)()
			closely(s, 7, func(a *facts.Again) { a.State = facts.Sleeping })
			return s
		}, nil, "", ""},
		"in D, in one look": {func() *facts.Snapshot {
			return lookOnce(tini, with(leaky, func(p *proc) { p.State = facts.Uninterruptible }), zombie(8, 7))
		}, nil, "", ""},
		"in D, hidden, may be a vfork": {func() *facts.Snapshot {
			s := at(with(leaky, func(p *proc) { p.State = facts.Uninterruptible; p.NoThreads = true }), nil)()
			change(s, 6, func(p *facts.Process) { p.Flags = 0x40 })
			return s
		}, nil, "", ""},
		"frozen by v2": {at(leaky, func(p *facts.Process) {
			p.Deep.Freezers = []facts.Freezer{{File: "sys/fs/cgroup/a/b/cgroup.events", Field: "frozen", Value: "1", Frozen: true, By: "sys/fs/cgroup/a/cgroup.freeze"}}
		}), []string{"Z207"}, Certain, ""},
		"frozen, and its cgroup is out of sight": {at(leaky, func(p *facts.Process) { p.Deep.Wchan = facts.Some("get_signal") }), []string{"Z207"}, Likely, ""},
		"not frozen": {at(leaky, func(p *facts.Process) {
			p.Deep.Freezers = []facts.Freezer{{File: "sys/fs/cgroup/a/cgroup.events", Field: "frozen", Value: "0"}}
		}), []string{"Z201"}, Certain, ""},
		"frozen by v1, which looks like D": {at(with(leaky, func(p *proc) { p.State = facts.Uninterruptible }), func(p *facts.Process) {
			p.Deep.Freezers = []facts.Freezer{{File: "sys/fs/cgroup/freezer/a/freezer.state", Value: "FROZEN", Frozen: true, By: "sys/fs/cgroup/freezer/a/freezer.self_freezing"}}
		}), []string{"Z207"}, Certain, ""},
		"freezing by v1": {at(with(leaky, func(p *proc) { p.State = facts.Stopped }), func(p *facts.Process) {
			p.Deep.Freezers = []facts.Freezer{{File: "sys/fs/cgroup/freezer/a/freezer.state", Value: "FREEZING"}}
		}), []string{"Z205"}, Certain, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := c.s()
			d := Diagnose(s, Options{})
			got := slices.DeleteFunc(slices.Clone(causesOf(d, 7)), func(r string) bool { return r == "Z403" })
			if !slices.Equal(got, c.want) {
				t.Fatalf("rules %q, want %q", got, c.want)
			}
			if len(c.want) == 0 {
				return
			}
			p := d.Parents[slices.IndexFunc(d.Parents, func(p Parent) bool { return p.PID == 7 })]
			if p.Certainty != c.sure || p.Why == "" || p.InitWouldHelp != No || p.InitWhy == "" {
				t.Errorf("%s %q, an init would help: %s, %q; want %s and no", p.Certainty, p.Why, p.InitWouldHelp, p.InitWhy, c.sure)
			}
			f := findingOf(d, c.want[0])
			if !strings.Contains(message(f), c.says) || len(f.Evidence) == 0 || len(advice(f)) == 0 || f.Zombies != 1 {
				t.Errorf("%+v does not say %q", f, c.says)
			}
		})
	}
}

func findingOf(d *Diagnosis, rule string) Finding {
	for _, f := range d.Findings {
		if f.Rule == rule {
			return f
		}
	}
	return Finding{}
}

// TestThawAdvice: a cgroup may be called anything, and advice is pasted.
func TestThawAdvice(t *testing.T) {
	for name, want := range map[string]string{"a": "  echo 0 > /sys/fs/cgroup/a/cgroup.freeze", "a;reboot": "", "$(x)": "", "a b": ""} {
		s := look(tini, proc{PID: 7, PPID: 1, Comm: "app"}, zombie(8, 7))
		change(s, 7, func(p *facts.Process) {
			p.Deep.Freezers = []facts.Freezer{{File: "sys/fs/cgroup/" + name + "/cgroup.events", Field: "frozen", Value: "1", Frozen: true, By: "sys/fs/cgroup/" + name + "/cgroup.freeze"}}
		})
		f := findingOf(Diagnose(s, Options{}), "Z207")
		named := strings.Contains(strings.Join(advice(f), " "), name)
		if len(f.Evidence) == 0 || len(advice(f)) == 0 || (want != "") != slices.Contains(advice(f), want) || want == "" && named {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

// TestWaitsOnARM: system calls have other numbers there.
func TestWaitsOnARM(t *testing.T) {
	for name, c := range map[string]struct {
		nr   int
		args []uint64
		want []string
	}{
		"wait4":           {260, []uint64{6}, []string{"Z202"}},
		"wait4, any":      {260, []uint64{any1}, nil},
		"waitid":          {95, []uint64{1, 6, 0, 4}, []string{"Z202"}},
		"x86-64's number": {61, []uint64{6}, []string{"Z201"}},
	} {
		s := look(tini, proc{PID: 7, PPID: 1, Comm: "app"}, zombie(8, 7))
		s.Host.Arch = facts.Some("aarch64")
		change(s, 7, func(p *facts.Process) { calling(p, c.nr, c.args...) })
		if got := causesOf(Diagnose(s, Options{}), 7); !slices.Equal(got, c.want) {
			t.Errorf("%s: rules %q, want %q", name, got, c.want)
		}
	}
}

func TestTracer(t *testing.T) {
	for name, c := range map[string]struct {
		tracer int
		want   []string // of the zombie
	}{
		"another process":         {9, []string{"Z103"}},
		"a thread of another":     {90, []string{"Z103"}},
		"one that is not in view": {999, []string{"Z103"}},
		"its own parent":          {7, nil},
		"a thread of its parent":  {70, nil},
		"nobody":                  {0, nil},
	} {
		s := look(tini, proc{PID: 7, PPID: 1, Comm: "app"}, zombie(8, 7), proc{PID: 9, PPID: 1, Comm: "strace"})
		for _, pid := range []int{7, 9} {
			change(s, pid, func(p *facts.Process) {
				threads, _ := p.Deep.Threads.Get()
				p.Deep.Threads = facts.Some(append(slices.Clone(threads), facts.Thread{TID: pid * 10, Stat: threads[0].Stat, Syscall: threads[0].Syscall}))
			})
		}
		change(s, 8, func(p *facts.Process) { status(p, func(st *facts.Status) { st.TracerPID = facts.Some(c.tracer) }) })
		d := Diagnose(s, Options{})
		if got := d.Zombies[0].Rules; !slices.Equal(got, c.want) {
			t.Errorf("%s: rules %q, want %q", name, got, c.want)
		}
		if blamed := len(causesOf(d, 7)) > 0; blamed != (c.want == nil) {
			t.Errorf("%s: the parent is blamed: %v", name, blamed)
		}
	}
}

func TestExitSignal(t *testing.T) {
	for sig, want := range map[int][]string{10: {"Z104"}, facts.SIGCHLD: nil, -1: nil} {
		s := look(tini, proc{PID: 7, PPID: 1, Comm: "app"}, zombie(8, 7))
		change(s, 8, func(p *facts.Process) { p.ExitSignal = facts.Some(sig) })
		if got := Diagnose(s, Options{}).Zombies[0].Rules; !slices.Equal(got, want) {
			t.Errorf("exit signal %d: rules %q, want %q", sig, got, want)
		}
	}
	s := look(tini, proc{PID: 7, PPID: 1, Comm: "app"}, zombie(8, 7))
	change(s, 8, func(p *facts.Process) { p.ExitSignal = facts.Opt[int]{} })
	if got := Diagnose(s, Options{}).Zombies[0].Rules; got != nil {
		t.Errorf("exit signal unknown: rules %q", got)
	}
}

func TestInherited(t *testing.T) {
	const forked = 0x40
	sh := func(pid int) proc { z := zombie(pid, 7); z.Comm = "sh"; return z }
	server := proc{PID: 7, PPID: 1, Comm: "server", Exe: "/usr/bin/server"}
	for name, c := range map[string]struct {
		s    func() *facts.Snapshot
		want bool
	}{
		"zombies of a shell": {func() *facts.Snapshot {
			s := look(tini, server, sh(8))
			change(s, 8, func(p *facts.Process) { p.Flags = forked })
			return s
		}, true},
		"the shell called execve": {func() *facts.Snapshot { return look(tini, server, sh(8)) }, false},
		"the parent is a shell": {func() *facts.Snapshot {
			s := look(tini, with(server, func(p *proc) { p.Comm = "bash" }), sh(8))
			change(s, 8, func(p *facts.Process) { p.Flags = forked })
			return s
		}, false},
		"the parent never called execve": {func() *facts.Snapshot {
			s := look(tini, server, sh(8))
			change(s, 8, func(p *facts.Process) { p.Flags = forked })
			change(s, 7, func(p *facts.Process) { p.Flags = forked })
			return s
		}, false},
		"a worker with a name of its own": {func() *facts.Snapshot {
			s := look(tini, server, with(sh(8), func(p *proc) { p.Comm = "worker" }))
			change(s, 8, func(p *facts.Process) { p.Flags = forked })
			return s
		}, false},
		"PID 1 adopts": {func() *facts.Snapshot {
			s := look(with(server, func(p *proc) { p.PID, p.PPID = 1, 0 }), with(sh(8), func(p *proc) { p.PPID = 1 }))
			change(s, 8, func(p *facts.Process) { p.Flags = forked })
			return s
		}, false},
		"a living child runs another program": {func() *facts.Snapshot {
			s := look(tini, server, zombie(8, 7), proc{PID: 9, PPID: 7, Comm: "entrypoint", Exe: "/bin/bash"})
			change(s, 9, func(p *facts.Process) { p.Flags = forked })
			return s
		}, true},
		"a living child that called execve meanwhile": {func() *facts.Snapshot {
			s := look(tini, server, zombie(8, 7), proc{PID: 9, PPID: 7, Comm: "sleep", Exe: "/bin/sleep"})
			change(s, 9, func(p *facts.Process) { p.Flags, p.Comm = forked, "server" })
			return s
		}, false},
		"a program that starts nothing": {func() *facts.Snapshot {
			return look(tini, proc{PID: 7, PPID: 1, Comm: "sleep"}, zombie(8, 7), zombie(9, 7))
		}, true},
		"the same, with nothing to keep": {func() *facts.Snapshot {
			return look(tini, proc{PID: 7, PPID: 1, Comm: "sleep"})
		}, false},
		"a living child runs the same": {func() *facts.Snapshot {
			s := look(tini, server, zombie(8, 7), proc{PID: 9, PPID: 7, Comm: "server", Exe: "/usr/bin/server"})
			change(s, 9, func(p *facts.Process) { p.Flags = forked })
			return s
		}, false},
		"the zombie is younger": {func() *facts.Snapshot {
			s := look(tini, server, with(zombie(18, 7), func(p *proc) { p.Start = 900 }), proc{PID: 9, PPID: 7, Comm: "entrypoint", Exe: "/bin/bash"})
			change(s, 9, func(p *facts.Process) { p.Flags = forked })
			return s
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			d := Diagnose(c.s(), Options{})
			f := findingOf(d, "Z209")
			if (f.Rule != "") != c.want {
				t.Fatalf("found %q", found(d))
			}
			if c.want && (!slices.Equal(causesOf(d, 7), []string{"Z201", "Z209"}) || f.Certainty != Likely || findingOf(d, "Z201").Certainty != Likely) {
				t.Errorf("found %q", found(d))
			}
		})
	}
}

// queue is a parent that had zombies of half a minute reaped between two looks.
func queue(parent proc, after func(*facts.Snapshot)) *facts.Snapshot {
	s := look(parent, zombie(20, parent.PID), zombie(21, parent.PID))
	aged(s, 20, 30*time.Second)
	aged(s, 21, 30*time.Second)
	delete(s.Again.Procs, 20)
	a := s.Again.Procs[parent.PID]
	a.CMinFlt += 8
	s.Again.Procs[parent.PID] = a
	if after != nil {
		after(s)
	}
	if parent.PID != 1 {
		pid1 := tini.Build()
		s.Procs = append([]facts.Process{pid1}, s.Procs...)
	}
	return s
}

// aged makes a zombie one that died so long ago.
func aged(s *facts.Snapshot, pid int, age time.Duration) {
	const now = 1_000_000 // ms, on the clock of CPU 0
	if len(s.Clocks) == 0 {
		s.Clocks = []facts.CPUClock{{CPU: 0, ExecStartMs: now, BoottimeNs: now * int64(time.Millisecond)}}
	}
	change(s, pid, func(p *facts.Process) {
		p.Deep.Sched = facts.Some(facts.Sched{ExecStartMs: now - float64(age.Milliseconds())})
	})
}

// A watch has seen PID 1 reap, some seconds late. Its zombies now may be as old.
func TestReapsLate(t *testing.T) {
	look := func(age, longest time.Duration) *Diagnosis {
		s := look(proc{PID: 1, Comm: "timer", Reaped: true}, zombie(20, 1))
		aged(s, 20, age)
		if longest > 0 {
			s.Reapings = map[int]facts.Reaping{1: {Zombies: 4, Orphans: 4, Longest: longest}}
		}
		return Diagnose(s, Options{})
	}
	for _, c := range []struct {
		age, longest time.Duration
		want         string
	}{
		{3 * time.Second, 2 * time.Second, "Z210"},
		{3 * time.Second, 0, "Z301"},
		{time.Minute, 2 * time.Second, "Z301"}, // that one it keeps
		{time.Minute, 40 * time.Second, "Z210"},
	} {
		d := look(c.age, c.longest)
		if text := message(findingOf(d, "Z210")); c.want == "Z210" && !strings.Contains(text, " dead for "+english.Duration(c.longest)+" or longer, and ") {
			t.Errorf("%+v: %q", c, text)
		}
		if got := causesOf(d, 1); len(got) == 0 || got[0] != c.want {
			t.Errorf("%+v: %q", c, found(d))
		}
		if v := d.Namespaces[0].PID1; c.want == "Z210" && (v.Reaps != Yes || d.Parents[0].InitWouldHelp != No) {
			t.Errorf("%+v: reaps: %s, an init would help: %s", c, v.Reaps, d.Parents[0].InitWouldHelp)
		}
	}
}

// It may be unknown how long the reaped children had been dead. That is not 0.
func TestReapsLateUnknown(t *testing.T) {
	s := look(proc{PID: 1, Comm: "timer", Reaped: true}, zombie(20, 1))
	aged(s, 20, 3*time.Second)
	s.Reapings = map[int]facts.Reaping{1: {Zombies: 4}}
	if text := message(findingOf(Diagnose(s, Options{}), "Z210")); text != "timer (PID 1) reaps, but late: it was seen reaping 4 zombies, and 1 is left." {
		t.Errorf("%q", text)
	}
}

func TestTooSlow(t *testing.T) {
	slow := proc{PID: 7, PPID: 1, Comm: "slow", Reaped: true}
	for name, c := range map[string]struct {
		parent proc
		after  func(*facts.Snapshot)
		want   []string
	}{
		"reaps late":           {slow, nil, []string{"Z210"}},
		"only young ones went": {slow, func(s *facts.Snapshot) { aged(s, 20, 10*time.Millisecond) }, []string{"Z201"}},
		"nothing was reaped": {slow, func(s *facts.Snapshot) {
			s.Again.Procs[20] = &facts.Again{Stat: s.Find(20).Stat}
			a := s.Again.Procs[7]
			a.CMinFlt -= 8
			s.Again.Procs[7] = a
		}, []string{"Z201"}},
		"a handler that had its signal": {with(slow, func(p *proc) { p.Caught = chld }), func(s *facts.Snapshot) { closely(s, 7, func(a *facts.Again) { a.CMinFlt += 8 }) }, []string{"Z203"}},
		"a handler that is busy":        {with(slow, func(p *proc) { p.Caught, p.State = chld, facts.Running }), nil, []string{"Z210"}},
		"PID 1 reaps late":              {with(slow, func(p *proc) { p.PID, p.PPID = 1, 0 }), nil, []string{"Z210"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := Diagnose(queue(c.parent, c.after), Options{})
			if got := causesOf(d, c.parent.PID); !slices.Equal(got, c.want) {
				t.Errorf("rules %q, want %q; found %q", got, c.want, found(d))
			}
			if c.parent.PID == 1 && d.Namespaces[0].PID1.Reaps != Yes {
				t.Errorf("PID 1 reaps: %s, %s", d.Namespaces[0].PID1.Reaps, d.Namespaces[0].PID1.ReapsWhy)
			}
		})
	}
}

func TestSubreaper(t *testing.T) {
	orphan := with(zombie(8, 7), func(p *proc) { p.SID, p.PGRP = 5, 5 })
	for name, c := range map[string]struct {
		parent proc
		edit   func(*facts.Snapshot)
		want   []string
		sure   Certainty
	}{
		"containerd-shim": {proc{Comm: "containerd-shim", SID: 3}, nil, []string{"Z310"}, Likely},
		"conmon":          {proc{Comm: "conmon", SID: 3}, nil, []string{"Z310"}, Likely},
		"systemd --user":  {proc{Comm: "systemd", Args: []string{"/lib/systemd/systemd", "--user"}, SID: 3}, nil, []string{"Z310"}, Likely},
		"tini -s":         {proc{Comm: "tini", Args: []string{"tini", "-s", "--", "app"}, SID: 3}, nil, []string{"Z310"}, Likely},
		"tini without -s": {proc{Comm: "tini", Args: []string{"tini", "--", "app", "-s"}, SID: 3}, nil, []string{"Z201"}, Certain},
		"any program":     {proc{Comm: "app", SID: 3}, nil, []string{"Z201"}, Certain},
		"any program that was seen adopting": {proc{Comm: "app", SID: 3}, func(s *facts.Snapshot) {
			change(s, 8, func(p *facts.Process) { p.PPID = 6 })
		}, []string{"Z310"}, Certain},
		"a group without its leader": {proc{Comm: "conmon", SID: 5}, nil, []string{"Z201"}, Certain},
	} {
		t.Run(name, func(t *testing.T) {
			parent := c.parent
			parent.PID, parent.PPID = 7, 1
			s := look(tini, parent, orphan, proc{PID: 6, PPID: 7, Comm: "middle"})
			if c.edit != nil {
				c.edit(s)
			}
			d := Diagnose(s, Options{})
			if got := causesOf(d, 7); !slices.Equal(got, c.want) || d.Parents[0].Certainty != c.sure || d.InitWouldHelp != No {
				t.Errorf("rules %q, want %q; %+v", got, c.want, d.Parents[0])
			}
		})
	}
}

// dying is a namespace whose PID 1, 50 out here, has exited and waits for a
// zombie that a process outside keeps.
func dying() *facts.Snapshot {
	shim := proc{PID: 40, PPID: 1, Comm: "shim", NS: initNS}
	pid1 := proc{PID: 50, PPID: 40, Comm: "app", NSpid: []int{50, 1}, NS: 77, Wchan: "zap_pid_ns_processes"}
	probe := proc{PID: 60, PPID: 40, Comm: "probe", State: facts.Zombie, NSpid: []int{60, 9}, NS: 77}
	s := look(with(tini, func(p *proc) { p.NS = initNS }), shim, pid1, probe)
	change(s, 50, func(p *facts.Process) { p.Flags, p.Deep.Wchan = 4, facts.Some("zap_pid_ns_processes") })
	aged(s, 50, 12*time.Second)
	closely(s, 50, nil)
	return s
}

func TestTeardown(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(*facts.Snapshot)
		says string // "": silence
	}{
		"a zombie that somebody outside keeps": {func(*facts.Snapshot) {}, "for over 12s it has waited for probe (PID 60), a zombie that shim (PID 40), which is outside the namespace, has not reaped"},
		"for less than ten seconds":            {func(s *facts.Snapshot) { aged(s, 50, 9*time.Second) }, ""},
		"no clock":                             {func(s *facts.Snapshot) { s.Clocks = nil }, ""},
		"in one look":                          {func(s *facts.Snapshot) { s.Again = nil }, ""},
		"it ended meanwhile":                   {func(s *facts.Snapshot) { delete(s.Again.Procs, 50) }, ""},
		"in the second look it is elsewhere":   {func(s *facts.Snapshot) { closely(s, 50, func(a *facts.Again) { a.Wchan = facts.Some("do_exit") }) }, ""},
		"it waits for a child of its own": {func(s *facts.Snapshot) {
			change(s, 50, func(p *facts.Process) { p.Deep.Wchan = facts.Some("do_wait") })
			closely(s, 50, nil)
		}, "for over 12s it has waited for probe"},
		"it is not ending": {func(s *facts.Snapshot) { change(s, 50, func(p *facts.Process) { p.Flags = 0 }) }, ""},
		"a process in D": {func(s *facts.Snapshot) {
			p := proc{PID: 70, PPID: 50, Comm: "stuck", State: facts.Uninterruptible, NSpid: []int{70, 12}, NS: 77, Wchan: "nfs_wait"}.Build()
			p.Deep.Wchan = facts.Some("nfs_wait")
			s.Procs = append(s.Procs, p)
		}, "for stuck (PID 70), in state D (in nfs_wait), and for probe"},
		"the rest cannot be seen": {func(s *facts.Snapshot) { change(s, 60, func(p *facts.Process) { p.Deep.PIDNS = facts.Opt[uint64]{} }) }, "cannot be seen from here"},
	} {
		t.Run(name, func(t *testing.T) {
			s := dying()
			c.edit(s)
			d := Diagnose(s, Options{})
			f := findingOf(d, "Z308")
			if (f.Rule == "") != (c.says == "") || !strings.Contains(message(f), c.says) {
				t.Errorf("says %q, want %q", message(f), c.says)
			}
			if c.says != "" && (f.Severity != Critical || f.Certainty != Certain || !strings.Contains(d.Sentence, "cannot end")) {
				t.Errorf("%+v: %s", f, d.Sentence)
			}
		})
	}
}

// TestCriticalFirst: a critical finding is the first cause of the parent that it
// is about. It is printed when that parent is asked about, and it is not advice
// of its own.
func TestCriticalFirst(t *testing.T) {
	shim := proc{PID: 40, PPID: 1, Comm: "containerd-shim", NS: initNS}
	main := proc{PID: 50, PPID: 40, Comm: "app", State: facts.Zombie, NSpid: []int{50, 1}, NS: 77}
	other := with(main, func(p *proc) { p.PID, p.NSpid, p.NS = 51, []int{51, 1}, 78 })
	for _, c := range []struct {
		rule  string
		s     *facts.Snapshot
		why   string
		about int // zombies
	}{
		{"Z308", dying(), "it has never waited for a child; a PID namespace cannot end before its zombies are reaped", 1},
		{"Z311", look(with(tini, func(p *proc) { p.NS = initNS }), shim, main), "the main process of its container has exited, and the runtime still reports it as running", 1},
		{"Z311", look(with(tini, func(p *proc) { p.NS = initNS }), shim, main, other), "the main process of its container has exited, and the runtime still reports it as running", 2},
	} {
		d := Diagnose(c.s, Options{})
		if p := d.Parents[0]; p.PID != 40 || !slices.Equal(p.Rules, []string{c.rule, "Z201"}) || p.Why != c.why || p.Certainty != Certain {
			t.Errorf("%s: rules %q (%s), %s", c.rule, p.Rules, p.Certainty, p.Why)
		}
		if f := findingOf(d, c.rule); f.Zombies != c.about {
			t.Errorf("%s: about %d zombies, want %d", c.rule, f.Zombies, c.about)
		}
		if !strings.Contains(d.Sentence, c.why) {
			t.Errorf("%s: says %q", c.rule, d.Sentence)
		}
		v := Inspect(c.s, 40, Options{})
		if !slices.ContainsFunc(v.Findings, func(f Finding) bool { return f.Rule == c.rule }) {
			t.Errorf("%s is not told of PID 40: %+v", c.rule, v.Findings)
		}
	}
	f := findingOf(Diagnose(look(tini, shim, main), Options{}), "Z201")
	if text := strings.Join(advice(f), " "); strings.Contains(text, "waitpid") || !strings.Contains(text, "runtime") {
		t.Errorf("a shim is told %q", advice(f))
	}
}

// TestHoldsOnly: a parent whose only children are zombies that it cannot reap
// has children, and its report says why they stay.
func TestHoldsOnly(t *testing.T) {
	s := look(tini, proc{PID: 7, PPID: 1, Comm: "app"}, with(zombie(8, 7), func(p *proc) { p.ExitSignal = 10 }), with(zombie(9, 7), func(p *proc) { p.ExitSignal = 10 }))
	v := Inspect(s, 7, Options{})
	if want := "it has 2 zombies that it cannot reap yet (Z104), and has never waited for a child"; v.Why != want {
		t.Errorf("says %q, want %q", v.Why, want)
	}
	if len(v.Findings) != 2 || v.Findings[0].Rule != "Z104" || len(advice(v.Findings[0])) == 0 {
		t.Errorf("found %+v", v.Findings)
	}
	alone := Inspect(look(tini, proc{PID: 7, PPID: 1, Comm: "app"}, zombie(8, 1)), 7, Options{})
	if want := "it has no child, and has never waited for one"; alone.Why != want {
		t.Errorf("says %q, want %q", alone.Why, want)
	}
}

// TestPrimary: of several causes of one parent, the one to undo first comes
// first, and decides the sentence about an init.
func TestPrimary(t *testing.T) {
	for _, c := range []struct {
		name string
		s    *facts.Snapshot
		pid  int
		want []string
		init Answer
	}{
		{"PID 1 that waits for one, of adopted orphans", look(with(app, func(p *proc) { p.Syscall, p.WaitsFor, p.Start = sysWait4, 9, 500 }), zombie(8, 1), proc{PID: 9, PPID: 1, Comm: "main", Start: 600}),
			1, []string{"Z301", "Z202"}, Yes},
		{"the same, stopped", look(with(app, func(p *proc) { p.State, p.Start = facts.Stopped, 500 }), zombie(8, 1)),
			1, []string{"Z205", "Z301"}, Unknown},
		{"a subreaper that waits for one", look(tini, proc{PID: 7, PPID: 1, Comm: "conmon", SID: 3, Syscall: sysWait4, WaitsFor: 9}, with(zombie(8, 7), func(p *proc) { p.SID = 5 }), proc{PID: 9, PPID: 7, Comm: "main"}),
			7, []string{"Z310", "Z202"}, No},
	} {
		d := Diagnose(c.s, Options{})
		if got := causesOf(d, c.pid); !slices.Equal(got, c.want) || d.InitWouldHelp != c.init || d.InitWhy == "" {
			t.Errorf("%s: rules %q, want %q; an init would help: %s (%s), want %s", c.name, got, c.want, d.InitWouldHelp, d.InitWhy, c.init)
		}
	}
}

// TestAwaitedInside: what a process waits for is named by a PID of its own
// namespace, which belongs to somebody else where we look from.
func TestAwaitedInside(t *testing.T) {
	const stranger = 44
	waits := func(nr int, args ...uint64) func(*facts.Process) {
		return func(p *facts.Process) { calling(p, nr, args...) }
	}
	for name, c := range map[string]struct {
		edit  func(*facts.Process)
		job   []int // NSpid of the child that is waited for
		want  string
		other string // in the message
	}{
		"wait4":             {waits(sysWait4, 44), []int{508, 44}, "it is blocked waiting for another child, job (PID 508)", "waiting for another child, job (PID 508), and"},
		"waitid":            {waits(sysWaitid, 1, 44, 0, 4), []int{508, 44}, "it is blocked waiting for another child, job (PID 508)", "waiting for another child, job (PID 508), and"},
		"a namespace below": {waits(sysWait4, 44), []int{508, 44, 1}, "it is blocked waiting for another child, job (PID 508)", "waiting for another child, job (PID 508), and"},
		"not read":          {waits(sysWait4, 44), nil, "it is blocked waiting for another child", "waiting for another child, PID 44 inside its PID namespace, and"},
		"a group":           {waits(sysWait4, ^uint64(43)), []int{508, 44}, "it is blocked waiting for another child", "is blocked waiting for another child, and"},
		"its zombie":        {waits(sysWait4, 45), []int{508, 44}, "it waits for one of its children", "no Z202"},
	} {
		t.Run(name, func(t *testing.T) {
			s := look(
				proc{PID: 1, Comm: "systemd", NS: 1},
				proc{PID: stranger, PPID: 1, Comm: "stranger", NS: 1}, proc{PID: 45, PPID: 1, Comm: "stranger", NS: 1},
				proc{PID: 500, PPID: 1, Comm: "tini", NSpid: []int{500, 1}, NS: 2},
				proc{PID: 507, PPID: 500, Comm: "app", NSpid: []int{507, 7}, NS: 2},
				proc{PID: 508, PPID: 507, Comm: "job", NSpid: c.job, Shallow: c.job == nil, NS: 2},
				proc{PID: 509, PPID: 507, Comm: "helper", State: facts.Zombie, NSpid: []int{509, 45}, NS: 2},
			)
			change(s, 507, c.edit)
			closely(s, 507, nil)
			d := Diagnose(s, Options{})
			if len(d.Parents) != 1 || d.Parents[0].PID != 507 {
				t.Fatalf("%+v", d.Parents)
			}
			if got := d.Parents[0].Why; got != c.want {
				t.Errorf("why: %q, want %q", got, c.want)
			}
			for _, f := range d.Findings {
				if f.Rule == "Z202" && !strings.Contains(message(f), c.other) || strings.Contains(message(f), "stranger") {
					t.Errorf("says %q, want %q", message(f), c.other)
				}
			}
		})
	}
}
