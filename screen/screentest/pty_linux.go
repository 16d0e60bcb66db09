package screentest

import (
	"fmt"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// PTY is a terminal: our side of it, and the program's.
type PTY struct {
	Master, Slave *os.File
	*Terminal     // the output on it, where Watch was called

	t testing.TB
}

// Open opens a terminal of that size.
func Open(t testing.TB, columns, rows int) *PTY {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = master.Close() })
	fd := int(master.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = slave.Close() })
	p := &PTY{Master: master, Slave: slave, Terminal: NewTerminal(columns, rows), t: t}
	p.setSize(columns, rows)
	return p
}

func (p *PTY) setSize(columns, rows int) {
	p.t.Helper()
	if err := unix.IoctlSetWinsize(int(p.Master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: uint16(columns), Row: uint16(rows)}); err != nil {
		p.t.Fatal(err)
	}
}

// Resize gives the terminal another size: the kernel notifies the program.
func (p *PTY) Resize(columns, rows int) {
	p.t.Helper()
	p.Terminal.Resize(columns, rows)
	p.setSize(columns, rows)
}

// Watch reads the output, until the terminal is closed.
func (p *PTY) Watch() {
	go func() {
		buf := make([]byte, 64<<10)
		for {
			n, err := p.Master.Read(buf)
			_, _ = p.Terminal.Write(buf[:n])
			if err != nil {
				return
			}
		}
	}()
}

// Type presses keys.
func (p *PTY) Type(keys string) {
	p.t.Helper()
	if _, err := p.Master.WriteString(keys); err != nil {
		p.t.Fatal(err)
	}
}

// Until waits for a picture. It fails the test when that does not come.
func (p *PTY) Until(what string, ok func(*Terminal) bool) {
	p.t.Helper()
	for end := time.Now().Add(45 * time.Second); !ok(p.Terminal); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			p.t.Fatalf("not seen: %s on\n%s", what, p.Terminal)
		}
	}
}

// Termios are the settings of the terminal.
func (p *PTY) Termios() unix.Termios {
	p.t.Helper()
	v, err := unix.IoctlGetTermios(int(p.Slave.Fd()), unix.TCGETS)
	if err != nil {
		p.t.Fatal(err)
	}
	return *v
}
