package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// children returns how many a process has, zombies among them.
func children(t *testing.T, pid int) (n int) {
	t.Helper()
	lists, err := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/children")
	if err != nil || len(lists) == 0 {
		t.Fatalf("%v of %d: %v", lists, pid, err)
	}
	for _, list := range lists {
		b, err := os.ReadFile(list)
		if err != nil {
			continue // a thread that has exited
		}
		n += len(strings.Fields(string(b)))
	}
	return n
}

// TestReapsAsPID1: in a pod it is PID 1, and gets the orphans of processes that
// run there.
func TestReapsAsPID1(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("a PID namespace needs root")
	}
	hold, let, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer hold.Close()
	first := func(program ...string) int {
		// Two orphans from before the exec, which keep running until they are let
		// go.
		c := exec.Command("sh", append([]string{"-c", `(cat <&3 >/dev/null &); (cat <&3 >/dev/null &); exec "$@" 3<&-`, "sh"}, program...)...)
		c.ExtraFiles = []*os.File{hold}
		c.Env = append(os.Environ(), runVariable+"=1")
		c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
		return c.Process.Pid
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	sleep, err := exec.LookPath("sleep")
	if err == nil {
		sleep, err = filepath.EvalSymlinks(sleep)
	}
	if err != nil {
		t.Fatal(err)
	}
	control := first(sleep, "60")
	exporter := first(exe, "--listen", "127.0.0.1:0")
	until := func(what string, ok func() bool) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("not seen: ", what)
			}
		}
	}
	// Before its exec the shell has two children as well at times, an orphan and
	// the subshell that it still waits for; an orphan that exited then would be
	// reaped by the shell.
	ready := func(pid int, program string) bool {
		now, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/exe")
		return err == nil && now == program && children(t, pid) == 2
	}
	until("orphans", func() bool { return ready(exporter, exe) && ready(control, sleep) })
	let.Close()
	until("their end", func() bool { return children(t, exporter) == 0 })
	if n := children(t, control); n != 2 {
		t.Errorf("the control has %d", n)
	}
}
