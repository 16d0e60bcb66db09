package diagnose

import (
	"slices"
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/scan"
)

const (
	webID = "031c454bb3cdf5dee4b0e577deb248d2d32a7df35d4ed9656368033f52efd67b"
	dbID  = "f93a3dbefa3cbba6910d3a8c9e1c1b7fb41c13af13ad4296d22ec1b88389f173"
	podID = "57e67067-89e4-4001-bdd4-8632d39ea02b"
)

// inCgroup sets what /proc/PID/cgroup shows.
func inCgroup(s *scan.Snapshot, path string, pids ...int) {
	for _, pid := range pids {
		s.Find(pid).Deep.Cgroups = scan.Some([]scan.CgroupPath{{Controllers: "pids", Path: path}})
	}
}

// node has a zombie in each of two containers, one on the machine itself, and
// one whose parent was not looked at. It has cgroups v1.
func node() *scan.Snapshot {
	s := look(
		proc{pid: 1, comm: "systemd", ns: initNS},
		proc{pid: 10, ppid: 1, comm: "conmon", ns: initNS},
		proc{pid: 11, ppid: 10, comm: "web", nspid: []int{11, 1}, ns: 5},
		proc{pid: 12, ppid: 11, comm: "probe", state: scan.Zombie, nspid: []int{12, 7}, ns: 5},
		proc{pid: 20, ppid: 1, comm: "shim", ns: initNS},
		proc{pid: 21, ppid: 20, comm: "db", nspid: []int{21, 1}, ns: 6},
		proc{pid: 22, ppid: 21, comm: "backup", state: scan.Zombie, nspid: []int{22, 9}, ns: 6},
		// Sent in from outside: its parent is the shim.
		proc{pid: 23, ppid: 20, comm: "exec", state: scan.Zombie, nspid: []int{23, 10}, ns: 6},
		proc{pid: 30, ppid: 1, comm: "cron", ns: initNS},
		proc{pid: 31, ppid: 30, comm: "job", state: scan.Zombie, ns: initNS},
		proc{pid: 40, ppid: 1, comm: "shallow", shallow: true},
		proc{pid: 41, ppid: 40, comm: "lost", state: scan.Zombie},
	)
	inCgroup(s, "/", 1)
	inCgroup(s, "/libpod_parent/conmon", 10)
	inCgroup(s, "/libpod_parent/libpod-"+webID, 11)
	inCgroup(s, "/system.slice/containerd.service", 20)
	inCgroup(s, "/kubepods/burstable/pod"+podID+"/"+dbID, 21)
	inCgroup(s, "/system.slice/cron.service", 30)
	s.ContainerNames = map[string]scan.ContainerName{
		webID: {Engine: scan.Podman, Name: "web"},
		dbID:  {Name: "pg", Pod: "db-0", Namespace: "shop", PodUID: podID},
	}
	return s
}

func labels(d *Diagnosis) string {
	var out []string
	for i := range d.Zombies {
		out = append(out, d.Zombies[i].Process.Comm+"="+d.Zombies[i].Container.Label())
	}
	return strings.Join(out, " ")
}

func TestContainerOfZombies(t *testing.T) {
	d := Diagnose(node(), Options{})
	if got, want := labels(d), "probe=web backup=shop/db-0/pg exec=shop/db-0/pg job=none lost=?"; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	var parents []string
	for _, p := range d.Parents {
		parents = append(parents, p.Command+"="+p.Container.Label())
	}
	slices.Sort(parents)
	if got, want := strings.Join(parents, " "), "cron=none db=shop/db-0/pg shallow=? shim=none web=web"; got != want {
		t.Errorf("parents: got %s\nwant %s", got, want)
	}
	var groups []string
	for _, g := range d.Containers {
		groups = append(groups, g.Container.Label())
	}
	if got, want := strings.Join(groups, " "), "shop/db-0/pg ? none web"; got != want {
		t.Errorf("groups: got %s\nwant %s", got, want)
	}
	for _, n := range d.Namespaces {
		if n.PID1 != nil && n.PID1.Process.PID == 11 && n.Container.Label() != "web" {
			t.Errorf("PID 1 of web is in %s", n.Container.Label())
		}
	}
}

// TestContainerOfZombiesV2: there a zombie keeps its own cgroup, which counts
// more than its parent's.
func TestContainerOfZombiesV2(t *testing.T) {
	s := node()
	s.Find(31).Deep.Cgroups = scan.Some([]scan.CgroupPath{{Path: "/system.slice/docker-" + dbID + ".scope (deleted)"}})
	if got := labels(Diagnose(s, Options{})); !strings.Contains(got, "job=shop/db-0/pg") {
		t.Errorf("got %s", got)
	}
}

// TestContainerInside: from inside, paths are relative to our own container.
func TestContainerInside(t *testing.T) {
	inside := func(path string) *scan.Snapshot {
		s := look(proc{pid: 1, comm: "app", ns: 5}, proc{pid: 7, ppid: 1, comm: "x", state: scan.Zombie, ns: 5})
		inCgroup(s, path, 1)
		s.Self = scan.Some(scan.Self{PID: 30, PIDNS: scan.Some(uint64(5)), In: scan.Some(scan.Container{Engine: scan.Docker, ID: webID})})
		return s
	}
	for path, want := range map[string]string{
		"/": "x=" + webID[:12], "/init.scope": "x=" + webID[:12], "/../docker-" + dbID + ".scope": "x=" + dbID[:12], "/..": "x=?", "/../../user.slice": "x=?",
	} {
		if got := labels(Diagnose(inside(path), Options{})); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
	s := inside("/")
	s.Self = scan.Opt[scan.Self]{}
	if got := labels(Diagnose(s, Options{})); got != "x=?" {
		t.Errorf("nothing is known of us: got %s", got)
	}
}

func TestFilterMatches(t *testing.T) {
	named := &Container{Engine: scan.Containerd, ID: dbID, Name: "pg", Pod: "db-0", Namespace: "shop", PodUID: podID}
	unnamed := &Container{Engine: scan.Containerd, ID: dbID, PodUID: podID}
	alone := &Container{Engine: scan.Podman, ID: webID, Name: "web"}
	none := &Container{Engine: NoContainer}
	for name, c := range map[string]struct {
		f    Filter
		c    *Container
		want Answer
	}{
		"any":                      {Filter{}, nil, Yes},
		"unknown":                  {Filter{Container: "pg"}, nil, Unknown},
		"the machine":              {Filter{Pod: "db-0"}, none, No},
		"name":                     {Filter{Container: "pg"}, named, Yes},
		"another name":             {Filter{Container: "p"}, named, No},
		"ID":                       {Filter{Container: dbID[:12]}, named, Yes},
		"ID, without a name":       {Filter{Container: dbID[:6]}, unnamed, Yes},
		"too short an ID":          {Filter{Container: dbID[:5]}, unnamed, Unknown},
		"another ID":               {Filter{Container: webID[:12]}, unnamed, No},
		"name, not known":          {Filter{Container: "pg"}, unnamed, Unknown},
		"pod":                      {Filter{Pod: "db-0"}, named, Yes},
		"pod by UID":               {Filter{Pod: podID[:8]}, unnamed, Yes},
		"pod, not known":           {Filter{Pod: "db-0"}, unnamed, Unknown},
		"pod, of one in none":      {Filter{Pod: "db-0"}, alone, No},
		"namespace":                {Filter{Namespace: "shop"}, named, Yes},
		"another namespace":        {Filter{Namespace: "kube-system"}, named, No},
		"namespace, not known":     {Filter{Namespace: "shop"}, unnamed, Unknown},
		"namespace, not in a pod":  {Filter{Namespace: "shop"}, alone, No},
		"all of them":              {Filter{Container: "pg", Pod: "db-0", Namespace: "shop"}, named, Yes},
		"one is wrong":             {Filter{Container: "pg", Pod: "db-1", Namespace: "shop"}, named, No},
		"one is wrong, one open":   {Filter{Container: "x", Pod: podID[:8]}, named, No},
		"container, only pod seen": {Filter{Container: "pg"}, &Container{Engine: scan.Kubernetes, PodUID: podID}, Unknown},
	} {
		if got := c.f.Matches(c.c); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

func TestFilter(t *testing.T) {
	d := Diagnose(node(), Options{Filter: Filter{Container: "web"}})
	if got := labels(d); got != "probe=web" || d.Elsewhere != 3 || d.Unattributed != 1 || !d.Matched {
		t.Errorf("got %s, %d elsewhere, %d unattributed, matched %v", got, d.Elsewhere, d.Unattributed, d.Matched)
	}
	if !d.Blind { // of one it cannot be told
		t.Error("not blind")
	}
	for _, f := range d.Findings {
		if pid := f.Subject.PID; pid != 0 && pid != 11 && pid != 12 {
			t.Errorf("%s about PID %d", f.Rule, pid)
		}
	}
	if len(d.Parents) != 1 || d.Parents[0].PID != 11 || len(d.Namespaces) != 1 {
		t.Errorf("%d parents, %d namespaces", len(d.Parents), len(d.Namespaces))
	}
	v := Policy{MaxZombies: 5, Ignore: []string{"Z303", "Z301"}}.Judge(d)
	if v.ExitCode != 3 {
		t.Errorf("blind, and %s", v.Status)
	}

	// Without the one that is nobody's, a clean container is clean.
	s := node()
	s.Procs = slices.DeleteFunc(s.Procs, func(p scan.Process) bool { return p.PID >= 40 || p.PID == 12 })
	d = Diagnose(s, Options{Filter: Filter{Container: "web"}})
	if d.Blind || len(d.Zombies) != 0 || !d.Matched || d.Sentence != "No zombies in container web; elsewhere there are 3." {
		t.Errorf("blind %v, %d zombies: %s", d.Blind, len(d.Zombies), d.Sentence)
	}
	if d = Diagnose(s, Options{Filter: Filter{Container: "mistyped"}}); d.Matched {
		t.Error("matched a container that there is not")
	}
	// A shim's zombie belongs to the container, and so the shim is named.
	d = Diagnose(s, Options{Filter: Filter{Pod: "db-0"}})
	if got := labels(d); got != "backup=shop/db-0/pg exec=shop/db-0/pg" || len(d.Parents) != 2 {
		t.Errorf("got %s and %d parents", got, len(d.Parents))
	}
}

// TestAllNamespaces: a verdict on each PID 1 that is in the snapshot.
func TestAllNamespaces(t *testing.T) {
	s := node()
	s.Procs = slices.DeleteFunc(s.Procs, func(p scan.Process) bool { return p.State == scan.Zombie })
	s.Again = nil
	count := func(all bool) int { return len(Diagnose(s, Options{AllNamespaces: all}).Namespaces) }
	if count(false) != 1 || count(true) != 3 {
		t.Errorf("%d without, %d with", count(false), count(true))
	}
	var got []string
	for _, g := range Diagnose(s, Options{AllNamespaces: true}).Containers {
		got = append(got, g.Container.Label())
	}
	if want := "shop/db-0/pg web"; strings.Join(got, " ") != want {
		t.Errorf("containers %v, want %s", got, want)
	}
}
