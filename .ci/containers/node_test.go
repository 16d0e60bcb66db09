package containers

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// The node with eight incidents is also there to be looked at, and recorded:
//
//	.ci/containers/run -run 'TestNode$' -v -hold 10m                                  scan it from another terminal; Ctrl-C removes it
//	.ci/containers/run -run 'TestNode$' -v -name shop -age 5m -record /tmp/recording  how fixtures/node-of-eight was made
var (
	hold   = flag.Duration("hold", 0, "keep the node with eight incidents up for so long")
	age    = flag.Duration("age", 0, "how old the zombies of the node have to be")
	record = flag.String("record", "", "record the node in this `directory`")
)

// incident is one container of the node: real programs of this machine, and the
// scripts in node/.
type incident struct {
	name    string
	options []string
	program []string
	then    func(t *testing.T, c container) // is done to it from outside
	zombies int
	parents int // that do not reap
	rule    string
}

// pidsLimit is what the queue may have: an init, the program, and its zombies.
const pidsLimit = 32

// eight returns the incidents. The queue starts a job every so often.
func eight(pod string, every time.Duration) []incident {
	probe := func(t *testing.T, c container) {
		for range 3 {
			podman(t, "exec", c.name, "sh", "/app/probe.sh")
		}
	}
	pause := func(t *testing.T, c container) {
		zombiesIn(t, c, 3)
		podman(t, "pause", c.name)
	}
	return []incident{
		{name: "web", program: []string{"python3", "/app/web.py"}, then: probe, zombies: 3, parents: 1, rule: "Z301"},
		{name: "mailer", program: []string{"tini", "--", "perl", "/app/mailer.pl"}, zombies: 4, parents: 1, rule: "Z201"},
		{name: "thumbs", options: []string{"--init"}, program: []string{"sh", "/app/thumbs.sh"}, zombies: 3, parents: 1, rule: "Z205"},
		{name: "queue", options: []string{"--init", "--pids-limit", fmt.Sprint(pidsLimit)}, program: []string{"python3", "/app/queue.py", fmt.Sprint(every.Seconds())}, zombies: pidsLimit - 2, parents: 1, rule: "Z201"},
		{name: "sync", options: []string{"--pod", pod}, program: []string{"perl", "/app/sync.pl"}, zombies: 3, parents: 1, rule: "Z201"},
		{name: "batch", options: []string{"--init"}, program: []string{"python3", "/app/batch.py", fmt.Sprint(10 + age.Seconds())}, then: pause, zombies: 3, parents: 1, rule: "Z207"},
		{name: "importer", options: []string{"--init"}, program: []string{"python3", "/app/importer.py"}, zombies: 2, parents: 1, rule: "Z202"},
		{name: "crawler", options: []string{"--init"}, program: []string{"python3", "/app/crawler.py"}, zombies: 60, parents: 30, rule: "Z201"},
	}
}

// startNode starts the eight, and returns when all are in place.
func startNode(t *testing.T) ([]incident, []container) {
	t.Helper()
	debian := debianImage(t)
	pod := run + "-pod"
	t.Cleanup(func() { _, _ = try(t, "podman", "pod", "rm", "-f", "-t", "0", pod) })
	podman(t, "pod", "create", "--name", pod, "--share", "pid", "--network", "none")

	all := eight(pod, *age/pidsLimit)
	boxes := make([]container, len(all))
	var wg sync.WaitGroup
	turns := make(chan struct{}, 2)
	for i, in := range all {
		wg.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			boxes[i] = startImage(t, in.name, debian, append([]string{"-v", "/usr:/usr:ro", "--stop-timeout", "1"}, in.options...), in.program...)
			if in.then != nil {
				in.then(t, boxes[i])
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return all, boxes
}

// debianImage has the scripts, and links to what /usr holds here.
func debianImage(t *testing.T) string {
	t.Helper()
	name := "localhost/" + run + "/debian:1"
	root := t.TempDir()
	for _, dir := range []string{"usr", "tmp"} {
		if err := os.Mkdir(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{"bin", "sbin", "lib", "lib64"} {
		if err := os.Symlink("usr/"+dir, filepath.Join(root, dir)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(filepath.Join(root, "app"), os.DirFS("node")); err != nil {
		t.Fatal(err)
	}
	for _, task := range []string{"health-request", "send-mail", "thumbnail", "job", "sync-account", "load", "import-row", "fetch-page"} {
		if err := os.Symlink("task", filepath.Join(root, "app", task)); err != nil {
			t.Fatal(err)
		}
	}
	if err := command("sh", "-c", `tar -C "$1" -c . | podman import -q - "$2"`, "sh", root, name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = try(t, "podman", "rmi", "-f", name) })
	return name
}

// TestNode: eight incidents on one machine at once. Each gets its true cause,
// and the command that is printed for it clears it.
func TestNode(t *testing.T) {
	all, boxes := startNode(t)
	var d *document
	limit := time.Now().Add(*age + 20*time.Second)
	for d = scanNode(t); !settled(d, all, boxes) && time.Now().Before(limit); d = scanNode(t) {
		time.Sleep(200 * time.Millisecond)
	}
	for i, in := range all {
		zombies, parents, rules := found(d, boxes[i])
		if zombies < in.zombies || parents != in.parents || len(rules) == 0 || rules[0] != in.rule || *age == 0 && len(rules) > 1 {
			t.Errorf("%s: %d zombies of %d parents, %v; want %d of %d, %s", in.name, zombies, parents, rules, in.zombies, in.parents, in.rule)
		}
	}
	for _, z := range d.Zombies {
		i := slices.IndexFunc(boxes, func(c container) bool { return c.name == z.Container.named() })
		if i >= 0 && (z.Container.Kind != "podman" || z.Container.ID == nil || *z.Container.ID != boxes[i].id) {
			t.Errorf("zombie %d is in %+v, want %s", z.PID, z.Container, boxes[i].id)
		}
	}
	if !d.has("Z401") {
		t.Errorf("the limit of the queue is not told: %s", d.rules())
	}
	if *record != "" {
		if out, code := try(t, zombiectl, "capture", "--args", "keep", *record); code != 0 {
			t.Fatal(out)
		}
		return
	}
	text, _ := try(t, zombiectl, "scan")
	t.Logf("%d lines, %d words\n%s", strings.Count(text, "\n"), len(strings.Fields(text)), text)
	if *hold > 0 {
		fmt.Fprintf(os.Stderr, "The node stays up for %v: %s scan\n", *hold, zombiectl)
		time.Sleep(*hold)
	}
	for _, c := range boxes {
		pasteNow(t, c)
	}
}

func scanNode(t *testing.T) *document {
	t.Helper()
	out, code := try(t, zombiectl, "scan", "-o", "json")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, out)
	}
	return parse(t, out)
}

// settled reports whether all zombies are there, and have the age.
func settled(d *document, all []incident, boxes []container) bool {
	for i, in := range all {
		if zombies, _, _ := found(d, boxes[i]); zombies < in.zombies {
			return false
		}
	}
	return !slices.ContainsFunc(d.Zombies, func(z zombie) bool {
		return strings.HasSuffix(z.Container.named(), "-web") && (z.Age.AtLeast == nil || *z.Age.AtLeast < age.Seconds())
	})
}

// found counts what a scan says of a container.
func found(d *document, c container) (zombies, parents int, rules []string) {
	for _, z := range d.Zombies {
		if z.Container.named() == c.name {
			zombies++
		}
	}
	for _, p := range d.Parents {
		if p.Container.named() == c.name {
			parents++
			rules = append(rules, p.Rules...)
		}
	}
	slices.Sort(rules)
	return zombies, parents, slices.Compact(rules)
}
