package cmd_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/fixtures/cases"
	"github.com/zombiectl/zombiectl/scan"
	"github.com/zombiectl/zombiectl/simulate"
)

// requireRoot skips without root; where nothing may be skipped it fails.
func requireRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() == 0 {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("PID namespaces need root")
	}
	t.Skip("PID namespaces need root")
}

// set sets a scene for the length of a test.
func set(t *testing.T, name string) (context.Context, *simulate.Stage) {
	t.Helper()
	requireRoot(t)
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	t.Cleanup(cancel)
	stage, err := simulate.Start(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stage.Close(); err != nil {
			t.Error(err)
		}
	})
	return ctx, stage
}

// program is this test binary by another name, in a directory of its own, where
// anybody may execute it.
func program(t *testing.T) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "zombiectl-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	name := filepath.Join(dir, "zombiectl")
	if err := errors.Join(os.Chmod(dir, 0o755), linkTo(exe, name)); err != nil {
		t.Fatal(err)
	}
	return name
}

// linkTo gives a program another name: the same file where that can be, for it is
// large, and there are hundreds of tests.
func linkTo(exe, name string) error {
	if s, err := os.Stat(exe); err == nil && s.Mode()&0o5 == 0o5 && os.Link(exe, name) == nil {
		return nil
	}
	b, err := os.ReadFile(exe)
	return errors.Join(err, writeProgram(name, b))
}

// writeProgram writes a file that is executed later. Tests run side by side: what
// another one starts meanwhile would inherit the descriptor, and a file that is
// open for writing cannot be executed (ETXTBSY).
func writeProgram(name string, content []byte) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return os.WriteFile(name, content, 0o755)
}

// in runs zombiectl inside a scene, and returns its output and its exit code.
func in(ctx context.Context, t *testing.T, stage *simulate.Stage, command ...string) (string, int) {
	t.Helper()
	cmd := stage.Command(ctx, command[0], command[1:]...)
	cmd.Env = append(cmd.Environ(), runVariable+"=1")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatalf("%v: %v", command, err)
	}
	if errs.Len() > 0 {
		t.Errorf("%v: stderr %s", command, errs.String())
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

// document is the part of a diagnosis in JSON that these tests look at.
type document struct {
	Summary struct {
		Sentence                                  string
		Processes, Zombies, Transient, NotReaping int
		InitWouldHelp                             string
	}
	Parents []struct {
		PID, PPID, Zombies int
		Comm               string
		Rules              []string
	}
	Zombies []struct {
		PID, PPID int
		Comm      string
		Origin    string
		Rules     []string
	}
	Findings []struct {
		Rule, Severity, Certainty string
		Subject                   *struct {
			PID  int
			Comm string
		}
		Missing []struct{ File string }
	}
	Unread []struct{ File, Error string }
}

func parse(t *testing.T, text string) document {
	t.Helper()
	var d document
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatalf("%v in\n%.2000s", err, text)
	}
	return d
}

func (d *document) rules() []string {
	var rules []string
	for _, f := range d.Findings {
		rules = append(rules, f.Rule)
	}
	slices.Sort(rules)
	return slices.Compact(rules)
}

// TestLive compares a look at every running scene with the expected meaning of
// its recording. The scenes without zombies are the controls of those with them.
func TestLive(t *testing.T) {
	t.Parallel()
	for _, c := range cases.All() {
		if c.Moving || c.Age > 0 || c.Scene != "" {
			continue // see TestCauses; or another look at the same scene
		}
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			ctx, stage := set(t, c.Name)
			out, code := in(ctx, t, stage, program(t), "scan", "-o", "json", "--min-age", "0")
			d := parse(t, out)
			if code != 0 || d.Summary.Zombies != c.Zombies || len(d.Zombies) != c.Zombies {
				t.Errorf("exit code %d, %d zombies, want %d\n%s", code, d.Summary.Zombies, c.Zombies, out)
			}
			if got := d.rules(); !slices.Equal(got, c.Rules) {
				t.Errorf("rules %v, want %v", got, c.Rules)
			}
			if d.Summary.InitWouldHelp != string(c.Init) {
				t.Errorf("an init would help: %s, want %s", d.Summary.InitWouldHelp, c.Init)
			}
			out, code = in(ctx, t, stage, program(t), "check", "--min-age", "0")
			if code != c.ExitCode {
				t.Errorf("check: exit code %d, want %d: %s", code, c.ExitCode, out)
			}
		})
	}
}

// TestRecordedEqualsLive: a recording gives the diagnosis that the look gave
// by which it was made, byte for byte: as root, and as somebody else.
func TestRecordedEqualsLive(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"uf-backend", "never-waits-under-init", "dead-leader", "zombie-ppid0", "transient", "app-pid1",
		"traced", "sigchld-blocked", "parent-traced", "parent-frozen", "parent-uninterruptible", "inherited-by-exec", "reaper-too-slow", "namespace-teardown"} {
		for _, user := range []string{"root", "nobody", "root, asked about PID 1"} {
			t.Run(name+"/"+user, func(t *testing.T) {
				t.Parallel()
				focus := 0
				ctx, stage := set(t, name)
				exe := program(t)
				dir := filepath.Join(filepath.Dir(exe), "out")
				if err := errors.Join(os.Mkdir(dir, 0o777), os.Chmod(dir, 0o777)); err != nil {
					t.Fatal(err)
				}
				cmd := stage.Command(ctx, exe)
				switch user {
				case "nobody":
					command := nobody(exe)
					cmd = stage.Command(ctx, command[0], command[1:]...)
				case "root, asked about PID 1":
					focus = 1
				}
				sameRecorded(t, cmd, dir, focus)
			})
		}
	}
}

// nobody is the command, run by an unprivileged user.
func nobody(command ...string) []string {
	return append([]string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"}, command...)
}

// TestUnprivileged: another user's zombies are seen and counted; hidden facts
// are unknown, and the report says so.
func TestUnprivileged(t *testing.T) {
	t.Parallel()
	ctx, stage := set(t, "uf-backend")
	out, code := in(ctx, t, stage, nobody(program(t), "scan", "-o", "json", "--min-age", "0")...)
	d := parse(t, out)
	if code != 0 || d.Summary.Zombies != 21 {
		t.Errorf("exit code %d, %d zombies, want 21", code, d.Summary.Zombies)
	}
	// Whether SIGTERM reaches PID 1 needs its threads: unknown, so no Z303.
	if got, want := d.rules(), []string{"Z301", "Z312", "Z902"}; !slices.Equal(got, want) {
		t.Errorf("rules %v, want %v", got, want)
	}
	if len(d.Unread) == 0 {
		t.Error("nothing is said to be unread")
	}
	if out, code := in(ctx, t, stage, nobody(program(t), "check", "--min-age", "0")...); code != 1 {
		t.Errorf("check: exit code %d, want 1: %s", code, out)
	}
}

// TestHidden: where processes are hidden, a look at nothing is not clean.
func TestHidden(t *testing.T) {
	t.Parallel()
	ctx, stage := set(t, "uf-backend")
	exe := program(t)
	remount := func(options string, command ...string) (string, int) {
		script := "mount -t proc -o " + options + " proc /proc && exec \"$@\""
		return in(ctx, t, stage, append([]string{"unshare", "-m", "sh", "-c", script, "sh"}, command...)...)
	}
	for _, c := range []struct {
		name, options string
		command       []string
		code          int
		rules         []string
	}{
		{"hidepid", "hidepid=invisible", nobody(exe, "check", "--min-age", "0", "-o", "json"), 3, []string{"Z901"}},
		{"hidepid=noaccess", "hidepid=noaccess", nobody(exe, "check", "--min-age", "0", "-o", "json"), 3, []string{"Z901"}},
		{"hidepid, as root", "hidepid=invisible", []string{exe, "check", "--min-age", "0", "-o", "json"}, 1, []string{"Z301", "Z303", "Z312"}},
		{"subset=pid", "subset=pid", []string{exe, "check", "--min-age", "0", "-o", "json", "--max-zombies", "21"}, 3, []string{"Z301", "Z303", "Z312", "Z901"}},
		{"control", "rw", []string{exe, "check", "--min-age", "0", "-o", "json", "--max-zombies", "21"}, 0, []string{"Z301", "Z303", "Z312"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, code := remount(c.options, c.command...)
			d := parse(t, out)
			if code != c.code || !slices.Equal(d.rules(), c.rules) {
				t.Errorf("exit code %d, want %d; rules %v, want %v\n%s", code, c.code, d.rules(), c.rules, d.Summary.Sentence)
			}
			if strings.HasPrefix(d.Summary.Sentence, "No zombies") {
				t.Errorf("sentence %q", d.Summary.Sentence)
			}
		})
	}
}

// TestTransientIsNotBlamed: a parent that reaps a moment later is not accused
// after a second look; after one look it may be, which is why there are two.
func TestTransientIsNotBlamed(t *testing.T) {
	t.Parallel()
	ctx, stage := set(t, "transient")
	exe := program(t)
	seen, blamed := 0, 0
	deadline := time.Now().Add(30 * time.Second)
	for (seen < 5 || blamed == 0) && time.Now().Before(deadline) {
		out, _ := in(ctx, t, stage, exe, "scan", "-o", "json")
		d := parse(t, out)
		seen += d.Summary.Transient
		if d.Summary.Zombies != 0 || d.Summary.NotReaping != 0 {
			t.Fatalf("accused: %s", d.Summary.Sentence)
		}
		out, _ = in(ctx, t, stage, exe, "scan", "-o", "json", "--settle", "0", "--min-age", "0")
		d = parse(t, out)
		blamed += d.Summary.Zombies
		for _, f := range d.Findings {
			if f.Certainty == string(diagnose.Certain) && f.Rule == "Z201" {
				t.Fatalf("one look is never certain: %+v", f)
			}
		}
	}
	if seen < 5 || blamed == 0 {
		t.Errorf("%d transient zombies in two looks, %d zombies in one: the test looked at nothing", seen, blamed)
	}
}

// TestChurn: while processes are born and die as fast as the machine can make
// them, no look fails, shows a phantom or accuses anybody.
func TestChurn(t *testing.T) {
	ctx, stage := set(t, "churn")
	exe := program(t)
	begin, births := time.Now(), stage.Count()
	looks := 0
	for ; looks < 40 || time.Since(begin) < 2*time.Second; looks++ {
		out, code := in(ctx, t, stage, exe, "scan", "-o", "json", "--settle", "20ms")
		d := parse(t, out)
		if code != 0 || len(d.Unread) != 0 || d.Summary.Zombies != 0 || d.Summary.NotReaping != 0 {
			t.Fatalf("exit code %d, unread %v: %s", code, d.Unread, d.Summary.Sentence)
		}
		for _, f := range d.Findings {
			if !slices.Contains([]string{"Z101", "Z302", "Z303"}, f.Rule) {
				t.Fatalf("found %+v", f)
			}
		}
	}
	rate := float64(stage.Count()-births) / time.Since(begin).Seconds()
	t.Logf("%d looks at %.0f births a second", looks, rate)
	if rate < 200 {
		t.Errorf("%.0f births a second: that is no churn", rate)
	}
}

// TestThreeLeft is the README's first example: a parent in our own namespace
// that leaves three zombies is named, and no longer there when it has exited.
func TestThreeLeft(t *testing.T) {
	requireRoot(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	stage, err := simulate.Start(ctx, "leaving-three")
	if err != nil {
		t.Fatal(err)
	}
	exe := program(t)
	parent := func() (n int) {
		out, _ := in(ctx, t, stage, exe, "scan", "-o", "json", "--min-age", "0")
		for _, p := range parse(t, out).Parents {
			if p.PID == stage.Parent() {
				n = p.Zombies
				if !slices.Equal(p.Rules, []string{"Z201"}) {
					t.Errorf("rules %v, want Z201", p.Rules)
				}
			}
		}
		return n
	}
	if n := parent(); n != 3 {
		t.Errorf("%d zombies below PID %d, want 3", n, stage.Parent())
	}
	if err := stage.Close(); err != nil {
		t.Fatal(err)
	}
	if n := parent(); n != 0 {
		t.Errorf("%d zombies below a parent that has ended", n)
	}
}

// TestOrphansUnderTini is its control: orphans below a good init leave nothing.
func TestOrphansUnderTini(t *testing.T) {
	t.Parallel()
	ctx, stage := set(t, "orphans-under-tini")
	if out, code := in(ctx, t, stage, program(t), "check"); code != 0 {
		t.Errorf("exit code %d: %s", code, out)
	}
}

// TestCaptureOnly records some processes, with their ancestors and descendants.
func TestCaptureOnly(t *testing.T) {
	t.Parallel()
	ctx, stage := set(t, "never-waits-under-init")
	exe := program(t)
	dir := filepath.Join(filepath.Dir(exe), "only")
	out, _ := in(ctx, t, stage, exe, "scan", "-o", "json", "--min-age", "0")
	d := parse(t, out)
	zombie := fmt.Sprint(d.Zombies[0].PID)
	cmd := stage.Command(ctx, exe, "capture", dir, "--only", zombie)
	cmd.Env = append(cmd.Environ(), runVariable+"=1")
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	r, err := scan.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s, err := scan.Look(r, scan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var pids []string
	for i := range s.Procs {
		pids = append(pids, s.Procs[i].Comm)
	}
	if want := []string{"tini", "leaky-parent", "leaky-child"}; !slices.Equal(pids, want) {
		t.Errorf("recorded %v, want %v", pids, want)
	}
	if d := diagnose.Diagnose(s, diagnose.Options{}); !d.Blind || len(d.Zombies) != 1 { // a part is never clean
		t.Errorf("blind %v, %d zombies: %s\n%+v", d.Blind, len(d.Zombies), d.Sentence, d.Findings)
	}
}
