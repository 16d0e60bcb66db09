package diagnose

import (
	"slices"
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/scan/facts"
)

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
	s.Find(31).Deep.Cgroups = facts.Some([]facts.CgroupPath{{Path: "/system.slice/docker-" + dbID + ".scope (deleted)"}})
	if got := labels(Diagnose(s, Options{})); !strings.Contains(got, "job=shop/db-0/pg") {
		t.Errorf("got %s", got)
	}
}

// TestContainerInside: from inside, paths are relative to our own container.
func TestContainerInside(t *testing.T) {
	inside := func(path string) *facts.Snapshot {
		s := look(proc{PID: 1, Comm: "app", NS: 5}, proc{PID: 7, PPID: 1, Comm: "x", State: facts.Zombie, NS: 5})
		inCgroup(s, path, 1)
		s.Self = facts.Some(facts.Self{PID: 30, PIDNS: facts.Some(uint64(5)), In: facts.Some(facts.Container{Engine: facts.Docker, ID: webID})})
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
	s.Self = facts.Opt[facts.Self]{}
	if got := labels(Diagnose(s, Options{})); got != "x=?" {
		t.Errorf("nothing is known of us: got %s", got)
	}
}

func TestFilter(t *testing.T) {
	d := Diagnose(node(), Options{Filter: Filter{Container: "web"}})
	if got := labels(d); got != "probe=web" || d.Elsewhere != 3 || d.Unattributed != 1 || !d.Matched {
		t.Errorf("got %s, %d elsewhere, %d unattributed, matched %v", got, d.Elsewhere, d.Unattributed, d.Matched)
	}
	if !d.Blind { // it is unknown of one
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

	// Without the one that is nobody's, a clean container is clean.
	s := node()
	s.Procs = slices.DeleteFunc(s.Procs, func(p facts.Process) bool { return p.PID >= 40 || p.PID == 12 })
	d = Diagnose(s, Options{Filter: Filter{Container: "web"}})
	if d.Blind || len(d.Zombies) != 0 || !d.Matched || d.Sentence != "No zombies in container web; 3 elsewhere." {
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
	s.Procs = slices.DeleteFunc(s.Procs, func(p facts.Process) bool { return p.State == facts.Zombie })
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
