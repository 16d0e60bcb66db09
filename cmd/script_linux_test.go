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

	"github.com/zombiectl/zombiectl/fixtures/cases"
	"github.com/zombiectl/zombiectl/scan"
	"github.com/zombiectl/zombiectl/simulate"
)

// shells are those that the script is for. Each has to be here where nothing
// may be skipped.
func shells(t *testing.T) [][]string {
	t.Helper()
	var found [][]string
	for _, s := range [][]string{{"busybox", "sh"}, {"dash"}, {"bash"}} {
		path, err := exec.LookPath(s[0])
		switch {
		case err == nil:
			found = append(found, append([]string{path}, s[1:]...))
		case os.Getenv("CI") == "true":
			t.Fatal("the script is to be tried in", s, err)
		default:
			t.Log("without", s, err)
		}
	}
	if len(found) == 0 {
		t.Skip("none of the shells is here")
	}
	return found
}

// seen is what a scan and the script have to agree on.
type seen struct {
	Summary struct {
		Processes, Zombies, NotReaping int
		InitWouldHelp                  string
		Blind                          bool
	}
	Namespaces []struct {
		ID      *uint64
		Ours    bool
		Zombies int
		PID1    *struct{ Init, Reaps, ForwardsSigterm string }
	}
	Parents []struct {
		PID, Zombies, Held, Adopted, Own, UnknownOrigin int
		StartTicks                                      uint64
		Comm, State, InitWouldHelp                      *string
		Rules                                           []string
	}
	Zombies []struct {
		PID, PPID  int
		StartTicks uint64
		Comm       string
		Exit       *struct {
			How    string
			Code   *int
			Signal *string
		}
		Origin string
		Rules  []string
	}
	Findings []struct {
		Rule, Certainty string
		Subject         *struct{ PID int }
	}
}

// agree compares two looks, but for what the script says is lost.
func agree(t *testing.T, live, script string) {
	t.Helper()
	texts := make([]string, 2)
	for i, text := range []string{live, script} {
		var s seen
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			t.Fatalf("%v in\n%.2000s", err, text)
		}
		// The script loses these, and says so: the name of the executable and the
		// arguments.
		kept := s.Findings[:0]
		for _, f := range s.Findings {
			if f.Rule != "Z902" {
				kept = append(kept, f)
			}
		}
		s.Findings = kept
		b, err := json.MarshalIndent(s, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = string(b)
	}
	if texts[0] != texts[1] {
		t.Errorf("--- live\n%s\n--- by the script\n%s", texts[0], texts[1])
	}
}

// scanOutput is what "zombiectl scan --from -" makes of what the script printed.
func scanOutput(t *testing.T, exe string, script []byte, args ...string) string {
	t.Helper()
	out, errs, code := zombiectlReading(t, script, append([]string{exe, "scan", "--from", "-"}, args...)...)
	if code != 0 || errs != "" {
		t.Fatalf("exit code %d: %s\nof\n%.3000s", code, errs, script)
	}
	return out
}

func zombiectlReading(t *testing.T, stdin []byte, command ...string) (stdout, stderr string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(os.Environ(), runVariable+"=1")
	cmd.Stdin = bytes.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if ended := (*exec.ExitError)(nil); err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// runScript runs the script as one argument of a shell.
func runScript(t *testing.T, cmd *exec.Cmd) []byte {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil || errs.Len() > 0 {
		t.Fatalf("%v: %s\n%.2000s", err, errs.String(), out.String())
	}
	return out.Bytes()
}

// restless are the scenes of which no two looks are the same.
var restless = []string{"transient", "churn", "reaper-too-slow", "sigtimedwait-loop", "signalfd-loop"}

// TestScript: in each scene the script gives the same findings as a scan inside;
// in those of the fixtures through each shell, in the others through one, in
// turn.
func TestScript(t *testing.T) {
	t.Parallel()
	shells := shells(t)
	for i, scene := range simulate.Scenes() {
		if slices.Contains(restless, scene.Name) || scene.Name == "leaving-three" { // that is not alone in its namespace
			continue
		}
		through := shells
		if !slices.ContainsFunc(cases.All(), func(c cases.Case) bool { return c.Name == scene.Name }) {
			through = [][]string{shells[i%len(shells)]}
		}
		t.Run(scene.Name, func(t *testing.T) {
			t.Parallel()
			ctx, stage := set(t, scene.Name)
			exe := program(t)
			for _, shell := range through {
				t.Run(filepath.Base(shell[0]), func(t *testing.T) {
					live, code := in(ctx, t, stage, exe, "scan", "-o", "json", "--min-age", "0")
					if code != 0 {
						t.Fatal(live)
					}
					out := runScript(t, stage.Command(ctx, shell[0], append(shell[1:], "-c", scan.Script())...))
					agree(t, live, scanOutput(t, exe, out, "-o", "json", "--min-age", "0"))
				})
			}
		})
	}
}

// rootfs is a directory with a shell in it, and nothing else but its libraries
// and a program to be PID 1. It returns how to call the shell inside.
func rootfs(t *testing.T, shell []string) (dir string, inside []string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "zombiectl-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	copyTo := func(from, to string) {
		t.Helper()
		b, err := os.ReadFile(from)
		to = filepath.Join(dir, to)
		if err = errors.Join(err, os.MkdirAll(filepath.Dir(to), 0o755)); err == nil {
			err = writeProgram(to, b)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Chmod(dir, 0o755), os.Mkdir(filepath.Join(dir, "proc"), 0o755)); err != nil {
		t.Fatal(err)
	}
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		t.Skip("PID 1 is a busybox:", err)
	}
	for to, from := range map[string]string{"sh/" + filepath.Base(shell[0]): shell[0], "busybox": busybox} {
		copyTo(from, to)
		libs, _ := exec.Command("ldd", from).Output() // of a static one it fails
		for word := range strings.FieldsSeq(string(libs)) {
			if filepath.IsAbs(word) {
				copyTo(word, word)
			}
		}
	}
	return dir, append([]string{"/sh/" + filepath.Base(shell[0])}, shell[1:]...)
}

// TestScriptAlone: in a root directory with a shell and nothing else, not even
// /dev/null.
func TestScriptAlone(t *testing.T) {
	requireRoot(t)
	for _, shell := range shells(t) {
		t.Run(filepath.Base(shell[0]), func(t *testing.T) {
			dir, inside := rootfs(t, shell)
			// PID 1 has three children and never waits: the shell that made
			// them becomes sleep.
			const pid1 = `mount -t proc proc "$0/proc" && exec chroot "$0" /busybox sh 2>&- -c '(exit 3) & (exit 0) & /busybox sleep 0 & exec /busybox sleep 600'`
			cmd := exec.Command("setsid", "unshare", "--pid", "--mount", "--cgroup", "--fork", "--kill-child", "sh", "-c", pid1, dir)
			cmd.Stderr = os.Stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
			})
			first := 0
			deadline := time.Now().Add(20 * time.Second)
			for first == 0 || zombiesOf(first) < 3 {
				if time.Now().After(deadline) {
					t.Fatalf("PID %d has %d zombies, want 3", first, zombiesOf(first))
				}
				time.Sleep(10 * time.Millisecond)
				b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", cmd.Process.Pid, cmd.Process.Pid))
				_, _ = fmt.Sscan(string(b), &first)
			}
			enter := []string{"nsenter", "--target", fmt.Sprint(first), "--pid", "--mount", "--cgroup"}
			exe := program(t)
			live, errs, code := zombiectlAs(t, append(slices.Clone(enter), "--", exe, "scan", "--from", dir, "-o", "json", "--min-age", "0")...)
			if code != 0 {
				t.Fatal(errs)
			}
			command := slices.Concat(enter, []string{"--root", "--wd", "--"}, inside, []string{"-c", scan.Script()})
			out := runScript(t, exec.CommandContext(t.Context(), command[0], command[1:]...))
			byScript := scanOutput(t, exe, out, "-o", "json", "--min-age", "0")
			agree(t, live, byScript)
			if d := parse(t, byScript); d.Summary.Zombies != 3 || !slices.Contains(d.rules(), "Z301") {
				t.Errorf("%d zombies, want 3; rules %v", d.Summary.Zombies, d.rules())
			}
			// On standard input, as over ssh.
			command = slices.Concat(enter, []string{"--root", "--wd", "--"}, inside)
			over := exec.CommandContext(t.Context(), command[0], command[1:]...)
			over.Stdin = strings.NewReader(scan.Script())
			agree(t, live, scanOutput(t, exe, runScript(t, over), "-o", "json", "--min-age", "0"))
		})
	}
}

// TestScriptAtPidsMax: in a cgroup in which zombies have taken every PID, so
// that nothing can be started, the script looks all the same.
func TestScriptAtPidsMax(t *testing.T) {
	const most = 60
	dir := pidsCgroup(t, most)
	exe := program(t)
	pid, made, failed := fill(t, "never", joining(dir, exe)...)
	if failed != syscall.EAGAIN {
		t.Fatalf("fork failed with %v after %d children, want EAGAIN", failed, made)
	}
	refused := func() string {
		t.Helper()
		b, err := os.ReadFile(dir + "/pids.events")
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	// The control: a shell that does fork is refused, and that is counted.
	before := refused()
	command := joining(dir, "dash", "-c", "/bin/true; exit 0")
	out, err := exec.CommandContext(t.Context(), command[0], command[1:]...).CombinedOutput()
	if after := refused(); after == before || err == nil && len(out) == 0 {
		t.Fatalf("a shell could start a program: %v, %s; pids.events was %q and is %q", err, out, before, after)
	}
	for _, shell := range shells(t) {
		t.Run(filepath.Base(shell[0]), func(t *testing.T) {
			before := refused()
			command := joining(dir, append(shell, "-c", scan.Script())...)
			out := runScript(t, exec.CommandContext(t.Context(), command[0], command[1:]...))
			if after := refused(); after != before {
				t.Errorf("it tried to start a process: pids.events was %q and is %q", before, after)
			}
			text := scanOutput(t, exe, out, "-o", "json", "--min-age", "0")
			d := parse(t, text)
			kept := 0
			for _, p := range d.Parents {
				if p.PID == pid {
					kept = p.Zombies
				}
			}
			if kept != made {
				t.Errorf("PID %d keeps %d zombies, want %d", pid, kept, made)
			}
			found := false
			for _, l := range limitsOf(t, text).Limits {
				if l.Name == "pids.max" && l.Path == dir+"/pids.max" {
					found = l.Max == most && l.Used != nil && *l.Used >= most && l.Zombies == made
				}
			}
			if !found {
				t.Errorf("no pids.max of %d with %d zombies in\n%s", most, made, text)
			}
		})
	}
}

// TestScriptUnprivileged: as another user it gives the same findings as a scan
// by that user, and is as blind where processes are hidden.
func TestScriptUnprivileged(t *testing.T) {
	ctx, stage := set(t, "uf-backend")
	exe := program(t)
	for _, options := range []string{"rw", "hidepid=noaccess", "hidepid=invisible"} {
		for _, shell := range shells(t) {
			t.Run(options+"/"+filepath.Base(shell[0]), func(t *testing.T) {
				mounted := func(command ...string) []string {
					script := "mount -t proc -o " + options + " proc /proc && exec \"$@\""
					return append([]string{"unshare", "-m", "sh", "-c", script, "sh"}, nobody(command...)...)
				}
				live, code := in(ctx, t, stage, mounted(exe, "scan", "-o", "json", "--min-age", "0")...)
				if code != 0 {
					t.Fatal(live)
				}
				command := mounted(append(shell, "-c", scan.Script())...)
				out := runScript(t, stage.Command(ctx, command[0], command[1:]...))
				byScript := scanOutput(t, exe, out, "-o", "json", "--min-age", "0")
				agree(t, live, byScript)
				if d := parse(t, byScript); options != "rw" && !slices.Contains(d.rules(), "Z901") || options == "rw" && d.Summary.Zombies != 21 {
					t.Errorf("%s", d.Summary.Sentence)
				}
			})
		}
	}
}
