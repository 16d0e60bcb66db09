package screen_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/zombiectl/zombiectl/screen"
	"github.com/zombiectl/zombiectl/screen/screentest"
)

// actVariable makes the test binary fill its terminal.
const actVariable = "ZOMBIECTL_TEST_SCREEN"

func TestMain(m *testing.M) {
	if act := os.Getenv(actVariable); act != "" {
		fill(act)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// fill shows the keys that are pressed, until one is q; it then carries out act.
func fill(act string) {
	s := screen.New(os.Stdin, os.Stdout)
	if act != "careless" {
		defer s.Leave()
	}
	if err := s.Enter(); err != nil {
		panic(err)
	}
	var keys []string
	for {
		width, height := s.Size()
		err := s.Draw([]string{
			fmt.Sprintf("%d x %d", width, height), "keys " + strings.Join(keys, ","),
			"\x1b[7mmarked \x1b[31mred\x1b[0m plain", "evil \x1b[2J\x1b]0;title\x07\r\n\x1b[?1049lhere", "猫 café",
			strings.Repeat("x", width) + "beyond",
		})
		if err != nil {
			panic(err)
		}
		k := <-s.Keys()
		switch {
		case k == "q" && act == "panic":
			panic("as it was told to")
		case k == "q" && act == "again":
			s.Leave()
			if err := s.Enter(); err != nil {
				panic(err)
			}
			act = "plain"
		case k == "q":
			return
		}
		keys = append(keys, string(k))
	}
}

func start(t *testing.T, act string, env ...string) (*screentest.PTY, *exec.Cmd) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := screentest.Open(t, 60, 20)
	p.Watch()
	c := exec.Command(exe)
	c.Env = append(append(os.Environ(), actVariable+"="+act, "LC_ALL=C.UTF-8", "NO_COLOR="), env...)
	c.Stdin, c.Stdout, c.Stderr = p.Slave, p.Slave, p.Slave
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if c.ProcessState == nil {
			_ = c.Process.Kill()
			_ = c.Wait()
		}
	})
	return p, c
}

func TestKeysAndLines(t *testing.T) {
	p, c := start(t, "again")
	before := p.Termios() // it may be changed already: compared at the end only where it was not
	p.Until("a page", func(s *screentest.Terminal) bool { return s.Has("60 x 20") && s.Has(strings.Repeat("x", 60)) })
	if s := p.Lines(); s[3] != "evil here" || s[4] != "猫 café" || s[5] != strings.Repeat("x", 60) || s[6] != "" {
		t.Errorf("it shows %q", s)
	}
	if got := p.Reversed(); got != "marked red plain" {
		t.Errorf("%q is marked", got)
	}
	p.Type("j\x1b[A\x1bOB\x1b[5~\x1b[6~\x1b[H\x1b[F\x1b[1~\x1b[4~\r\x7f/ü\x1b[21~\x1bOP")
	want := "keys j,up,down,page up,page down,home,end,home,end,enter,backspace,/,ü,F10,F1"
	p.Until("all keys", func(s *screentest.Terminal) bool {
		return strings.Contains(strings.Join(s.Lines()[1:2], ""), want[:60])
	})
	p.Resize(90, 10)
	p.Type("\x1b")
	p.Until("the new size", func(s *screentest.Terminal) bool { return s.Has("90 x 10") && s.Has(want+",escape") })

	p.Type("q") // it gives the terminal back, and takes it again
	p.Until("its second time", func(s *screentest.Terminal) bool {
		now, times := s.Filled()
		return now && times == 2 && s.Has(want+",escape,q")
	})
	p.Type("q")
	if err := c.Wait(); err != nil {
		t.Error(err)
	}
	p.Until("its end", func(s *screentest.Terminal) bool { return s.AsBefore() })
	if u := p.Unknown(); len(u) > 0 {
		t.Errorf("unknown sequences: %q", u)
	}
	after := p.Termios()
	if before.Lflag&syscall.ICANON != 0 && after != before {
		t.Errorf("the terminal was %+v and is %+v", before, after)
	}
	if after.Lflag&(syscall.ICANON|syscall.ECHO) != syscall.ICANON|syscall.ECHO {
		t.Errorf("the terminal is %+v", after)
	}
}

// However the program exits, the terminal is given back; a program that does not
// take care leaves it filled.
func TestPanic(t *testing.T) {
	for act, restored := range map[string]bool{"panic": true, "careless": false} {
		p, c := start(t, act)
		p.Until("a page", func(s *screentest.Terminal) bool { return s.Has("60 x 20") })
		p.Type("q")
		_ = c.Wait()
		if restored {
			p.Until("why", func(s *screentest.Terminal) bool { return s.AsBefore() && s.Has("as it was told to") })
		}
		if echo := p.Termios().Lflag&syscall.ECHO != 0; p.AsBefore() != restored || echo != restored {
			t.Errorf("%s: as before: %t, echo: %t", act, p.AsBefore(), echo)
		}
	}
}

// More keys than anybody takes do not keep the terminal from being given back. Without
// tty.quiet one of some ten rounds ended in a deadlock.
func TestPaste(t *testing.T) {
	for range 20 {
		paste(t)
	}
}

func paste(t *testing.T) {
	t.Helper()
	p, c := start(t, "plain")
	p.Until("a page", func(s *screentest.Terminal) bool { return s.Has("60 x 20") })
	stop, pasted := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(pasted)
		for {
			select {
			case <-stop:
				return
			default:
				_, _ = p.Master.WriteString(strings.Repeat("q\x1b[A", 700))
			}
		}
	}()
	late := time.AfterFunc(45*time.Second, func() { _ = c.Process.Kill() })
	if err := c.Wait(); err != nil {
		t.Errorf("it ended with %v:\n%s", err, p.Terminal)
	}
	late.Stop()
	close(stop)
	for {
		_ = unix.IoctlSetInt(int(p.Slave.Fd()), unix.TCFLSH, unix.TCIFLUSH) // or a write goes on waiting
		select {
		case <-pasted:
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
}
