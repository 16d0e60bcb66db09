// Package containers tests zombiectl with containers of a real engine.
package containers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// run begins the names of all that is made, and what begins so is removed at the end.
var run string

// Of one run: what the tests share.
var (
	image     string // busybox and zombiectl, from scratch
	zombiectl string // the binary, on the machine
	top       string // the root of the repository
)

func TestMain(m *testing.M) {
	code, err := prepare(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "containers: error:", err)
		code = 1
	}
	os.Exit(code)
}

func prepare(m *testing.M) (code int, err error) {
	flag.StringVar(&run, "name", fmt.Sprintf("zct%d", os.Getpid()), "how the `name` of each container begins: what begins so is removed at the end")
	flag.Parse()
	image = "localhost/" + run + ":1"
	if top, err = filepath.Abs("../.."); err != nil {
		return 1, err
	}
	dir, err := os.MkdirTemp("", "zombiectl-containers-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil { // others run the program too
		return 1, err
	}
	// What a fresh machine has, whatever this one is set to: no systemd, no
	// journal, and limits that root without CAP_SYS_RESOURCE may set too.
	conf := filepath.Join(dir, "containers.conf")
	if err := os.WriteFile(conf, []byte(`[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "none"
runtime = "runc"
`), 0o644); err != nil {
		return 1, err
	}
	if err := os.Setenv("CONTAINERS_CONF", conf); err != nil {
		return 1, err
	}
	defer cleanUp()
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-interrupted
		cleanUp()
		_ = os.RemoveAll(dir)
		os.Exit(130)
	}()
	root := filepath.Join(dir, "image")
	zombiectl = filepath.Join(root, "bin", "zombiectl")
	if err := errors.Join(
		os.MkdirAll(filepath.Join(root, "bin"), 0o755), os.MkdirAll(filepath.Join(root, "tmp"), 0o777),
		build(zombiectl), command("cp", "-L", "/bin/busybox", filepath.Join(root, "bin", "busybox")),
	); err != nil {
		return 1, err
	}
	for _, applet := range []string{"sh", "sleep", "setsid", "cat", "true", "ps", "kill", "tar", "id", "ls"} {
		if err := os.Symlink("busybox", filepath.Join(root, "bin", applet)); err != nil {
			return 1, err
		}
	}
	if err := command("sh", "-c", `tar -C "$1" -c . | podman import -q - "$2"`, "sh", root, image); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

func build(to string) error {
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w -E=zombiectl_entry", "-o", to, "./cmd/zombiectl")
	cmd.Dir, cmd.Env = top, append(os.Environ(), "CGO_ENABLED=0")
	return explain(cmd, nil)
}

func command(name string, args ...string) error { return explain(exec.Command(name, args...), nil) }

// explain runs a command, and adds its messages to the error.
func explain(cmd *exec.Cmd, stdout *bytes.Buffer) error {
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if stdout != nil {
		cmd.Stdout = stdout
	}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, strings.TrimSpace(errs.String()))
	}
	return nil
}

// cleanUp removes what this run made, and nothing else.
func cleanUp() {
	_ = command("sh", "-c", `podman ps -aq --filter "name=^$1-" | xargs -r podman rm -f -t 0`, "sh", run)
	_ = command("sh", "-c", `podman pod ps -q --filter "name=^$1-" | xargs -r podman pod rm -f -t 0`, "sh", run)
	_ = command("podman", "rmi", "-f", image)
	// A list of images breaks what lists images, once one of it is gone.
	_ = command("podman", "manifest", "rm", "localhost/"+run+"/zombiectl:1")
	_ = command("sh", "-c", `podman images -q --filter label=org.opencontainers.image.version=v0.0.0-test --filter dangling=true | xargs -r podman rmi -f`)
	_ = command("sh", "-c", `podman images -q --filter "reference=localhost/$1*" | sort -u | xargs -r podman rmi -f`, "sh", run)
}

// podman runs an engine's command, and returns its output.
func podman(t testing.TB, args ...string) string {
	t.Helper()
	out, code := try(t, "podman", args...)
	if code != 0 {
		t.Fatalf("podman %s: exit code %d: %s", strings.Join(args, " "), code, out)
	}
	return strings.TrimSpace(out)
}

// try runs a command, and returns its output and its exit code.
func try(t testing.TB, name string, args ...string) (string, int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute+*age)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if ended := (*exec.ExitError)(nil); err != nil && !errors.As(err, &ended) {
		t.Fatalf("%s %s: %v", name, strings.Join(args, " "), err)
	}
	if cmd.ProcessState.ExitCode() != 0 {
		out.WriteString(errs.String())
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

// container is one that a test runs.
type container struct {
	name, id string
	pid      int // of its PID 1, on the machine
}

// start runs a script as a container, and removes it at the end of the test.
func start(t testing.TB, name string, options []string, script ...string) container {
	t.Helper()
	return startImage(t, name, image, options, script...)
}

func startImage(t testing.TB, name, image string, options []string, script ...string) container {
	t.Helper()
	name = run + "-" + name
	args := append([]string{"run", "-d", "--network", "none", "--name", name}, options...)
	args = append(append(args, image), script...)
	pid := 0
	t.Cleanup(func() {
		if _, code := try(t, "podman", "rm", "-f", "-t", "0", name); code != 0 && pid > 0 {
			// Thawed behind its back, the engine cannot resume a container that it
			// paused.
			_ = syscall.Kill(pid, syscall.SIGKILL)
			_, _ = try(t, "podman", "rm", "-f", "-t", "0", name)
		}
	})
	id := podman(t, args...)
	return container{name: name, id: id, pid: pidOf(t, name)}
}

// pidOf returns the PID of a container's PID 1, on the machine.
func pidOf(t testing.TB, name string) int {
	t.Helper()
	pid, err := strconv.Atoi(podman(t, "inspect", "-f", "{{.State.Pid}}", name))
	if err != nil || pid == 0 {
		t.Fatalf("%s: PID %d, %v", name, pid, err)
	}
	return pid
}

// The programs of the containers. The first child of each says by a file in
// /tmp that it is done.
var (
	// leavesOrphans becomes a program that never waits, after somebody else has
	// left it children.
	leavesOrphans = []string{"sh", "-c", `setsid sh -c "sleep 0.1 & sleep 0.1 &"; exec sleep 600`}
	// neverWaits becomes the same below whatever is PID 1, with its own child.
	neverWaits = []string{"sh", "-c", "sleep 0.1 & exec sleep 600"}
	idle       = []string{"sleep", "600"}
)

// document is what zombiectl scan -o json prints, of which this is used.
type document struct {
	Summary struct {
		Sentence      string
		InitWouldHelp string
	}
	Observer struct {
		Place, Ptrace string
		Container     *owner
	}
	Namespaces []struct {
		Container *owner
		PID1      *struct {
			PID         *int
			Init, Reaps string
		}
	}
	Containers []struct {
		Container *owner
		Zombies   int
	}
	Parents  []parent
	Zombies  []zombie
	Findings []finding
}

type finding struct {
	Rule, Message string
	Subject       *struct{ PID int }
	Advice        []string
}

type parent struct {
	PID, Zombies int
	InnerPID     *int
	Rules        []string
	Container    *owner
}

type zombie struct {
	PID, PPID  int
	StartTicks uint64
	InnerPID   *int
	Container  *owner
	Age        struct{ AtLeast *float64 }
	Exit       *struct{ How string }
}

type owner struct {
	Kind                             string
	ID, Name, Pod, Namespace, PodUID *string
}

func (o *owner) named() string {
	if o == nil || o.Name == nil {
		return ""
	}
	return *o.Name
}

func (d *document) rules() string {
	var out []string
	for _, f := range d.Findings {
		out = append(out, f.Rule)
	}
	return strings.Join(out, " ")
}

func (d *document) has(rule string) bool { return strings.Contains(d.rules(), rule) }

func parse(t testing.TB, out string) *document {
	t.Helper()
	d := &document{}
	if err := json.Unmarshal([]byte(out), d); err != nil {
		t.Fatalf("%v in\n%.2000s", err, out)
	}
	return d
}

// fromHost is a scan on the machine, of this container.
func fromHost(t testing.TB, c container, more ...string) *document {
	t.Helper()
	out, code := try(t, zombiectl, append([]string{"scan", "-o", "json", "--min-age", "0", "--container", c.name}, more...)...)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, out)
	}
	return parse(t, out)
}

// inside is a scan in the container.
func inside(t testing.TB, c container, more ...string) *document {
	t.Helper()
	return parse(t, podman(t, append([]string{"exec", c.name, "zombiectl", "scan", "-o", "json", "--min-age", "0"}, more...)...))
}

// eventually repeats a check until it succeeds, which takes a moment.
func eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !done() {
		if time.Now().After(deadline) {
			t.Fatal("in vain waited for: ", what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// zombiesIn waits until a container has that many zombies, as the kernel shows
// them: by their NSpid they are in the namespace of its PID 1.
func zombiesIn(t testing.TB, c container, want int) {
	t.Helper()
	ns, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", c.pid))
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, fmt.Sprintf("%d zombies in %s", want, c.name), func() bool { return len(zombiesOf(ns)) == want })
}

// zombiesOf lists the zombies of a PID namespace.
func zombiesOf(ns string) []int {
	var out []int
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range stats {
		b, err := os.ReadFile(name)
		_, rest, ok := strings.Cut(string(b), ") ")
		if err != nil || !ok || !strings.HasPrefix(rest, "Z") {
			continue
		}
		dir := filepath.Dir(name)
		if link, err := os.Readlink(dir + "/ns/pid"); err == nil && link == ns {
			if pid, err := strconv.Atoi(filepath.Base(dir)); err == nil {
				out = append(out, pid)
			}
		}
	}
	return out
}
