//go:build linux

package simulate

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func valuesOf(m map[int]seen) iter.Seq[seen] { return maps.Values(m) }

func skipWithout(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("needs %s", program)
	}
}

func start(t *testing.T, name string) *Stage {
	t.Helper()
	requireRoot(t)
	s, err := Start(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestStartRefuses(t *testing.T) {
	if _, err := Start(t.Context(), "no-such-scene"); err == nil {
		t.Error("an unknown scene is no error")
	}
	t.Run("absent program", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		for _, name := range []string{"uf-backend-tini", "uf-backend-shell", "dead-leader"} {
			if _, err := Start(t.Context(), name); !errors.Is(err, exec.ErrNotFound) {
				t.Errorf("%s: %v, want %v", name, err, exec.ErrNotFound)
			}
		}
	})
	requireRoot(t)
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := Start(ctx, "app-pid1"); !errors.Is(err, context.Canceled) {
			t.Errorf("%v, want %v", err, context.Canceled)
		}
	})
	t.Run("deadline", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond) // uf-backend takes about 200
		defer cancel()
		if _, err := Start(ctx, "uf-backend"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v, want %v", err, context.DeadlineExceeded)
		}
		for _, p := range below(os.Getpid()) {
			if p.Comm == "uf_backend_test" {
				t.Errorf("left: %+v", p)
			}
		}
	})
}

// A failing actor is reported with the call that failed, and leaves nothing.
func TestActorFails(t *testing.T) {
	requireRoot(t)
	_, err := Start(t.Context(), "broken/failing")
	if err == nil || !strings.Contains(err.Error(), "execve ./no-such-program: errno 002") {
		t.Error(err)
	}
	if left := below(os.Getpid()); len(withCommIn(left, "broken")) != 0 {
		t.Errorf("left: %+v", left)
	}
}

func withCommIn(m map[int]seen, comm string) []seen {
	var out []seen
	for p := range maps.Values(m) {
		if p.Comm == comm {
			out = append(out, p)
		}
	}
	return out
}

func TestCommand(t *testing.T) {
	skipWithout(t, "sh")
	s := start(t, "app-pid1")
	for _, c := range []struct {
		argv []string
		exit int
	}{
		{[]string{"sh", "-c", "exit 0"}, 0},
		{[]string{"sh", "-c", "exit 3"}, 3},
		{[]string{"sh", "-c", "kill -TERM $$"}, 143},
		{[]string{"no-such-program-anywhere"}, 127},
		{[]string{"/no/such/program"}, 127},
		{[]string{"/proc/version"}, 126},
	} {
		cmd := s.Command(t.Context(), c.argv[0], c.argv[1:]...)
		out, err := cmd.CombinedOutput()
		if got := cmd.ProcessState.ExitCode(); got != c.exit {
			t.Errorf("%v: exit %d (%v), want %d; %s", c.argv, got, err, c.exit, out)
		}
		if (c.exit == 126 || c.exit == 127) && !strings.HasPrefix(string(out), "simulate: ") {
			t.Errorf("%v: says %q", c.argv, out)
		}
	}
	dir := t.TempDir()
	cmd := s.Command(t.Context(), "sh", "-c", `cat; pwd; cat /proc/1/comm; echo "$FOO"; echo "[$`+stageEnv+`]"; echo err >&2; grep -c . /proc/$$/comm; awk '/PPid/{print $2}' /proc/$$/status`)
	cmd.Stdin = strings.NewReader("in\n")
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), "FOO=bar")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if want := "in\n" + dir + "\napp-server\nbar\n[]\n1\n0\n"; err != nil || string(out) != want || stderr.String() != "err\n" {
		t.Errorf("%v, %q, want %q; %q", err, out, want, stderr.String())
	}
	left := inside(t, s)
	if len(left) != 2 {
		t.Errorf("left by commands: %+v", left)
	}
}

func TestCommandEndsWithContextAndScene(t *testing.T) {
	skipWithout(t, "sleep")
	for _, how := range []string{"context", "scene"} {
		t.Run(how, func(t *testing.T) {
			s := start(t, "app-pid1")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			cmd := s.Command(ctx, "sleep", "1000")
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			eventually(t, "sleep runs inside", func() bool { return len(withComm(inside(t, s), "sleep")) == 1 })
			procs := below(cmd.Process.Pid)
			if how == "context" {
				cancel()
			} else if err := s.Close(); err != nil {
				t.Error(err)
			}
			err := cmd.Wait()
			if err == nil {
				t.Error("sleep ended well")
			}
			eventually(t, "sleep is gone", func() bool { return gone(procs) })
			if how == "context" && len(withComm(inside(t, s), "sleep")) != 0 {
				t.Error("sleep is left in the scene")
			}
		})
	}
}

func TestRunsPlainlyWithoutNamespace(t *testing.T) {
	s := start(t, "leaving-three")
	out, err := s.Command(t.Context(), "readlink", "/proc/self/ns/pid").Output()
	own, _ := os.Readlink("/proc/self/ns/pid")
	if err != nil || strings.TrimSpace(string(out)) != own {
		t.Errorf("%s, %v, want %s", out, err, own)
	}
}

// gone reaps those of the processes that have come to this one, which is a subreaper (TestMain), and says whether none is left.
func gone(procs map[int]seen) bool {
	for pid := range procs {
		_, _ = unix.Wait4(pid, nil, unix.WNOHANG, nil) // not every one has come here
	}
	return len(remaining(procs)) == 0
}

// Killing the stage ends everything. Zombies whose parent was outside the namespace come to the test.
func TestKilledStageLeavesNothing(t *testing.T) {
	requireRoot(t)
	stages := map[string]*Stage{}
	procs := map[string]map[int]seen{}
	for _, scene := range Scenes() {
		_, absent := exec.LookPath(scene.Needs)
		if scene.Needs == "" || os.Getenv("CI") == "true" {
			absent = nil
		}
		if !isControl(scene) && !isBroken(scene) && absent == nil {
			s := start(t, scene.Name)
			stages[scene.Name], procs[scene.Name] = s, below(s.cmd.Process.Pid)
			if len(procs[scene.Name]) == 0 {
				t.Fatalf("%s: nothing below the stage", scene.Name)
			}
		}
	}
	for _, s := range stages {
		if err := s.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
	}
	for name, s := range stages {
		eventually(t, name+" has left nothing", func() bool { return gone(procs[name]) })
		if err := s.Close(); err == nil {
			t.Errorf("%s: Close says nothing about a stage that was killed", name)
		}
	}
}

// Killing the program that started the scene ends everything too.
func TestKilledCallerLeavesNothing(t *testing.T) {
	requireRoot(t)
	for _, name := range []string{"uf-backend", "pod-pause", "zombie-ppid0", "leaving-three", "churn"} {
		cmd := exec.Command(selfExeOf(t))
		cmd.Env = append(os.Environ(), helperEnv+"=hold "+name)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		line, _ := bufio.NewReader(out).ReadString('\n')
		procs := below(cmd.Process.Pid)
		if err := cmd.Process.Kill(); err != nil {
			t.Error(err)
		}
		_ = cmd.Wait() // says that it was killed
		if line != "held\n" || len(procs) < 3 {
			t.Fatalf("%s: %q, %+v", name, line, procs)
		}
		eventually(t, name+" has left nothing", func() bool { return gone(procs) })
	}
}

// hold sets a scene and waits to be killed.
func hold(name string) {
	if _, err := Start(context.Background(), name); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("held")
	time.Sleep(time.Hour)
}

// Without root a scene gets a user namespace. Where the kernel forbids those, Start says so and the test is skipped.
func TestUnprivileged(t *testing.T) {
	requireRoot(t)
	for _, name := range []string{"uf-backend", "exec-shell", "zombie-ppid0", "leaving-three", "pod-pause"} {
		cmd := exec.Command(selfExe)
		cmd.Env = append(os.Environ(), helperEnv+"=look-unprivileged "+name)
		cmd.Dir = "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil && strings.Contains(string(out), "operation not permitted") && os.Getenv("CI") != "true" {
			t.Skipf("%s", out)
		}
		if err != nil {
			t.Errorf("%s: %v: %s", name, err, out)
			continue
		}
		var got int
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatal(err)
		}
		if want, _ := sceneNamed(name); got != want.Zombies {
			t.Errorf("%s: %d zombies, want %d", name, got, want.Zombies)
		}
	}
}

func lookUnprivileged(name string) {
	s, err := Start(context.Background(), name)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	defer s.Close()
	cmd := s.Command(context.Background(), selfExe)
	cmd.Env = append(cmd.Environ(), helperEnv+"=look")
	out, err := cmd.Output()
	if err != nil {
		fmt.Println("look:", err)
		os.Exit(1)
	}
	var all []seen
	if err := json.Unmarshal(out, &all); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	n := 0
	for _, z := range zombies(all) {
		if s.PID1() != 0 || z.PPID == s.Parent() {
			n++
		}
	}
	printJSON(n)
	if err := s.Close(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// The two ways to find the processes of a scene agree.
func TestDescendants(t *testing.T) {
	s := start(t, "uf-backend")
	for deadline := time.Now().Add(20 * time.Second); ; {
		quick, slow := descendants(), scanDescendants(os.Getpid())
		if len(quick) > 25 && s.PID1() != 0 && maps.Equal(quick, slow) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%v\n%v", quick, slow)
		}
	}
}

func TestParseStat(t *testing.T) {
	for _, c := range []struct {
		stat string
		want process
		ok   bool
	}{
		{"1 (a) S 0 1", process{"a", 'S', 0}, true},
		{"7 (a) Z 1) (b) R 5 1", process{"a) Z 1) (b", 'R', 5}, true},
		{"7 () Z 5 1", process{"", 'Z', 5}, true},
		{"7 (a", process{}, false},
		{"7 )a( S 1", process{}, false},
		{"7 (a) S", process{}, false},
		{"7 (a) S x", process{}, false},
		{"", process{}, false},
	} {
		if got, ok := parseStat(c.stat); ok != c.ok || ok && got != c.want {
			t.Errorf("%q: %v %v, want %v %v", c.stat, got, ok, c.want, c.ok)
		}
	}
}
