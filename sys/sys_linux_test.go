package sys

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// shell starts a child of this process. Nobody else waits for it: not os/exec.
func shell(t *testing.T, script string) int {
	t.Helper()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	pid, err := syscall.ForkExec(sh, []string{"sh", "-c", script}, &syscall.ProcAttr{Dir: t.TempDir(), Env: os.Environ()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := Waitid(pid, unix.WNOHANG|unix.WNOWAIT); err != nil {
			return // it is reaped, and its PID may be another's
		}
		_ = Kill(pid, SIGKILL)
		_, _ = Waitid(pid, 0)
	})
	return pid
}

// state is the third field of /proc/PID/stat; "": no such process exists.
func state(pid int) string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	return rest[:1]
}

func TestWaitid(t *testing.T) {
	for script, want := range map[string]Exit{
		"exit 0":      {},
		"exit 7":      {Code: 7},
		"exit 255":    {Code: 255},
		"kill -9 $$":  {Signal: SIGKILL},
		"kill -15 $$": {Signal: SIGTERM},
	} {
		t.Run(script, func(t *testing.T) {
			pid := shell(t, script)
			// A look takes nothing, however often; without WNOWAIT it is gone.
			for range 3 {
				if c, err := Waitid(pid, unix.WNOWAIT); err != nil || c != (Child{pid, want}) {
					t.Fatalf("with WNOWAIT %+v, %v; want %+v of PID %d", c, err, want, pid)
				}
				if s := state(pid); s != "Z" {
					t.Fatalf("after a look in state %q", s)
				}
			}
			if c, err := Waitid(pid, 0); err != nil || c != (Child{pid, want}) {
				t.Errorf("%+v, %v; want %+v of PID %d", c, err, want, pid)
			}
			if s := state(pid); s != "" {
				t.Errorf("after the wait in state %q", s)
			}
			if _, err := Waitid(pid, 0); !errors.Is(err, unix.ECHILD) {
				t.Errorf("the second time: %v, want ECHILD", err)
			}
		})
	}
}

// TestWaitidCore: a core was dumped where one may be, by the same signal.
func TestWaitidCore(t *testing.T) {
	pattern, err := os.ReadFile("/proc/sys/kernel/core_pattern")
	if err != nil {
		t.Fatal(err)
	}
	for script, dumps := range map[string]bool{"ulimit -c unlimited; kill -6 $$": true, "ulimit -c 0; kill -6 $$": false} {
		if p := strings.TrimSpace(string(pattern)); dumps && (p == "" || strings.ContainsAny(p, "|/@")) {
			t.Logf("cores go to %q: not looked at", p)
			continue
		}
		pid := shell(t, script)
		c, err := Waitid(pid, 0)
		if err == nil && dumps && !c.CoreDumped {
			t.Logf("%s: %+v: no core can be dumped here", script, c)
			continue
		}
		if err != nil || c != (Child{pid, Exit{Signal: SIGABRT, CoreDumped: dumps}}) {
			t.Errorf("%s: %+v, %v", script, c, err)
		}
	}
}

// TestDecode: every si_code there is, also those that are hard to come by.
func TestDecode(t *testing.T) {
	for code, want := range map[int32]Exit{
		cldExited: {Code: 11},
		cldKilled: {Signal: 11},
		cldDumped: {Signal: 11, CoreDumped: true},
	} {
		info := unix.Siginfo{Signo: SIGCHLD, Code: code}
		child := &(*ofChild)(unsafe.Pointer(&info)).child
		child.pid, child.uid, child.status = 42, 1000, 11
		if c, err := decode(&info); err != nil || c != (Child{42, want}) {
			t.Errorf("si_code %d: %+v, %v", code, c, err)
		}
	}
	if c, err := decode(&unix.Siginfo{Signo: SIGCHLD, Code: 5}); err == nil { // CLD_STOPPED
		t.Errorf("si_code 5: %+v", c)
	}
}

func TestWaitidNone(t *testing.T) {
	hold := filepath.Join(t.TempDir(), "hold")
	if err := unix.Mkfifo(hold, 0o600); err != nil {
		t.Fatal(err)
	}
	pid := shell(t, "read x <'"+hold+"'; exit 3")
	// The control of WNOHANG: it is running, so the answer is empty, and not an
	// error.
	for _, which := range []int{pid, 0} {
		if c, err := Waitid(which, unix.WNOHANG); err != nil || c != (Child{}) {
			t.Errorf("of a running child, asked for %d: %+v, %v", which, c, err)
		}
	}
	f, err := os.OpenFile(hold, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if c, err := Waitid(0, unix.WNOWAIT); err != nil || c != (Child{pid, Exit{Code: 3}}) {
		t.Errorf("any: %+v, %v", c, err)
	}
	if c, err := Waitid(0, 0); err != nil || c.PID != pid {
		t.Errorf("any, reaped: %+v, %v", c, err)
	}
	if _, err := Waitid(0, unix.WNOHANG); !errors.Is(err, unix.ECHILD) {
		t.Errorf("without a child: %v, want ECHILD", err)
	}
	if _, err := Waitid(1, unix.WNOHANG); !errors.Is(err, unix.ECHILD) {
		t.Errorf("of PID 1, which is not ours: %v, want ECHILD", err)
	}
}

func TestReapAdopted(t *testing.T) {
	ended := []int{shell(t, "exit 1"), shell(t, "kill -9 $$"), shell(t, "exit 0")}
	running := shell(t, "exec sleep 1000") // ended by the test
	for _, pid := range ended {
		if _, err := Waitid(pid, unix.WNOWAIT); err != nil { // they are zombies, all of them
			t.Fatal(err)
		}
	}
	ReapAdopted()
	for _, pid := range ended {
		if s := state(pid); s != "" {
			t.Errorf("one that had ended is in state %q", s)
		}
	}
	if s := state(running); s == "" || s == "Z" {
		t.Errorf("the one that runs is in state %q", s)
	}
	ReapAdopted() // nothing to do: it does not wait for what runs
}

func TestPidfd(t *testing.T) {
	pid := shell(t, "exec sleep 1000")
	p, err := OpenPidfd(pid)
	if errors.Is(err, ErrNoPidfd) {
		t.Skip("no pidfds here: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if p.Ended() {
		t.Error("a running process has ended")
	}
	if err := p.Signal(0); err != nil {
		t.Errorf("signal 0 to a running process: %v", err)
	}
	if err := p.Signal(SIGTERM); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); !p.Ended(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it was sent SIGTERM and has not ended")
		}
	}
	// A zombie has exited, and can still be signaled.
	if s := state(pid); s != "Z" {
		t.Errorf("ended in state %q", s)
	}
	if err := p.Signal(0); err != nil {
		t.Errorf("signal 0 to a zombie: %v", err)
	}
	if c, err := Waitid(pid, 0); err != nil || c.Signal != SIGTERM {
		t.Errorf("%+v, %v", c, err)
	}
	if err := p.Signal(0); !errors.Is(err, ErrEnded) {
		t.Errorf("signal 0 to what was reaped: %v, want ErrEnded", err)
	}
	if err := Kill(pid, 0); !errors.Is(err, ErrEnded) {
		t.Errorf("kill of what was reaped: %v, want ErrEnded", err)
	}
	if err := Kill(os.Getpid(), 0); err != nil {
		t.Errorf("kill of ourselves: %v", err)
	}
	if _, err := OpenPidfd(pid); !errors.Is(err, ErrEnded) {
		t.Errorf("a pidfd of what was reaped: %v, want ErrEnded", err)
	}
}
