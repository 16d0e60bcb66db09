package cmd_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// stuff writes to a terminal or a pipe until that takes nothing more.
func stuff(t *testing.T, name string) {
	t.Helper()
	f, err := unix.Open(name, unix.O_WRONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(f) //nolint:errcheck // nothing is lost
	for _, size := range []int{4096, 1} {
		b := bytes.Repeat([]byte("."), size)
		// What a terminal has taken goes on into another buffer a moment later.
		for full := 0; full < 20; {
			switch _, err := unix.Write(f, b); {
			case err == nil:
				full = 0
			case errors.Is(err, unix.EAGAIN):
				full++
				time.Sleep(5 * time.Millisecond)
			default:
				t.Fatal(err)
			}
		}
	}
}

// poll waits until something is so.
func poll(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("not within a minute: " + what)
		}
	}
}

// full reports whether a terminal takes nothing more.
func full(terminal *os.File) bool {
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(terminal.Fd()), Events: unix.POLLOUT}}, 0)
	return err == nil && n == 0
}

// writing reports whether a thread of a process is in a write to its standard
// output: it stands there for good when that is not read.
func writing(pid int) bool {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/syscall", pid))
	for _, file := range threads {
		if b, err := os.ReadFile(file); err == nil && strings.HasPrefix(string(b), fmt.Sprintf("%d 0x1 ", unix.SYS_WRITE)) {
			return true
		}
	}
	return false
}

// TestUnreadProgress: an answer that is ready is given, though the terminal that
// shows the progress is stopped. The control: one that is read shows it, so there
// was something to wait for.
func TestUnreadProgress(t *testing.T) {
	t.Parallel()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// Young zombies: they are looked at twice.
	leak := exec.CommandContext(t.Context(), exe)
	leak.Env = append(os.Environ(), leakVariable+"=20ms")
	said, err := leak.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := leak.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := said.Read(make([]byte, 1)); err != nil { // the first one is there
		t.Fatal(err)
	}
	go io.Copy(io.Discard, said) //nolint:errcheck // until it exits
	defer leak.Wait()            //nolint:errcheck // killed
	defer leak.Process.Kill()    //nolint:errcheck // may have exited

	for _, args := range [][]string{{"scan"}, {"capture", filepath.Join(t.TempDir(), "x.tar")}} {
		for _, read := range []bool{true, false} {
			if args[0] == "capture" && !read {
				continue // its summary comes on the same terminal
			}
			t.Run(fmt.Sprintf("%s, read %v", args[0], read), func(t *testing.T) {
				master, slave := terminal(t, 80)
				defer slave.Close()
				shown := make(chan string, 1)
				if read {
					go func() {
						b, _ := io.ReadAll(master) // EIO: the other side is closed
						shown <- string(b)
					}()
				} else {
					stuff(t, slave.Name())
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				c := exec.CommandContext(ctx, exe, append(args, "--settle", "1500ms")...)
				c.Env = append(os.Environ(), runVariable+"=1")
				var out bytes.Buffer
				c.Stdout, c.Stderr = &out, slave
				if err := c.Run(); err != nil {
					t.Fatalf("%v: %s", err, out.Bytes())
				}
				if out.Len() == 0 {
					t.Error("no answer")
				}
				slave.Close()
				if read {
					s := <-shown
					if i, j := strings.Index(s, " processes read, "), strings.Index(s, "recorded"); i < 0 || j >= 0 && j < i {
						t.Errorf("shown: %q", s)
					}
				}
			})
		}
	}
}

// TestUnreadWatch: a signal ends a watch whose output nobody takes any more. The
// control: it cannot write then, and without the signal it stays.
func TestUnreadWatch(t *testing.T) {
	t.Parallel()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		screen bool
		args   []string
		code   int
	}{
		"screen":           {true, nil, 0},
		"screen, verdict":  {true, []string{"--for", "1h"}, 3},
		"a pipe":           {false, []string{"-o", "json"}, 0},
		"a pipe, verdict":  {false, []string{"-o", "json", "--for", "1h"}, 3},
		"a pipe, in lines": {false, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			w := exec.CommandContext(ctx, exe, append([]string{"watch", "--interval", "1ms"}, c.args...)...)
			w.Env = append(os.Environ(), runVariable+"=1", "TERM=xterm")
			var stderr bytes.Buffer
			w.Stderr = &stderr
			stuffed := func() bool { return writing(w.Process.Pid) }
			if c.screen {
				_, slave := terminal(t, 200) // which the watch fills by itself
				defer slave.Close()
				w.Stdin, w.Stdout = slave, slave
				stuffed = func() bool { return full(slave) }
			} else {
				r, p, err := os.Pipe()
				if err != nil {
					t.Fatal(err)
				}
				defer r.Close()
				defer p.Close()
				stuff(t, fmt.Sprintf("/proc/self/fd/%d", p.Fd()))
				w.Stdout = p
			}
			if err := w.Start(); err != nil {
				t.Fatal(err)
			}
			poll(t, "what is written is not taken", func() bool {
				for range 20 { // for so long nothing has moved
					if !stuffed() {
						return false
					}
					time.Sleep(10 * time.Millisecond)
				}
				return true
			})
			if err := w.Process.Signal(unix.SIGTERM); err != nil {
				t.Fatal("it did not stay:", err)
			}
			_ = w.Wait()
			if code := w.ProcessState.ExitCode(); code != c.code {
				t.Errorf("exit code %d (%v), want %d: %s", code, w.ProcessState, c.code, stderr.String())
			}
		})
	}
}
