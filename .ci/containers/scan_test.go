package containers

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// mine compares what a scan on the machine says of a container with the truth.
func mine(t *testing.T, d *document, c container, zombies int) {
	t.Helper()
	if len(d.Zombies) != zombies {
		t.Errorf("%d zombies in %s, want %d: %s", len(d.Zombies), c.name, zombies, d.Summary.Sentence)
	}
	for _, z := range d.Zombies {
		o := z.Container
		if o == nil || o.Kind != "podman" || o.named() != c.name || o.ID == nil || *o.ID != c.id {
			t.Errorf("zombie %d is in %+v, want %s", z.PID, o, c.name)
		}
		if inner := nspid(z.PID); z.InnerPID == nil || *z.InnerPID != inner {
			t.Errorf("zombie %d: inside %v, want %d", z.PID, z.InnerPID, inner)
		}
	}
}

// nspid is the last of NSpid.
func nspid(pid int) int {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, rest, _ := strings.Cut(string(b), "NSpid:")
	line, _, _ := strings.Cut(rest, "\n")
	fields := strings.Fields(line)
	if len(fields) == 0 {
		return -1
	}
	n, _ := strconv.Atoi(fields[len(fields)-1])
	return n
}

// TestOrphans: an app as PID 1 that is left with orphans.
func TestOrphans(t *testing.T) {
	c := start(t, "orphans", nil, leavesOrphans...)
	zombiesIn(t, c, 2)

	out := fromHost(t, c)
	mine(t, out, c, 2)
	if !out.has("Z301") || out.Summary.InitWouldHelp != "yes" || out.Parents[0].PID != c.pid || *out.Parents[0].InnerPID != 1 {
		t.Errorf("outside: %s: %s", out.rules(), out.Summary.Sentence)
	}
	if out.Observer.Place != "host" {
		t.Errorf("outside we stand in %q", out.Observer.Place)
	}

	in := inside(t, c)
	if !in.has("Z301") || in.Summary.InitWouldHelp != "yes" || len(in.Zombies) != 2 || in.Parents[0].PID != 1 {
		t.Errorf("inside: %s: %s", in.rules(), in.Summary.Sentence)
	}
	if in.Observer.Place != "container" {
		t.Errorf("inside we stand in %q", in.Observer.Place)
	}
	// The same zombies: their PID in there stands beside their PID out here.
	var outer, inner []int
	for _, z := range out.Zombies {
		outer = append(outer, *z.InnerPID)
	}
	for _, z := range in.Zombies {
		inner = append(inner, z.PID)
	}
	if !slices.Equal(outer, inner) {
		t.Errorf("PIDs %v inside, as seen from outside %v", inner, outer)
	}
}

// TestInit is its control: the same below an init.
func TestInit(t *testing.T) {
	c := start(t, "init", []string{"--init"}, leavesOrphans...)
	// The orphans are gone once the namespace is down to the init and the app.
	eventually(t, "the end of the orphans", func() bool { return strings.Count(podman(t, "top", c.name, "pid"), "\n") == 2 })
	if d := fromHost(t, c); len(d.Zombies) != 0 || d.has("Z3") {
		t.Errorf("outside: %s: %s", d.rules(), d.Summary.Sentence)
	}
	if out, code := try(t, "podman", "exec", c.name, "zombiectl", "check", "--min-age", "0"); code != 0 {
		t.Errorf("inside: exit code %d: %s", code, out)
	}
	// Partial: the machine may have zombies that are in nobody's container for sure.
	if out, code := try(t, zombiectl, "check", "--min-age", "0", "--allow-partial", "--container", c.id[:12]); code != 0 {
		t.Errorf("outside, by its ID: exit code %d: %s", code, out)
	}
	out, code := try(t, zombiectl, "check", "--container", c.name+"x")
	if code != 3 || !strings.Contains(out, "no process here is known to be in container "+c.name+"x") {
		t.Errorf("a name that there is not: exit code %d: %s", code, out)
	}
}

// TestLivingParent: an init cannot help while the parent is running.
func TestLivingParent(t *testing.T) {
	c := start(t, "living", []string{"--init"}, neverWaits...)
	zombiesIn(t, c, 1)
	out, in := fromHost(t, c), inside(t, c)
	mine(t, out, c, 1)
	for where, d := range map[string]*document{"outside": out, "inside": in} {
		if !d.has("Z201") || !d.has("Z305") || d.has("Z301") || d.Summary.InitWouldHelp != "no" {
			t.Errorf("%s: %s: %s", where, d.rules(), d.Summary.Sentence)
		}
	}
}

// TestPod: containers that share a PID namespace, and, its control, a pod whose
// containers do not.
func TestPod(t *testing.T) {
	for _, share := range []string{"pid", "ipc"} {
		t.Run(share, func(t *testing.T) {
			pod := run + "-pod-" + share
			t.Cleanup(func() { _, _ = try(t, "podman", "pod", "rm", "-f", "-t", "0", pod) })
			uid := podman(t, "pod", "create", "--name", pod, "--share", share, "--network", "none")
			var members []container
			for _, name := range []string{"a", "b"} {
				name = run + "-pod-" + share + "-" + name
				id := podman(t, append([]string{"run", "-d", "--pod", pod, "--name", name, image}, neverWaits...)...)
				pid, _ := strconv.Atoi(podman(t, "inspect", "-f", "{{.State.Pid}}", name))
				members = append(members, container{name: name, id: id, pid: pid})
			}
			shared := share == "pid"
			for _, c := range members {
				if shared {
					zombiesIn(t, c, 2)
				} else {
					zombiesIn(t, c, 1)
				}
				out := fromHost(t, c)
				mine(t, out, c, 1)
				for _, z := range out.Zombies {
					if z.Container.PodUID == nil || *z.Container.PodUID != uid {
						t.Errorf("zombie %d is in %+v, want pod %s", z.PID, z.Container, uid)
					}
				}
				in := inside(t, c)
				place := "container"
				if shared {
					place = "shared-pid"
				}
				if in.has("Z306") != shared || in.Observer.Place != place {
					t.Errorf("inside %s: %s, from %s", c.name, in.rules(), in.Observer.Place)
				}
			}
			if out, code := try(t, zombiectl, "scan", "-o", "json", "--min-age", "0", "--pod", uid[:12]); code != 0 || len(parse(t, out).Zombies) != 2 {
				t.Errorf("by the pod: exit code %d: %s", code, out)
			}
		})
	}
}

// TestExec: a process that exec sent in has no parent in there, and is blamed as
// anybody else.
func TestExec(t *testing.T) {
	c := start(t, "exec", []string{"--init"}, idle...)
	podman(t, append([]string{"exec", "-d", c.name}, neverWaits...)...)
	zombiesIn(t, c, 1)
	in := inside(t, c)
	if !in.has("Z201") || in.has("Z105") || len(in.Parents) != 1 || in.Zombies[0].PPID != in.Parents[0].PID {
		t.Errorf("inside: %s: %s", in.rules(), in.Summary.Sentence)
	}
	mine(t, fromHost(t, c), c, 1)
}

// TestHostPID: a container in the machine's PID namespace; and one that looks
// at the machine's root from a namespace of its own.
func TestHostPID(t *testing.T) {
	c := start(t, "seen", []string{"--init"}, neverWaits...)
	zombiesIn(t, c, 1)
	d := parse(t, podman(t, "run", "--rm", "--network", "none", "--name", run+"-hostpid", "--pid", "host", image, "zombiectl", "scan", "-o", "json", "--min-age", "0"))
	if !d.has("Z307") || d.Observer.Place != "host-pid" {
		t.Errorf("hostPID: %s, from %s", d.rules(), d.Observer.Place)
	}
	if !slices.ContainsFunc(d.Zombies, func(z zombie) bool {
		return z.Container != nil && z.Container.ID != nil && *z.Container.ID == c.id && z.Container.Name == nil
	}) {
		t.Errorf("hostPID, without the machine's files: no zombie of %s without a name", c.id)
	}
	out, code := try(t, "podman", "run", "--rm", "--network", "none", "--name", run+"-root", "-v", "/:/host:ro,rslave", "--security-opt", "apparmor=unconfined", image,
		"zombiectl", "scan", "--from", "/host", "-o", "json", "--min-age", "0", "--container", c.name)
	if code != 0 {
		t.Fatalf("the machine's root: exit code %d: %s", code, out)
	}
	d = parse(t, out)
	mine(t, d, c, 1)
	if d.Observer.Place != "host-root" || d.has("Z307") {
		t.Errorf("the machine's root: %s, from %s", d.rules(), d.Observer.Place)
	}
}

// TestMany: fifty containers at once, and each zombie has its owner.
func TestMany(t *testing.T) {
	const many = 50
	all := make([]container, many)
	var wg sync.WaitGroup
	next := make(chan int)
	for range 2 {
		wg.Go(func() {
			for i := range next {
				leave := strings.Repeat("sleep 0.1 & ", 1+i%3)
				all[i] = start(t, fmt.Sprintf("many%d", i), nil, "sh", "-c", leave+"exec sleep 600")
			}
		})
	}
	for i := range many {
		next <- i
	}
	close(next)
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
	names, want := map[int]string{}, 0 // by the PID of their PID 1
	for i, c := range all {
		zombiesIn(t, c, 1+i%3)
		names[c.pid] = c.name
		want += 1 + i%3
	}
	dir := filepath.Join(t.TempDir(), "recorded")
	if out, code := try(t, zombiectl, "capture", "--all-namespaces", dir); code != 0 {
		t.Fatalf("capture: exit code %d: %s", code, out)
	}
	var seen []map[int]string
	for _, from := range []string{"/", dir} {
		out, code := try(t, zombiectl, "scan", "-o", "json", "--min-age", "0", "--all-namespaces", "--from", from)
		if code != 0 {
			t.Fatalf("exit code %d: %s", code, out)
		}
		d := parse(t, out)
		found := map[int]string{}
		right, judged := 0, 0
		for _, z := range d.Zombies {
			if name, ok := names[z.PPID]; ok {
				found[z.PID] = z.Container.named()
				if found[z.PID] == name {
					right++
				} else {
					t.Errorf("%s: zombie %d is in %+v, want %s", from, z.PID, z.Container, name)
				}
			}
		}
		for _, n := range d.Namespaces {
			if n.PID1 != nil && n.PID1.PID != nil && names[*n.PID1.PID] != "" {
				judged++
				if n.Container.named() != names[*n.PID1.PID] || n.PID1.Init != "no" {
					t.Errorf("%s: PID 1 %d: %+v", from, *n.PID1.PID, n)
				}
			}
		}
		if right != want || judged != many {
			t.Errorf("%s: %d of %d zombies with their owner, %d of %d PID 1 judged", from, right, want, judged, many)
		}
		seen = append(seen, found)
	}
	if !reflect.DeepEqual(seen[0], seen[1]) {
		t.Errorf("live %v\nrecorded %v", seen[0], seen[1])
	}
	t.Logf("%d zombies in %d containers", want, many)
}
