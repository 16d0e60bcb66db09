package reap

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/scan"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// probeMain probes where it is, and prints the answer: the helper of TestProbe.
func probeMain() {
	root, err := scan.Open("/")
	if err == nil {
		defer root.Close()
		var p *Probe
		p, err = RunProbe(context.Background(), root, ProbeOptions{Timeout: probeTimeout, Command: []string{"/proc/self/exe", "probe-orphan"}})
		if err == nil {
			err = json.NewEncoder(os.Stdout).Encode(probed{p.Reaps, p.Why, p.Orphan.PID, p.Adopter.PID, p.Comm, p.Left})
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// probeTimeout is generous for those who do reap: they are done long before.
const probeTimeout = 1500 * time.Millisecond

type probed struct {
	Reaps           diagnose.Answer
	Why             string
	Orphan, Adopter int
	Comm            string
	Left            bool
}

// TestProbe: the right answer for each that is met as PID 1, from outside as
// kubectl exec comes in, as root and as nobody.
func TestProbe(t *testing.T) {
	requireRoot(t)
	for _, c := range []struct {
		name    string
		command []string
		reaps   diagnose.Answer
	}{
		{"tini", []string{"tini", "--", "sleep", "1000"}, diagnose.Yes},
		{"dumb-init", []string{"dumb-init", "sleep", "1000"}, diagnose.Yes},
		{"catatonit", []string{"catatonit", "sleep", "1000"}, diagnose.Yes},
		{"bash", []string{"bash", "-c", "sleep 1000; :"}, diagnose.Yes},
		{"busybox sh", []string{"busybox", "sh", "-c", "sleep 1000; :"}, diagnose.Yes},
		{"busybox sleep", []string{"busybox", "sleep", "1000"}, diagnose.No},
		{"sleep", []string{"sleep", "1000"}, diagnose.No},
		{"python", []string{"python3", "-c", "import time; time.sleep(1000)"}, diagnose.No},
		{"Go program", []string{executable(t)}, diagnose.No},
	} {
		t.Run(c.name, func(t *testing.T) {
			requireProgram(t, c.command[0])
			t.Parallel() // mostly waiting
			init := pid1(t, c.command...)
			if c.name == "Go program" {
				init.Env = append(init.Env, roleVariable+"=idle")
			}
			if err := init.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				_ = init.Process.Kill() // and everything in the namespace with it
				_ = init.Wait()
			})
			awaitProgram(t, init.Process.Pid, c.command[0])
			for _, user := range []uint32{0, 65534} {
				got := enterAndProbe(t, init.Process.Pid, user)
				if got.Reaps != c.reaps || got.Adopter != 1 || got.Left != (c.reaps == diagnose.No) {
					t.Errorf("as %d: %+v, want %s by PID 1", user, got, c.reaps)
				}
				// The report about the orphan is true.
				name := fmt.Sprintf("/proc/%d/root/proc/%d/stat", init.Process.Pid, got.Orphan)
				b, err := os.ReadFile(name)
				if there := err == nil && bytes.Contains(b, []byte("(zombiectl-probe) Z 1 ")); there != got.Left {
					t.Errorf("as %d: left %v, and %s: %s %v", user, got.Left, name, b, err)
				}
			}
		})
	}
}

// awaitProgram waits until the stage has become the program, and has had the
// time to install its handlers.
func awaitProgram(t *testing.T, pid int, program string) {
	t.Helper()
	name := filepath.Base(program)
	eventually(t, program+" runs", func() bool {
		stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		env, _ := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
		return bytes.Contains(stat, []byte("("+name[:min(len(name), 7)])) && bytes.Contains(stat, []byte(") S ")) && !bytes.Contains(env, []byte(stageVariable+"="))
	})
}

// enterAndProbe probes in the namespaces of a PID 1, with PPid 0.
func enterAndProbe(t *testing.T, pid1 int, user uint32) probed {
	t.Helper()
	requireProgram(t, "nsenter")
	cmd := exec.CommandContext(t.Context(), "nsenter", "-t", fmt.Sprint(pid1), "-m", "-p", "setpriv", fmt.Sprintf("--reuid=%d", user), fmt.Sprintf("--regid=%d", user), "--clear-groups", copyOf(t))
	cmd.Env = append(os.Environ(), roleVariable+"=probe")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, errs.String())
	}
	var got probed
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return got
}

// copyOf is a copy of this test binary that anybody may execute.
func copyOf(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(executable(t))
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "zombiectl-reap-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	name := dir + "/probe"
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, b, 0o755); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestProbeSubreaper: the nearest subreaper adopts, and PID 1 does not. Executed
// in place of one, the prober does not adopt by itself.
func TestProbeSubreaper(t *testing.T) {
	if !inside(t) {
		return
	}
	root := live(t)
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(executable(t))
	cmd.Env = append(os.Environ(), roleVariable+"=probe")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var got probed
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	if got.Adopter != os.Getpid() || got.Reaps != diagnose.No || !got.Left {
		t.Errorf("below a subreaper that does not reap: %+v", got)
	}
	// The orphan that it left is our child now.
	if exit, err := waitOwn(got.Orphan); err != nil || exit != (facts.Exit{}) {
		t.Errorf("the orphan: %+v, %v", exit, err)
	}
	p, err := RunProbe(context.Background(), root, ProbeOptions{Timeout: probeTimeout, Command: []string{"/proc/self/exe", "probe-orphan"}})
	if err != nil {
		t.Fatal(err)
	}
	if p.Adopter.PID != 1 || p.Reaps != diagnose.Yes || p.Subreaper() {
		t.Errorf("by what was a subreaper itself: %+v", p)
	}
}

// TestProbeIsPID1: as PID 1 it says that the answer is unknown.
func TestProbeIsPID1(t *testing.T) {
	requireRoot(t)
	cmd := pid1(t, executable(t))
	cmd.Env = append(cmd.Env, roleVariable+"=probe")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), errIsPID1.Error()) {
		t.Errorf("%v: %s", err, out)
	}
}
