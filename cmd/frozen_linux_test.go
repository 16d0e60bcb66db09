package cmd_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/zombiectl/zombiectl/simulate"
)

// TestFrozenV1 freezes a parent by the freezer of cgroup v1. A process that is
// frozen so cannot be killed, which is why no scene does it: here it is thawed
// whatever happens.
func TestFrozenV1(t *testing.T) {
	dir := freezerCgroup(t)
	stage, err := simulate.Start(t.Context(), "leaving-three")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := stage.Close(); err != nil {
			t.Error(err)
		}
	}()
	write := func(file, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	defer write("freezer.state", "THAWED") // before the scene ends
	exe := program(t)
	look := func() ([]string, string) {
		out, _ := in(t.Context(), t, stage, exe, "scan", "-o", "json", "--min-age", "0")
		d := parse(t, out)
		for _, p := range d.Parents {
			if p.PID == stage.Parent() {
				return p.Rules, d.Summary.Sentence
			}
		}
		return nil, d.Summary.Sentence
	}
	write("cgroup.procs", fmt.Sprint(stage.Parent()))
	if rules, said := look(); !slices.Equal(rules, []string{"Z201"}) {
		t.Errorf("in a cgroup that is not frozen: rules %v, want Z201: %s", rules, said)
	}
	write("freezer.state", "FROZEN")
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		b, err := os.ReadFile(filepath.Join(dir, "freezer.state"))
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("never frozen: %q, %v", b, err)
		}
		if strings.TrimSpace(string(b)) == "FROZEN" {
			break
		}
	}
	if rules, said := look(); !slices.Equal(rules, []string{"Z207"}) {
		t.Errorf("in a cgroup that is frozen: rules %v, want Z207: %s", rules, said)
	}
	wide, _ := in(t.Context(), t, stage, exe, "scan", "-o", "wide", "--min-age", "0")
	for _, want := range []string{"cat " + dir + "/freezer.state  # FROZEN", "echo THAWED > " + dir + "/freezer.state"} {
		if !strings.Contains(wide, want) {
			t.Errorf("%q is not in\n%s", want, wide)
		}
	}
}

var freezers atomic.Int64

// freezerCgroup makes a cgroup of the v1 freezer for the length of a test,
// and mounts that hierarchy where it is not.
func freezerCgroup(t *testing.T) string {
	t.Helper()
	requireRoot(t)
	top := "/sys/fs/cgroup/freezer"
	if _, err := os.Stat(top + "/cgroup.procs"); err != nil {
		top = t.TempDir()
		if err := unix.Mount("cgroup", top, "cgroup", 0, "freezer"); err != nil {
			t.Skip("no v1 freezer here:", err)
		}
		t.Cleanup(func() {
			if err := unix.Unmount(top, 0); err != nil {
				t.Error(err)
			}
		})
	}
	dir := fmt.Sprintf("%s/zombiectl-test-%d-%d", top, os.Getpid(), freezers.Add(1))
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Skip("the v1 freezer cannot be written to:", err)
	}
	t.Cleanup(func() {
		deadline := time.Now().Add(10 * time.Second)
		for err := os.Remove(dir); err != nil; err = os.Remove(dir) {
			if time.Now().After(deadline) {
				t.Error(err)
				return
			}
			time.Sleep(10 * time.Millisecond) // until its processes are gone
		}
	})
	return dir
}

// TestTeardownByFreezer: PID 1 of a namespace has been killed, and a child of it
// is frozen by v1, so that even SIGKILL does not end it. That is the D in which
// a driver or a network file system would keep it.
func TestTeardownByFreezer(t *testing.T) {
	t.Parallel()
	dir := freezerCgroup(t)
	exe := program(t)
	cmd := exec.CommandContext(t.Context(), "unshare", "--pid", "--fork", "--kill-child", "sh", "-c", "sleep 1000 & wait")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	start(t, cmd)
	thaw := func() { _ = os.WriteFile(filepath.Join(dir, "freezer.state"), []byte("THAWED"), 0o644) }
	defer thaw()
	deadline := time.Now().Add(60 * time.Second)
	until := func(what string, holds func() bool) {
		t.Helper()
		for !holds() {
			if time.Now().After(deadline) {
				t.Fatalf("never: %s", what)
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	child := func(of int) (pid int) {
		until(fmt.Sprintf("%d has a child", of), func() bool {
			b, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", of, of))
			_, err2 := fmt.Sscan(string(b), &pid)
			return err == nil && err2 == nil
		})
		return pid
	}
	pid1 := child(cmd.Process.Pid)
	last := child(pid1)
	until("it sleeps", func() bool {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", last))
		return err == nil && string(b) == "sleep\n"
	})
	for _, f := range []struct{ name, text string }{{"cgroup.procs", fmt.Sprint(last)}, {"freezer.state", "FROZEN"}} {
		if err := os.WriteFile(filepath.Join(dir, f.name), []byte(f.text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	until("frozen", func() bool {
		b, err := os.ReadFile(filepath.Join(dir, "freezer.state"))
		return err == nil && string(b) == "FROZEN\n"
	})
	if err := syscall.Kill(pid1, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	said := func() string {
		out, _, _ := zombiectlAs(t, exe, "scan", "-o", "json")
		for _, f := range limitsOf(t, out).Findings {
			if f.Rule == "Z308" && strings.Contains(f.Message, fmt.Sprintf("sleep (PID %d), which is frozen with its cgroup", last)) {
				return f.Severity
			}
		}
		return ""
	}
	until("Z308, and what it waits for", func() bool { return said() == "critical" })
	thaw()
	until("it ends, and with it the finding", func() bool { return said() == "" })
}
