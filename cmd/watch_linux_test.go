package cmd_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// watch starts zombiectl watch in the namespace of an actor, and returns its
// output line by line, and a function that ends it with a signal (0: with none)
// and returns its exit code.
func watch(t *testing.T, a *actor, exe string, args ...string) (lines <-chan string, end func(syscall.Signal) int) {
	t.Helper()
	command := a.inside(append([]string{exe, "watch", "--min-age", "0", "--interval", "300ms"}, args...)...)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Env = append(os.Environ(), runVariable+"=1")
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	said := make(chan string, 1000)
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(said)
		for in := bufio.NewScanner(out); in.Scan(); {
			said <- in.Text()
		}
	})
	return said, func(sig syscall.Signal) int {
		t.Helper()
		if sig != 0 {
			// nsenter forks, and passes no signal on: to its child, which is the watch.
			if err := syscall.Kill(onlyChild(t, c.Process.Pid), sig); err != nil {
				t.Fatal(err)
			}
		}
		wg.Wait()
		_ = c.Wait()
		return c.ProcessState.ExitCode()
	}
}

// onlyChild returns the PID of the child that a process has.
func onlyChild(t *testing.T, of int) (pid int) {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", of, of))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscan(string(b), &pid); err != nil {
		t.Fatal(err)
	}
	return pid
}

// next returns the next line that matches.
func next(t *testing.T, lines <-chan string, pattern string) string {
	t.Helper()
	want := regexp.MustCompile(pattern)
	var seen []string
	for l := range lines {
		if want.MatchString(l) {
			return l
		}
		seen = append(seen, l)
	}
	t.Fatalf("no line matches %s in\n%s", pattern, strings.Join(seen, "\n"))
	return ""
}

// A parent that leaves zombies is named, and ends the watch.
func TestWatchUntilLeak(t *testing.T) {
	t.Parallel()
	exe := program(t)
	a := newActor(t, exe)
	lines, end := watch(t, a, exe, "--until", "leak", "--for", "100s")
	next(t, lines, "No zombies")
	stop, stopped := make(chan bool), make(chan bool)
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			case <-time.After(100 * time.Millisecond):
				a.zombie("/bin/true")
			}
		}
	}()
	next(t, lines, `actor \(PID 1\): \d+ new, \d+ zombies? now$`)
	next(t, lines, `actor \(PID 1\) leaks: `)
	next(t, lines, `^ZOMBIES WARNING - actor \(PID 1\) leaks: .*\| new=`)
	close(stop)
	<-stopped
	if code := end(0); code != 1 {
		t.Errorf("exit code %d", code)
	}
}

// The control: a parent that reaps its zombies does not leak, and a watch exits
// well at a signal, with an answer.
func TestWatchWithoutALeak(t *testing.T) {
	t.Parallel()
	exe := program(t)
	a := newActor(t, exe)
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		lines, end := watch(t, a, exe, "--until", "leak", "--for", "100s")
		next(t, lines, "No zombies")
		for range 10 {
			a.reap(a.zombie("/bin/true"))
		}
		if code := end(sig); code != 0 {
			t.Errorf("%v: exit code %d", sig, code)
		}
		next(t, lines, "^ZOMBIES OK - 0 new zombies were found since ")
	}
}

// --until clean stops when the last zombie is reaped, and not before.
func TestWatchUntilClean(t *testing.T) {
	t.Parallel()
	exe := program(t)
	a := newActor(t, exe)
	one, two := a.zombie("/bin/true"), a.zombie("/bin/true")
	lines, end := watch(t, a, exe, "--until", "clean", "--for", "2s")
	next(t, lines, "has left 2 zombies")
	if code := end(0); code != 1 {
		t.Errorf("two are left: exit code %d", code)
	}
	next(t, lines, "^ZOMBIES WARNING - 2 zombies are left")

	lines, end = watch(t, a, exe, "--until", "clean", "--for", "100s")
	next(t, lines, "has left 2 zombies")
	a.reap(one)
	next(t, lines, `actor \(PID 1\): 1 reaped, 1 zombie now`)
	last, alone := watch(t, a, exe, "--until", "clean", "--for", "500ms")
	next(t, last, "^ZOMBIES WARNING - 1 zombie is left")
	alone(0)
	a.reap(two)
	next(t, lines, "^ZOMBIES OK - 0 new zombies were found since .*2 reaped")
	if code := end(0); code != 0 {
		t.Errorf("all are reaped: exit code %d", code)
	}
}

// Without being asked for an answer it exits with 0 at a signal. Its output is
// one object a line, the adoption of an orphan among them.
func TestWatchJSON(t *testing.T) {
	t.Parallel()
	exe := program(t)
	a := newActor(t, exe)
	lines, end := watch(t, a, exe, "-o", "json")
	type document struct {
		Looks, New int
		Adopted    []struct {
			PID, From, To int
			Comm          string
		}
		Check *struct{ ExitCode int }
	}
	read := func(line string) (d document) {
		if err := json.Unmarshal([]byte(line), &d); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		return d
	}
	if d := read(next(t, lines, "")); d.Looks != 1 || d.New != 0 {
		t.Errorf("the first: %+v", d)
	}
	parent := a.order(order{Exec: []byte("/bin/sh"), Args: raw([]string{"sh", "-c", "sleep 2; (sleep 50 & exec sleep 5); exit"}), Stay: true})
	_ = parent
	d := read(next(t, lines, `"adopted":\[\{[^]]*"comm":"sleep"`))
	if got := d.Adopted[0]; got.To != 1 || got.Comm != "sleep" || got.From < 2 {
		t.Errorf("adopted: %+v", got)
	}
	if code := end(syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// As PID 1 it reaps the orphans that it adopts; a program in its place that does
// not wait leaves a zombie.
func TestWatchReapsAsPID1(t *testing.T) {
	t.Parallel()
	requireRoot(t)
	exe := program(t)
	// run runs a script as PID 1, to its end, or until a line of its output has this.
	run := func(script, until string) string {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		c := exec.CommandContext(ctx, "unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c", script, "sh", exe)
		c.Env = append(os.Environ(), runVariable+"=1")
		c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		pipe, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		c.Stderr = c.Stdout
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		for in := bufio.NewScanner(pipe); in.Scan(); {
			out.WriteString(in.Text() + "\n")
			if until != "" && strings.Contains(in.Text(), until) {
				_ = c.Process.Kill() // and its child with it
			}
		}
		_ = c.Wait()
		return out.String()
	}
	const orphan, kept = `( (sleep 1) & ) ; `, "sleep (PID 1) has left 1 zombie"
	out := run(orphan+`exec "$1" watch --interval 200ms --min-age 0 --for 3s -o json`, "")
	last := out[strings.LastIndex(strings.TrimSpace(out), "\n")+1:]
	if !strings.Contains(last, `"zombies":0`) || !strings.Contains(last, `"exitCode":0`) {
		t.Errorf("it keeps what it adopted: %s", out)
	}
	control := run(orphan+`( while "$1" scan --min-age 0; do sleep 0.1; done ) & exec sleep 50`, kept)
	if !strings.Contains(control, kept) {
		t.Errorf("the control: %s", control)
	}
}

// In the background of a shell the terminal is not its own: it prints lines, and
// does not stop.
func TestWatchInTheBackground(t *testing.T) {
	t.Parallel()
	master, slave := terminal(t, 80)
	script := `set -m; "$0" watch --interval 100ms --for 1s & wait $!; echo "code $?"`
	c := exec.Command("sh", "-c", script, program(t))
	c.Env = append(os.Environ(), runVariable+"=1", "TERM=xterm")
	c.Stdin, c.Stdout, c.Stderr = slave, slave, slave
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	out := make(chan string)
	go func() {
		b, _ := io.ReadAll(master) // EIO: the other side is closed
		out <- string(b)
	}()
	select {
	case s := <-out:
		if err := c.Wait(); err != nil || strings.Contains(s, "\x1b[?1049h") || !regexp.MustCompile(`ZOMBIES .*\n[^\x00]*code [0-3]\r`).MatchString(s) {
			t.Errorf("%v: %q", err, s)
		}
	case <-time.After(time.Minute):
		_ = c.Process.Kill()
		t.Fatal("it does not end")
	}
}

// A hangup ends it, with an answer. It ignores hangups where it was started to
// do so.
func TestWatchHangup(t *testing.T) {
	t.Parallel()
	for first, ignores := range map[string]bool{"": false, `trap "" HUP;`: true} {
		c := exec.Command("sh", "-c", first+` exec "$0" watch --for 100s`, program(t))
		c.Env = append(os.Environ(), runVariable+"=1")
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		start(t, c)
		in := bufio.NewReader(out)
		if _, err := in.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		if is := regexp.MustCompile(`\nSigIgn:\t[0-9a-f]*[13579bdf]\n`).Match(status); is != ignores { // SIGHUP is 1
			t.Errorf("%q: SIGHUP is ignored: %t", first, is)
		}
		sig := syscall.SIGHUP
		if ignores {
			sig = syscall.SIGTERM
		}
		if err := c.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		rest, err := io.ReadAll(in)
		if err := errors.Join(err, c.Wait()); !c.ProcessState.Exited() || !bytes.Contains(rest, []byte("\nZOMBIES ")) && !bytes.HasPrefix(rest, []byte("ZOMBIES ")) {
			t.Errorf("%q: %v, and it said %q", first, err, rest)
		}
	}
}

// Without descriptors it looks less often than it was asked to, and says so.
func TestWatchWithFewDescriptors(t *testing.T) {
	c := exec.Command("sh", "-c", `ulimit -n 64; exec "$0" watch --interval 1ms --for 1s -o json`, program(t))
	c.Env = append(os.Environ(), runVariable+"=1")
	var errs bytes.Buffer
	c.Stderr = &errs
	out, _ := c.Output() // the exit code depends on this machine
	if code := c.ProcessState.ExitCode(); code < 0 || code > 2 || !regexp.MustCompile(`looks every (\d{3}ms|\d+(\.\d)?s) and not every 1ms, .*RLIMIT_NOFILE is 64`).MatchString(errs.String()) {
		t.Errorf("exit code %d: %q", code, errs.String())
	}
	if lines := bytes.Count(out, []byte("\n")); lines == 0 || lines > 12 {
		t.Errorf("%d looks in a second", lines)
	}
}

func TestWatchUsage(t *testing.T) {
	exe := program(t)
	for _, c := range []struct {
		want string
		args []string
	}{
		{`--interval is not above 0`, []string{"--interval", "0s"}},
		{`--for is negative`, []string{"--for", "-1s"}},
		{`unknown --until "x": choose leak or clean`, []string{"--until", "x"}},
		{`--warning is for the verdict at the end, and none was asked for`, []string{"--warning", "5"}},
		{`--max-zombies is for the verdict at the end, and none was asked for`, []string{"--max-zombies", "0"}},
		{`bad range "x"`, []string{"--warning", "x", "--for", "1s"}},
		{`bad range "x"`, []string{"--warning", "x", "--until", "leak"}},
		{`unknown --sort "x": choose net, zombies, new, reaped or pid`, []string{"--sort", "x"}},
		{`unknown output format "html": choose text, json or yaml`, []string{"-o", "html"}},
		{`is a recording, and a recording does not change`, []string{"--from", "../fixtures/uf-backend/root"}},
	} {
		out, errs, code := zombiectlAs(t, append([]string{exe, "watch"}, c.args...)...)
		if code != 3 || out != "" || !strings.Contains(errs, "zombiectl: error: ") || !strings.Contains(errs, c.want) {
			t.Errorf("%q: exit code %d, %q, %q", c.args, code, out, errs)
		}
	}
}
