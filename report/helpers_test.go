package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/diagnose/rule"
	"github.com/zombiectl/zombiectl/scan/facts"
)

var boot = time.Date(2025, 11, 13, 0, 0, 0, 0, time.UTC)

// world builds a diagnosis by hand: what a case does not set is unknown.
type world struct {
	snap facts.Snapshot
	d    diagnose.Diagnosis
}

func newWorld() *world {
	return &world{snap: facts.Snapshot{
		Source: facts.Source{Kind: facts.Recorded, Path: "incident"},
		Taken:  facts.Some(boot.Add(20 * 24 * time.Hour)),
		Host: facts.Host{
			Kernel:   facts.Some("6.18.0"),
			BootTime: facts.Some(boot),
			UserHZ:   facts.Some(uint64(100)),
			CPUs:     facts.Some(2),
		},
	}}
}

// proc adds a process; PIDs must come in order.
func (w *world) proc(pid, ppid int, comm string, state facts.State, args ...string) *world {
	p := facts.Process{Stat: facts.Stat{
		PID: pid, PPID: ppid, Comm: comm, State: state, StartTicks: uint64(pid) * 1000, NumThreads: 1, UTime: 45000,
	}}
	if state == facts.Zombie || len(args) > 0 {
		p.Deep = &facts.Detail{Status: facts.Some(facts.Status{State: state, UID: facts.Some(1000)})}
		if len(args) > 0 {
			p.Deep.Cmdline = facts.Some(args)
		}
	}
	w.snap.Procs = append(w.snap.Procs, p)
	return w
}

// done turns the world into a diagnosis: every Z becomes a zombie held against
// its parent, unless rules exonerates it.
func (w *world) done(rules map[int][]string) *diagnose.Diagnosis {
	d := &w.d
	d.Snapshot = &w.snap
	d.Processes = len(w.snap.Procs)
	at := map[int]int{}
	for i := range w.snap.Procs {
		p := &w.snap.Procs[i]
		if p.State != facts.Zombie {
			continue
		}
		z := diagnose.Zombie{Zombie: &observe.Zombie{Process: p, PPID: p.PPID, Origin: observe.Origin{Descent: observe.UnknownDescent}}, Rules: rules[p.PID]}
		d.Zombies = append(d.Zombies, z)
		if p.PPID == 0 {
			continue
		}
		j, ok := at[p.PPID]
		if !ok {
			j = len(d.Parents)
			at[p.PPID] = j
			proc := w.snap.Find(p.PPID)
			d.Parents = append(d.Parents, diagnose.Parent{Parent: &observe.Parent{Process: proc, PID: p.PPID, Command: observe.CommandOf(proc), IsPID1: p.PPID == 1}, InitWouldHelp: diagnose.Unknown})
		}
		if len(z.Rules) > 0 {
			d.Parents[j].Held++
		} else {
			d.Parents[j].Zombies++
			d.Parents[j].UnknownOrigin++
		}
	}
	for _, f := range d.Findings {
		d.Severity = max(d.Severity, f.Severity)
	}
	return d
}

var tasks = []string{"uf_fafid_daily_", "uf_fnode_daily_", "uf_fstat_daily_", "uf_ftask_daily_", "uf_fsync_daily_", "uf_fuptest_dail", "uf_fdltest_dail"}

func incident() *diagnose.Diagnosis {
	w := newWorld()
	w.proc(1, 0, "uf_backend_test", facts.Sleeping, "./uf_backend_test", ";backend_f=uf_backend_test;")
	for _, first := range []int{45, 1140, 2752} {
		for i, task := range tasks {
			w.proc(first+4*i, 1, task, facts.Zombie)
		}
	}
	for i, task := range tasks {
		w.proc(7259+4*i, 1, task, facts.Sleeping)
	}
	w.proc(9000, 0, "sh", facts.Sleeping, "sh")
	why := "An init would clear all 21: PID 1 adopted them, and an init reaps what it adopts."
	w.d.Sentence = "./uf_backend_test (PID 1) has left 21 zombies: it adopted them when their parents exited, and has never waited for a child. An init would clear all 21."
	w.d.InitWouldHelp = diagnose.Yes
	w.d.Findings = []diagnose.Finding{
		{Rule: "Z301", Name: "pid1-not-reaping", Severity: diagnose.Warning, Certainty: diagnose.Certain, Subject: facts.ID{PID: 1, Start: facts.Some(uint64(1000))}, Comm: "uf_backend_test", Zombies: 21, Evidence: []diagnose.Evidence{
			{File: "/proc/45/stat", Fields: observe.Fields{Numbers: []int{3, 4}, Name: "state, ppid"}, Value: "Z 1"},
			{File: "/proc/1/stat", Fields: observe.Fields{Numbers: []int{11}, Name: "cminflt"}, Value: "0"},
		}, Facts: said{message: "PID 1 (uf_backend_test) has left 21 zombies that it adopted when their parents exited", advice: []string{
			"Run an init as PID 1: it reaps what it adopts.",
			"Kubernetes: shareProcessNamespace: true (all containers of the pod then see each other)",
			"Docker: docker run --init …",
			`Image: ENTRYPOINT ["zombiectl", "init", "--"]`,
			"To clear the zombies now, restart the container.",
		}}},
		{Rule: "Z303", Name: "pid1-drops-sigterm", Severity: diagnose.Warning, Certainty: diagnose.Certain, Subject: facts.ID{PID: 1, Start: facts.Some(uint64(1000))}, Comm: "uf_backend_test", Evidence: []diagnose.Evidence{{File: "/proc/1/status", Fields: observe.Fields{Name: "SigCgt"}, Value: "0000000000000000"}}, Facts: said{message: "PID 1 (uf_backend_test) ignores SIGTERM: it has no handler, so the kernel drops it", advice: []string{"Run an init as PID 1: it reaps what it adopts.", "Give the program a handler for SIGTERM."}}},
	}
	d := w.done(nil)
	d.Parents[0].Rules, d.Parents[0].Why = []string{"Z301"}, "it adopted them when their parents exited, and has never waited for a child"
	d.Parents[0].InitWouldHelp, d.Parents[0].InitWhy = diagnose.Yes, why
	d.Parents[0].Init = observe.InitHelp{Answer: diagnose.Yes}
	d.Parents[0].Adopted, d.Parents[0].UnknownOrigin = 21, 0
	for i := range d.Zombies {
		d.Zombies[i].Origin = observe.Origin{Descent: observe.Adopted, Sure: diagnose.Likely}
	}
	d.Namespaces = []diagnose.Namespace{
		{Namespace: observe.Namespace{ID: facts.Some(uint64(4026532201)), Ours: true, Zombies: 21}, PID1: &diagnose.PID1{PID1: observe.PID1{Process: w.snap.Find(1), Command: d.Parents[0].Command, Init: diagnose.No, Reaps: diagnose.No, ForwardsSigterm: diagnose.No}, ReapsWhy: "it has not reaped 21 orphans", ForwardsSigtermWhy: "it has no handler, so the kernel drops it, and a stop takes the whole grace period"}},
	}
	return d
}

// underTini is a running parent that never waits: an init does not help.
func underTini() *diagnose.Diagnosis {
	w := newWorld()
	w.proc(1, 0, "tini", facts.Sleeping, "tini", "--", "/srv/app").
		proc(7, 1, "app", facts.Sleeping, "/srv/app", "--workers", "4").
		proc(8, 7, "worker", facts.Sleeping, "/srv/app worker").
		proc(20, 8, "git", facts.Zombie).
		proc(21, 8, "git", facts.Zombie).
		proc(22, 8, "ssh", facts.Zombie)
	w.snap.Unread = []facts.Unread{
		{PID: 8, File: "proc/8/sched", Denied: true, Reason: "permission denied"},
		{PID: 8, File: "proc/8/wchan", Denied: true, Reason: "permission denied"},
		{PID: 7, File: "proc/7/status", Reason: "State: bad value \"\x1b\""},
	}
	w.d.Sentence = "/srv/app worker (PID 8) has left 3 zombies: it has never waited for a child. An init would not help: the parent is still running."
	w.d.InitWouldHelp = diagnose.No
	w.d.Findings = []diagnose.Finding{
		{Rule: "Z201", Name: "never-waits", Severity: diagnose.Warning, Certainty: diagnose.Likely, Subject: facts.ID{PID: 8, Start: facts.Some(uint64(8000))}, Comm: "worker", Zombies: 3, Evidence: []diagnose.Evidence{{File: "/proc/8/stat", Fields: observe.Fields{Numbers: []int{11}, Name: "cminflt"}, Value: "0"}}, Missing: w.snap.Unread[:2], Facts: said{message: "has left 3 zombies, and has never waited for a child", advice: []string{
			"The program has to wait for its children: in C waitpid() in a loop on SIGCHLD, in Go cmd.Wait(), in Python Popen.wait() or subprocess.run(), in Node the 'exit' event.",
			"An init as PID 1 will not help: while the parent is running, only it can reap its children.",
			"To clear them now, restart that program (PID 8); its zombies then pass to PID 1.",
		}}},
		{Rule: "Z305", Name: "init-cannot-help", Severity: diagnose.Info, Certainty: diagnose.Certain, Subject: facts.ID{PID: 1, Start: facts.Some(uint64(1000))}, Comm: "tini", Zombies: 3, Facts: said{message: "is an init, but cannot help: the parent of these 3 zombies is still running", advice: []string{"Fix the parent, not the init."}}},
	}
	d := w.done(nil)
	d.Parents[0].Rules, d.Parents[0].Why = []string{"Z201"}, "it has never waited for a child"
	d.Parents[0].InitWouldHelp, d.Parents[0].Init = diagnose.No, observe.InitHelp{Answer: diagnose.No}
	d.Namespaces = []diagnose.Namespace{
		{Namespace: observe.Namespace{Ours: true, Zombies: 3}, PID1: &diagnose.PID1{PID1: observe.PID1{Process: w.snap.Find(1), Command: "tini -- /srv/app", Init: diagnose.Yes, Reaps: diagnose.Yes, ForwardsSigterm: diagnose.Yes}, Program: "tini", ReapsWhy: "it is tini", ForwardsSigtermWhy: "it is tini"}},
	}
	return d
}

func deadLeader() *diagnose.Diagnosis {
	w := newWorld()
	w.proc(1, 0, "systemd", facts.Sleeping, "/sbin/init").
		proc(2, 0, "kthreadd", facts.Sleeping).
		proc(300, 1, "containerd-shim", facts.Sleeping, "/usr/bin/containerd-shim").
		proc(310, 300, "scylla", facts.Zombie)
	w.snap.Procs[1].Flags = 0x00200000
	w.snap.Procs[3].NumThreads = 2
	w.d.Sentence = "1 zombie cannot be reaped yet: its leader has exited, but a thread of it is still running."
	w.d.InitWouldHelp = diagnose.No
	w.d.Findings = []diagnose.Finding{
		{Rule: "Z102", Name: "live-threads", Severity: diagnose.Warning, Certainty: diagnose.Certain, Subject: facts.ID{PID: 310, Start: facts.Some(uint64(310000))}, Comm: "scylla", Zombies: 1, Evidence: []diagnose.Evidence{{File: "/proc/310/task/312/status", Fields: observe.Fields{Name: "State"}, Value: "D (disk sleep)"}}, Facts: said{message: "is a dead leader with 1 running thread: nobody can reap it before that thread exits", advice: []string{"Look at the running thread: /proc/310/task/312/wchan."}}},
	}
	d := w.done(map[int][]string{310: {"Z102"}})
	d.Parents[0].Why = "it cannot reap it yet"
	d.Namespaces = []diagnose.Namespace{
		{Namespace: observe.Namespace{ID: facts.Some(uint64(4026531836)), Ours: true, Host: true, Zombies: 1}, PID1: &diagnose.PID1{PID1: observe.PID1{Process: w.snap.Find(1), Command: "/sbin/init", Init: diagnose.Yes, Reaps: diagnose.Yes, ForwardsSigterm: diagnose.Unknown}, Program: "systemd", ReapsWhy: "it is systemd", ForwardsSigtermWhy: "the facts that were read do not show it"}},
	}
	return d
}

func noZombies() *diagnose.Diagnosis {
	w := newWorld()
	w.proc(1, 0, "node", facts.Sleeping, "node", "server.js").proc(12, 1, "sh", facts.Sleeping)
	w.d.Sentence = "No zombies among 2 processes."
	w.d.Findings = []diagnose.Finding{
		{Rule: "Z302", Name: "pid1-not-init", Severity: diagnose.Info, Certainty: diagnose.Likely, Subject: facts.ID{PID: 1, Start: facts.Some(uint64(1000))}, Comm: "node", Facts: said{message: "PID 1 (node) is not an init: it will not reap the orphans that it adopts", advice: []string{"Run an init as PID 1."}}},
	}
	d := w.done(nil)
	d.Namespaces = []diagnose.Namespace{{Namespace: observe.Namespace{Ours: true}, PID1: &diagnose.PID1{PID1: observe.PID1{Process: w.snap.Find(1), Command: "node server.js", Init: diagnose.No, Reaps: diagnose.Unknown, ForwardsSigterm: diagnose.Yes}}}}
	return d
}

func blind() *diagnose.Diagnosis {
	w := newWorld()
	w.proc(4242, 1, "bash", facts.Sleeping, "bash")
	w.snap.Mount = facts.Some(facts.ProcMount{Options: "rw,hidepid=invisible", HidePID: "invisible"})
	w.d.Blind = true
	w.d.Sentence = "Blind: processes are hidden, so it is unknown whether there are zombies."
	w.d.InitWouldHelp = diagnose.Unknown
	w.d.Findings = []diagnose.Finding{
		{Rule: "Z901", Name: "blind", Severity: diagnose.Warning, Certainty: diagnose.Certain, Evidence: []diagnose.Evidence{{File: "/proc/self/mountinfo", Fields: observe.Fields{Name: "hidepid"}, Value: "invisible"}}, Facts: said{message: "Processes of other users are hidden: /proc is mounted with hidepid=invisible", advice: []string{"Run it as root, or as a member of the group that the gid= option names."}}},
	}
	d := w.done(nil)
	d.Namespaces = []diagnose.Namespace{{Namespace: observe.Namespace{Ours: true}}}
	return d
}

// nested has zombies in a namespace below ours, one whose PID 1 is not visible,
// parents that are not visible and a loop.
func nested() *diagnose.Diagnosis {
	w := newWorld()
	w.proc(1, 0, "systemd", facts.Sleeping, "/sbin/init").
		proc(600, 1, "containerd-shim", facts.Sleeping, "/usr/bin/containerd-shim-runc-v2", "-namespace", "k8s.io").
		proc(700, 600, "node", facts.Sleeping, "node", "/srv/server.js").
		proc(701, 700, "chrome", facts.Zombie).
		proc(702, 700, "chrome", facts.Zombie).
		proc(800, 799, "lost", facts.Zombie).
		proc(801, 0, "orphan", facts.Zombie).
		proc(900, 901, "ping", facts.Sleeping).
		proc(901, 900, "pong", facts.Zombie)
	w.d.Sentence = "node /srv/server.js (PID 700) has left 2 zombies."
	w.d.InitWouldHelp = diagnose.Unknown
	w.d.Findings = []diagnose.Finding{
		{Rule: "Z105", Name: "parent-outside", Severity: diagnose.Warning, Certainty: diagnose.Certain, Subject: facts.ID{PID: 801}, Comm: "orphan", Zombies: 1, Facts: said{message: "has its parent outside this PID namespace", advice: []string{"Look from the node."}}},
	}
	d := w.done(map[int][]string{801: {"Z105"}})
	d.Parents[0].Rules, d.Parents[0].Why = []string{"Z301"}, "it has never waited for a child"
	for i := range d.Parents[1:] {
		d.Parents[1+i].Why = "the parent could not be seen"
	}
	d.Namespaces = []diagnose.Namespace{
		{Namespace: observe.Namespace{ID: facts.Some(uint64(4026531836)), Ours: true, Host: true}, PID1: &diagnose.PID1{PID1: observe.PID1{Process: w.snap.Find(1), Command: "/sbin/init", Init: diagnose.Yes, Reaps: diagnose.Yes, ForwardsSigterm: diagnose.Yes}, Program: "systemd"}},
		{Namespace: observe.Namespace{ID: facts.Some(uint64(4026532444)), Zombies: 2}, PID1: &diagnose.PID1{PID1: observe.PID1{Process: w.snap.Find(700), Command: "node /srv/server.js", Init: diagnose.No, Reaps: diagnose.No, ForwardsSigterm: diagnose.Yes}, ReapsWhy: "it has left 2 zombies", ForwardsSigtermWhy: "it has a handler"}},
		{Namespace: observe.Namespace{Zombies: 1}},
	}
	return d
}

const evil = "a\x1b[2J\x1b]0;pwn\a\r\nb\x00\u202egnp.\u2066x\u200b\u2028\u009b31m\xff\xfe\\x1b|\t世界\u0301\u0301\u0301\u0301\u0301\U000e0041"

func hostile() *diagnose.Diagnosis {
	w := newWorld()
	w.snap.Source.Path = evil
	w.snap.Host.Kernel = facts.Some(evil)
	w.proc(1, 0, evil, facts.Sleeping, evil, "--flag").
		proc(5, 1, evil, facts.Zombie).
		proc(6, 1, "yes", facts.Zombie).
		proc(7, 1, "12:30:45", facts.Zombie).
		proc(8, 1, "", facts.Zombie)
	w.snap.Unread = []facts.Unread{{PID: 5, File: "proc/5/" + evil, Reason: evil, Denied: true}, {File: "proc/stat", Reason: evil}}
	w.d.Sentence = evil + " (PID 1) has left 4 zombies."
	w.d.Findings = []diagnose.Finding{
		{Rule: "Z301", Name: "pid1-not-reaping", Severity: diagnose.Critical, Certainty: diagnose.Possible, Subject: facts.ID{PID: 5}, Comm: evil, Evidence: []diagnose.Evidence{{File: "/proc/1/" + evil, Fields: observe.Fields{Name: evil}, Value: evil}}, Missing: w.snap.Unread, Facts: said{message: evil, advice: []string{evil}}},
	}
	d := w.done(nil)
	d.Parents[0].Why, d.Parents[0].InitWhy, d.Parents[0].Rules = evil, evil, []string{"Z301"}
	d.Namespaces = []diagnose.Namespace{
		{Namespace: observe.Namespace{Ours: true}, PID1: &diagnose.PID1{PID1: observe.PID1{Process: w.snap.Find(1), Command: evil, Init: diagnose.Unknown, Reaps: diagnose.No, ForwardsSigterm: diagnose.Unknown}, Program: evil, ReapsWhy: evil, ForwardsSigtermWhy: evil}},
	}
	return d
}

// full is a container whose limit on processes zombies have used up.
func full() *diagnose.Diagnosis {
	w := newWorld()
	w.proc(1, 0, "app", facts.Sleeping, "/srv/app").proc(20, 1, "probe", facts.Zombie).proc(21, 1, "probe", facts.Zombie)
	w.d.Sentence = "/srv/app (PID 1) has left 2 zombies. pids.max is 100 % used: 9250 of 9250."
	w.d.Findings = []diagnose.Finding{
		{Rule: "Z401", Name: "pid-pressure", Severity: diagnose.Critical, Certainty: diagnose.Certain, Zombies: 9237, Evidence: []diagnose.Evidence{{File: "/sys/fs/cgroup/pids/docker/8f/pids.max", Value: "9250"}}, Facts: said{message: "pids.max is 100 % used (9,250 of 9,250). Zombies hold 9,237 of it (99 %). It is set by docker --pids-limit. 31 forks were already refused", advice: []string{"To reap is to free PIDs at once: repair or restart /srv/app (PID 1), which has left 9,237 zombies."}}},
	}
	d := w.done(nil)
	d.LimitsAbove = true
	d.Limits = []diagnose.Limit{
		{Limit: &observe.Limit{Name: "pids.max", Path: "/sys/fs/cgroup/pids/docker/8f/pids.max", Used: facts.Some(uint64(9250)), Max: 9250, Zombies: 9237, Refusals: facts.Some(uint64(31))}, SetBy: "docker --pids-limit"},
		{Limit: &observe.Limit{Name: "RLIMIT_NPROC", Path: "/proc/1/limits", Used: facts.Some(uint64(9250)), Max: 15000, Zombies: 9237, LowerBound: true}, SetBy: "ulimit -u"},
		{Limit: &observe.Limit{Name: "threads-max", Path: "/proc/sys/kernel/threads-max", Used: facts.Some(uint64(12000)), Max: 192730, Zombies: 9237}, SetBy: "sysctl kernel.threads-max"},
		{Limit: &observe.Limit{Name: "pids.max", Path: "/sys/fs/cgroup/pids/" + evil, Max: 7, Zombies: 1}, SetBy: evil},
	}
	return d
}

func empty() *diagnose.Diagnosis {
	return &diagnose.Diagnosis{Snapshot: &facts.Snapshot{Source: facts.Source{Kind: facts.Live, Path: "/"}}, Sentence: "No process was seen.", Blind: true}
}

// cases are the diagnoses that every format must be able to say.
var cases = []struct {
	name string
	make func() *diagnose.Diagnosis
}{
	{"incident", incident},
	{"under-tini", underTini},
	{"dead-leader", deadLeader},
	{"no-zombies", noZombies},
	{"blind", blind},
	{"nested", nested},
	{"hostile", hostile},
	{"empty", empty},
	{"full", full},
	{"grown", grown},
	{"node", node},
}

// node is a machine with containers, seen from outside them.
func node() *diagnose.Diagnosis {
	d := nested()
	inside := func(pid int, pids ...int) {
		p := d.Snapshot.Find(pid)
		if p.Deep == nil {
			p.Deep = &facts.Detail{}
		}
		st, _ := p.Deep.Status.Get()
		st.State, st.NSpid = p.State, facts.Some(pids)
		p.Deep.Status = facts.Some(st)
	}
	inside(700, 700, 1)
	inside(701, 701, 12)
	d.Snapshot.AllNamespaces = true
	web := &diagnose.Container{Engine: facts.Containerd, ID: strings.Repeat("0123456789abcdef", 4), Name: "web", Pod: "web-5d9c", Namespace: "shop", PodUID: "57e67067-89e4-4001-bdd4-8632d39ea02b"}
	foul := &diagnose.Container{Engine: facts.Podman, ID: strings.Repeat("f", 64), Name: evil, Pod: evil, Namespace: evil, PodUID: evil}
	host := &diagnose.Container{Engine: diagnose.NoContainer}
	d.Namespaces[0].Container, d.Namespaces[1].Container = host, web
	d.Namespaces = append(d.Namespaces, diagnose.Namespace{Namespace: observe.Namespace{Container: foul}, PID1: &diagnose.PID1{PID1: observe.PID1{Process: d.Snapshot.Find(600), Command: evil, Init: diagnose.Yes, Reaps: diagnose.Yes, ForwardsSigterm: diagnose.No}}})
	d.Parents[0].Container, d.Parents[1].Container = web, foul
	d.Zombies[0].Container, d.Zombies[1].Container, d.Zombies[2].Container = web, web, foul
	d.Containers = []diagnose.ContainerGroup{
		{Container: web, Zombies: 2, NotReaping: 1}, {Container: foul, Zombies: 1, NotReaping: 1}, {Zombies: 1, NotReaping: 1}, {Container: host},
	}
	return d
}

// grown is a leak that was looked at a minute before, when one that was reaped
// since was there.
func grown() *diagnose.Diagnosis {
	d := underTini()
	then := underTini()
	compared(then, d)
	c := d.Since
	c.New, c.Persisting = zombiesOf(d, 1, 2), zombiesOf(d, 0)
	c.Reaped = zombiesOf(then, 1)
	c.Findings = []*diagnose.Finding{&d.Findings[1]}
	c.Parents = []diagnose.Growth{
		{PID: 8, ID: facts.ID{PID: 8, Start: facts.Some(uint64(8000))}, Comm: "worker", Command: "/srv/app worker", Then: 2, Now: 3, New: 2, Reaped: 1, PerDay: facts.Some(1440.0)},
		{PID: 0, Then: 1, Left: 1},
		{PID: 99, ID: facts.ID{PID: 99}, Then: 3, Now: 1, Lost: 2, PerDay: facts.Some(-2880.0)},
	}
	return d
}

// compared sets an earlier look, a minute before.
func compared(then, now *diagnose.Diagnosis) {
	taken, _ := now.Snapshot.Taken.Get()
	then.Snapshot.Taken = facts.Some(taken.Add(-time.Minute))
	then.Snapshot.Source.Path = "before"
	now.Since = &diagnose.Comparison{Then: then, Span: facts.Some(time.Minute)}
}

func zombiesOf(d *diagnose.Diagnosis, at ...int) (out []*diagnose.Zombie) {
	for _, i := range at {
		out = append(out, &d.Zombies[i])
	}
	return out
}

// crowd has zombies spread over parents, within processes.
func crowd(processes, zombies, parents int) *diagnose.Diagnosis {
	w := newWorld()
	w.proc(1, 0, "systemd", facts.Sleeping, "/sbin/init")
	for i := range parents {
		w.proc(2+i, 1, "manager", facts.Sleeping, "/usr/bin/manager", fmt.Sprint("--id=", i))
	}
	for i := range zombies {
		w.proc(2+parents+i, 2+i%parents, fmt.Sprintf("task%d", i%13), facts.Zombie)
	}
	for i := 2 + parents + zombies; i <= processes; i++ {
		w.proc(i, 1, "idle", facts.Sleeping)
	}
	w.d.Sentence = fmt.Sprintf("%d zombies under %d parents.", zombies, parents)
	for i := range parents {
		w.d.Findings = append(w.d.Findings, diagnose.Finding{Rule: "Z201", Name: "never-waits", Severity: diagnose.Warning, Certainty: diagnose.Likely, Subject: facts.ID{PID: 2 + i}, Comm: "manager", Facts: said{message: "has never waited for a child", advice: []string{fmt.Sprintf("Restart that program (PID %d).", 2+i)}}})
	}
	d := w.done(nil)
	for i := range d.Parents {
		d.Parents[i].Rules, d.Parents[i].Why = []string{"Z201"}, "it has never waited for a child"
	}
	d.Namespaces = []diagnose.Namespace{{Namespace: observe.Namespace{Ours: true, Host: true, Zombies: zombies}, PID1: &diagnose.PID1{PID1: observe.PID1{Process: w.snap.Find(1), Command: "/sbin/init", Init: diagnose.Yes, Reaps: diagnose.Yes, ForwardsSigterm: diagnose.Yes}, Program: "systemd"}}}
	return d
}

// said is what a finding of a test says.
type said struct {
	message string
	advice  []string
	cause   string
	now     string // a command
}

func (s said) Message() string { return s.message }
func (s said) Cause() string   { return s.cause }

// Subject is in a message that begins like a sentence.
func (s said) Subject(comm string, pid int) string {
	if pid == 0 || s.message != "" && s.message[0] >= 'A' && s.message[0] <= 'Z' {
		return ""
	}
	return phrase.Process(comm, pid)
}

// Advice returns the text, a piece for each line. Lines that begin with blanks
// are steps.
func (s said) Advice() []rule.Advice {
	var out []rule.Advice
	if s.now != "" {
		out = append(out, rule.Advice{Text: s.now, When: rule.Now, Steps: []rule.Step{{Label: s.now, Command: s.now, Ends: s.now, Text: s.now}}})
	}
	for _, text := range s.advice {
		if step, ok := strings.CutPrefix(text, "  "); ok && len(out) > 0 {
			label, rest, _ := strings.Cut(step, "  ")
			last := &out[len(out)-1]
			last.Steps = append(last.Steps, rule.Step{Label: label, Text: rest})
			continue
		}
		out = append(out, rule.Advice{Text: text, Shape: text})
	}
	return out
}
