package cmd_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/screen/screentest"
)

// watching is a watch that fills a terminal.
type watching struct {
	*screentest.PTY
	*exec.Cmd
	t *testing.T
}

// watchOn starts a watch in the namespace of an actor, on a terminal of that size.
func watchOn(t *testing.T, a *actor, columns, rows int, env []string, args ...string) *watching {
	t.Helper()
	requireRoot(t)
	w := &watching{PTY: screentest.Open(t, columns, rows), t: t}
	w.Watch()
	command := a.inside(append([]string{program(t), "watch", "--min-age", "0", "--interval", "200ms"}, args...)...)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	w.Cmd = exec.CommandContext(ctx, command[0], command[1:]...)
	w.Env = append(append(os.Environ(), runVariable+"=1", "TERM=xterm", "NO_COLOR=1", "CLICOLOR_FORCE=", "LC_ALL=C.UTF-8"), env...)
	w.Stdin, w.Stdout, w.Stderr = w.Slave, w.Slave, w.Slave
	w.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	return w
}

// pid is that of the watch: nsenter is above it, stops when it does, and lets it go on.
func (w *watching) pid() int { return onlyChild(w.t, w.Process.Pid) }

func (w *watching) send(sig syscall.Signal) {
	w.t.Helper()
	if err := syscall.Kill(w.pid(), sig); err != nil {
		w.t.Fatal(err)
	}
}

// has waits until a text is on the terminal.
func (w *watching) has(text string) {
	w.t.Helper()
	w.Until(text, func(s *screentest.Terminal) bool { return s.Has(text) })
}

// keeping starts a process of that name that waits for none of its children.
func keeping(a *actor, name string, zombies int) {
	a.t.Helper()
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		a.t.Fatal(err)
	}
	link := filepath.Join(a.t.TempDir(), name)
	if err := os.Symlink(sleep, link); err != nil {
		a.t.Fatal(err)
	}
	const script = `for i in $(seq "$1"); do sh -c exit & done; exec "$0" 300`
	a.order(order{Exec: []byte("/bin/sh"), Stay: true, Args: raw([]string{"sh", "-c", script, link, strconv.Itoa(zombies)})})
}

// ended waits for its exit, with the terminal as it was, and returns the text
// that stays there.
func (w *watching) ended() string {
	w.t.Helper()
	err := w.Wait()
	w.Until("the terminal as before, and a verdict", func(s *screentest.Terminal) bool { return s.AsBefore() && (s.Has("came, ") || s.Has("ZOMBIES ")) })
	if err != nil {
		w.t.Errorf("it ended with %v:\n%s", err, w.Terminal)
	}
	if u := w.Unknown(); len(u) > 0 {
		w.t.Errorf("unknown sequences: %q", u)
	}
	return w.Terminal.String()
}

// On a terminal: it fills it, follows its size, and gives it back when it is
// stopped, and however it exits; the last verdict stays there.
func TestWatchOnATerminal(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*watching){
		"q":       func(w *watching) { w.Type("q") },
		"SIGTERM": func(w *watching) { w.send(syscall.SIGTERM) },
		"SIGQUIT": func(w *watching) { w.send(syscall.SIGQUIT) }, // which ^\ sends
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			watchOnATerminal(t, end)
		})
	}
}

func watchOnATerminal(t *testing.T, end func(*watching)) {
	a := newActor(t, program(t))
	a.zombie("/bin/true")
	w := watchOn(t, a, 100, 30, nil)
	w.has("s sort  space pause")
	w.has("1 zombie among")
	a.zombie("/bin/true")
	w.has("2 zombies now") // new, or one that may be: a look between its birth and its death may be missing

	w.Resize(50, 12)
	w.Until("a page of the new size", func(s *screentest.Terminal) bool {
		return s.Has("2 zombies among") && strings.HasPrefix(s.Lines()[11], "q quit  ? help")
	})
	stopped(w)
	if _, times := w.Filled(); times != 3 {
		t.Errorf("the screen was filled %d times", times)
	}

	end(w)
	left := w.ended()
	if !strings.Contains(left, "2 zombies among") || !strings.Contains(left, "\nmore  zombiectl scan 1\n") || strings.Contains(left, "q quit") {
		t.Errorf("it leaves\n%s", left)
	}
	if after := w.Termios(); after.Lflag&(syscall.ICANON|syscall.ECHO) != syscall.ICANON|syscall.ECHO {
		t.Errorf("the terminal is %+v", after)
	}
}

// stopped stops it, by ^Z and by a signal that cannot be caught, and lets it go on.
func stopped(w *watching) {
	t := w.t
	t.Helper()
	for i, sig := range []syscall.Signal{syscall.SIGTSTP, syscall.SIGSTOP} {
		w.send(sig)
		w.Until("a stop", func(*screentest.Terminal) bool {
			b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", w.Process.Pid))
			return err == nil && strings.Contains(string(b), ") T ")
		})
		if sig == syscall.SIGTSTP {
			w.Until("its screen given back", func(s *screentest.Terminal) bool { return s.AsBefore() })
			if now := w.Termios(); now.Lflag&syscall.ECHO == 0 {
				t.Errorf("stopped: the terminal is %+v", now)
			}
		}
		if err := syscall.Kill(w.Process.Pid, syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		w.Until("the screen taken again", func(s *screentest.Terminal) bool {
			now, times := s.Filled()
			return now && times == i+2 && s.Has("2 zombies among")
		})
		mark := []string{"ZOMBIES▼", "PID▲"}[i]
		w.Type([]string{"s", "SS"}[i])
		w.has(mark)
	}
}

// The keys that htop has: arrows choose a parent, Enter asks about it, / filters, space
// stops the picture.
func TestWatchKeys(t *testing.T) {
	t.Parallel()
	a := newActor(t, program(t))
	keeping(a, "many", 3)
	keeping(a, "few", 1)
	w := watchOn(t, a, 100, 30, nil)
	w.has("4 zombies among")
	w.Until("a selected parent", func(s *screentest.Terminal) bool { return strings.HasPrefix(s.Reversed(), ">") })
	first := w.Reversed()
	pid := regexp.MustCompile(`\d+`).FindString(first)
	w.Type("j")
	w.Until("another one", func(s *screentest.Terminal) bool {
		r := s.Reversed()
		return r != "" && !strings.Contains(r, " "+pid+" ")
	})
	w.Type("\x1b[A\r")
	w.has("zombiectl scan " + pid)
	w.has("CHAIN")
	w.has("Esc, q go back")
	if w.Has("TREND") {
		t.Errorf("the page of %s has the table of all:\n%s", pid, w.Terminal)
	}
	w.Type("\x1b")
	w.has("TREND")
	w.Type("?")
	w.has("quit; the last verdict stays on the screen")
	w.Type("q")
	w.has("TREND")
	w.Type("/nobody\r")
	w.has("filter: nobody (0 of 2 parents)")
	w.Type("\x1b")
	w.has("s sort  space pause")

	w.Type(" ")
	w.has("PAUSED at ")
	a.zombie("/bin/true")
	paused := w.Terminal.String()
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if w.Has("5 zombies") {
			t.Fatalf("the picture goes on:\n%s\nafter\n%s", w.Terminal, paused)
		}
	}
	w.Type("p")
	w.has("5 zombies among")
	w.Type("q")
	if left := w.ended(); !strings.Contains(left, "5 zombies among") {
		t.Errorf("it leaves\n%s", left)
	}
}

// In a locale without UTF-8, and below 60 columns, it is ASCII, and all there.
// The control: with UTF-8 the same draws other characters.
func TestWatchASCII(t *testing.T) {
	t.Parallel()
	for locale, ascii := range map[string]bool{"C": true, "POSIX": true, "C.UTF-8": false} {
		t.Run(locale, func(t *testing.T) {
			t.Parallel()
			a := newActor(t, program(t))
			a.zombie("/bin/true")
			w := watchOn(t, a, 48, 20, []string{"LC_ALL=" + locale})
			w.has("1 zombie among")
			w.Type("?")
			w.has("choose a parent")
			w.Type("q")
			w.has("NET")
			w.Type("q")
			w.ended()
			if other := strings.ContainsFunc(w.Raw(), func(r rune) bool { return r >= 0x80 }); other == ascii {
				t.Errorf("other than ASCII: %t in\n%q", other, w.Raw())
			}
		})
	}
}

// A name cannot do anything to the terminal, on any page.
func TestWatchHostileName(t *testing.T) {
	t.Parallel()
	a := newActor(t, program(t))
	const name = "\x1b[2J\x1b]0;title\x07\x1b[?1049l\x9b1m\r\n"
	keeping(a, name, 1)
	w := watchOn(t, a, 100, 30, []string{"NO_COLOR="})
	w.has(`\x1b[2J`)
	w.has("1 zombie among")
	w.Type("\r")
	w.has("CHAIN")
	w.has(`\x1b[2J`)
	w.Type("q")
	w.has("TREND")
	w.Type("q")
	if left := w.ended(); !strings.Contains(left, `\x1b[2J`) {
		t.Errorf("it leaves\n%s", left)
	}
	if raw := w.Raw(); strings.Contains(raw, "title\a") || strings.Contains(raw, "\x1b]") || strings.ContainsRune(raw, '\x9b') {
		t.Errorf("%q", raw)
	}
}

// With --for the verdict is that of check, and so is the exit code.
func TestWatchForOnATerminal(t *testing.T) {
	t.Parallel()
	a := newActor(t, program(t))
	w := watchOn(t, a, 80, 24, nil, "--for", "100s")
	w.has("s sort  space pause")
	w.Type("q")
	if left := w.ended(); !strings.Contains(left, "ZOMBIES OK - 0 new zombies were found since ") || strings.Contains(left, "more  zombiectl") {
		t.Errorf("it leaves\n%s", left)
	}
}

// here returns a watch of this machine on a terminal, which is not started yet: what
// enters a namespace for one would end with ^C, too, and take the terminal away.
func here(t *testing.T) *watching {
	t.Helper()
	w := &watching{PTY: screentest.Open(t, 80, 24), t: t}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	w.Cmd = exec.CommandContext(ctx, program(t), "watch", "--interval", "200ms")
	w.Env = append(os.Environ(), runVariable+"=1", "TERM=xterm", "LC_ALL=C.UTF-8")
	w.Stdin, w.Stdout = w.Slave, w.Slave
	w.Stderr = new(strings.Builder)
	w.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	return w
}

// ^C ends it as q does.
func TestWatchInterrupted(t *testing.T) {
	t.Parallel()
	w := here(t)
	w.Watch()
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	w.has("space pause")
	w.Type("\x03")
	if left := w.ended(); strings.Contains(left, "space pause") {
		t.Errorf("it leaves\n%s", left)
	}
}

// A terminal that goes away ends it.
func TestWatchTerminalGone(t *testing.T) {
	t.Parallel()
	w := here(t)
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 1<<16) // not in the background: a read would keep the terminal open
	for seen := ""; !strings.Contains(seen, "space pause"); {
		n, err := w.Master.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		seen += string(buf[:n])
	}
	w.Master.Close()
	if err := w.Wait(); err != nil {
		t.Errorf("it ended with %v: %s", err, w.Stderr)
	}
}
