package cmd_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/fixtures/cases"
	"github.com/zombiectl/zombiectl/simulate"
)

// simulating is zombiectl simulate while it holds a scene.
type simulating struct {
	*exec.Cmd
	said string
	rest *bufio.Reader
	errs bytes.Buffer
}

// startSimulate returns when the scene is set.
func startSimulate(t *testing.T, args ...string) *simulating {
	t.Helper()
	requireRoot(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	s := &simulating{Cmd: exec.CommandContext(ctx, program0(t), append([]string{"simulate"}, args...)...)}
	s.Env = append(os.Environ(), runVariable+"=1")
	s.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	s.Stderr = &s.errs
	s.WaitDelay = 10 * time.Second
	out, err := s.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	s.rest = bufio.NewReader(out)
	for line := ""; !strings.HasPrefix(line, "Ends "); s.said += line {
		if line, err = s.rest.ReadString('\n'); err != nil {
			t.Fatalf("%v: %v after %q; %s", args, err, s.said, s.errs.String())
		}
	}
	return s
}

// family is a process with all below it, as PID and start time.
func family(of int) map[string]bool {
	parents, starts := map[int]int{}, map[int]string{}
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
		parents[pid], _ = strconv.Atoi(f[1])
		starts[pid] = f[19]
	}
	found := map[string]bool{}
	for pid := range parents {
		for at, steps := pid, 0; at != 0 && steps < 100; at, steps = parents[at], steps+1 {
			if at == of {
				found[fmt.Sprint(pid, " ", starts[pid])] = true
			}
		}
	}
	return found
}

// awaitGone polls until none of the processes is left.
func awaitGone(t *testing.T, procs map[string]bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		var left []string
		for p := range procs {
			var pid int
			var start string
			_, _ = fmt.Sscan(p, &pid, &start)
			b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
			if err == nil && strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))[19] == start {
				left = append(left, p)
			}
		}
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("left: %v", left)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// scanned is a diagnosis of the whole machine.
func scanned(t *testing.T) document {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program0(t), "scan", "-o", "json", "--min-age", "0")
	cmd.Env = append(os.Environ(), runVariable+"=1")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(out))
}

// TestSimulate: a drill makes the causes that it is asked for, as many as asked
// for, and leaves nothing, however it exits.
func TestSimulate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		how     string
		args    []string
		zombies int
		rule    string
	}{
		{"SIGINT", []string{"Z201"}, 3, "Z201"},
		{"SIGTERM", []string{"never-waits", "--zombies", "40"}, 40, "Z201"},
		{"SIGTERM", []string{"Z301", "--zombies", "2"}, 2, "Z301"},
		{"SIGKILL", []string{"pid1-not-reaping"}, 5, "Z301"},
		{"by itself", []string{"z202", "--for", "100ms"}, 2, "Z202"},
	} {
		t.Run(c.how+" "+strings.Join(c.args, " "), func(t *testing.T) {
			t.Parallel()
			s := startSimulate(t, c.args...)
			if !strings.Contains(s.said, c.rule) || !strings.Contains(s.said, fmt.Sprintf("%d zombies", c.zombies)) {
				t.Errorf("said %q", s.said)
			}
			procs := family(s.Process.Pid)
			found := c.how == "by itself" // before anybody could look
			for _, p := range scanned(t).Parents {
				if slices.Contains(p.Rules, c.rule) && p.Zombies == c.zombies && strings.Contains(s.said, fmt.Sprintf("parent       %d:", p.PID)) {
					found = true
				}
			}
			if !found || len(procs) < c.zombies+2 && c.how != "by itself" {
				t.Errorf("%d processes, no parent with %d zombies and %s; said %q", len(procs), c.zombies, c.rule, s.said)
			}
			ended := true
			switch c.how {
			case "SIGINT":
				_ = s.Process.Signal(syscall.SIGINT)
			case "SIGTERM":
				_ = s.Process.Signal(syscall.SIGTERM)
			case "SIGKILL":
				_ = s.Process.Kill()
				ended = false
			}
			rest, _ := io.ReadAll(s.rest)
			err := s.Wait()
			if ended != (err == nil) || ended != (string(rest) == "Ended. Nothing of it is left.\n") || s.errs.Len() > 0 {
				t.Errorf("%v, %q, %s", err, rest, s.errs.String())
			}
			awaitGone(t, procs)
		})
	}
}

// TestSimulateRefuses: a drill does not become the incident. In a cgroup or on
// a machine with room for few, nothing is started.
func TestSimulateRefuses(t *testing.T) {
	b, err := os.ReadFile("/proc/sys/kernel/pid_max")
	if err != nil {
		t.Fatal(err)
	}
	all, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	too := min(all/10+1, 1<<20)
	cmd := exec.CommandContext(t.Context(), program0(t), "simulate", "Z201", "--zombies", strconv.Itoa(too))
	cmd.Env = append(os.Environ(), runVariable+"=1")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if code := codeOf(t, cmd.Run()); code != 3 || out.Len() > 0 || !strings.Contains(errs.String(), "more than a tenth of the ") {
		t.Errorf("exit code %d, %s%s", code, out.String(), errs.String())
	}
}

// TestDrills: the rules that a scene claims to be a drill for are found in it.
func TestDrills(t *testing.T) {
	found := map[string][]string{
		// Without a recording, but other tests see them on the running machine.
		"transient": {"Z101"}, "leaving-three": {"Z201"}, "pid1-not-reaping": {"Z301"},
		// These follow from the passing of time alone.
		"leak": {"Z403", "Z404"},
	}
	for _, c := range cases.All() {
		found[c.Name] = c.Rules
	}
	for _, s := range simulate.Scenes() {
		for _, r := range s.Rules {
			if diagnose.FindRule(r) == nil || !slices.Contains(found[s.Name], r) {
				t.Errorf("%s is said to show %s, and what is found in it is %v", s.Name, r, found[s.Name])
			}
		}
	}
	var b bytes.Buffer
	cmd := exec.CommandContext(t.Context(), program0(t), "simulate", "--list")
	cmd.Env = append(os.Environ(), runVariable+"=1")
	cmd.Stdout = &b
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	for _, s := range simulate.Scenes() {
		if !strings.Contains(b.String(), "  "+s.Name+" ") {
			t.Errorf("%s is not listed", s.Name)
		}
	}
}
