package screen

import (
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"

	"github.com/gdamore/tcell/v2"
	"golang.org/x/sys/unix"
)

// tty is the terminal as tcell asks for it. That of the library takes the signals
// away that keys send, watches for a resize by itself, and opens /dev/tty.
type tty struct {
	in   *os.File
	out  io.Writer
	old  *unix.Termios // before we changed it; nil: we never did
	wake [2]*os.File   // a byte in it makes Read wait for released, and return nothing
	err  atomic.Pointer[error]

	parked   chan struct{} // closed: nothing is read any more
	park     *sync.Once
	released chan struct{}
}

func newTTY(in *os.File, out io.Writer) *tty { return &tty{in: in, out: out} }

// Start implements tcell.Tty.
func (t *tty) Start() error {
	var err error
	if t.wake[0], t.wake[1], err = os.Pipe(); err != nil {
		return err
	}
	t.parked, t.park, t.released = make(chan struct{}), new(sync.Once), make(chan struct{})
	fd := int(t.in.Fd())
	old, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return err
	}
	if t.old == nil {
		t.old = old
	}
	raw := *t.old
	raw.Lflag &^= unix.ICANON | unix.ECHO
	raw.Cc[unix.VMIN], raw.Cc[unix.VTIME] = 1, 0
	return unix.IoctlSetTermios(fd, setTermios, &raw)
}

// quiet returns when nothing is read any more. The library hands its input from
// one goroutine to the next through a channel of a few chunks, and asks the
// second to stop first: the first would wait for ever where more than that was
// pasted.
func (t *tty) quiet() {
	if _, err := t.wake[1].Write([]byte{0}); err == nil {
		<-t.parked
	}
}

// Drain implements tcell.Tty. The terminal is set back before anything is written,
// which may have to wait for whoever reads it.
func (t *tty) Drain() error {
	if t.old != nil && Foreground(t.in) {
		_ = unix.IoctlSetTermios(int(t.in.Fd()), setTermios, t.old)
	}
	close(t.released)
	return nil
}

// Stop implements tcell.Tty.
func (t *tty) Stop() error {
	_ = t.wake[0].Close()
	return t.wake[1].Close()
}

// Read implements tcell.Tty. It returns nothing when it is to end.
func (t *tty) Read(b []byte) (int, error) {
	fds := []unix.PollFd{{Fd: int32(t.in.Fd()), Events: unix.POLLIN}, {Fd: int32(t.wake[0].Fd()), Events: unix.POLLIN}}
	_, err := unix.Poll(fds, -1)
	for errors.Is(err, unix.EINTR) {
		_, err = unix.Poll(fds, -1)
	}
	n := 0
	if err == nil && fds[1].Revents == 0 {
		if n, err = t.in.Read(b); err == nil {
			return n, nil
		}
	}
	t.park.Do(func() { close(t.parked) })
	if err == nil {
		<-t.released
	}
	return n, err
}

// Write implements tcell.Tty. The library looks at no error, so it is kept.
func (t *tty) Write(b []byte) (int, error) {
	n, err := t.out.Write(b)
	if err != nil {
		t.err.CompareAndSwap(nil, &err)
	}
	return n, err
}

func (t *tty) failed() error {
	if err := t.err.Load(); err != nil {
		return *err
	}
	return nil
}

// Close implements tcell.Tty.
func (t *tty) Close() error { return nil }

// NotifyResize implements tcell.Tty: whoever draws sees the size.
func (t *tty) NotifyResize(func()) {}

// WindowSize implements tcell.Tty.
func (t *tty) WindowSize() (tcell.WindowSize, error) {
	size := tcell.WindowSize{Width: 80, Height: 24} // one that does not know: kubectl exec -t, for one
	if ws, err := unix.IoctlGetWinsize(int(t.in.Fd()), unix.TIOCGWINSZ); err == nil && ws.Col > 0 && ws.Row > 0 {
		size.Width, size.Height = int(ws.Col), int(ws.Row)
	}
	return size, nil
}

// Foreground reports whether a file is a terminal that is ours to change: it is not
// when we are in the background of a shell, which would stop us for the attempt.
func Foreground(f *os.File) bool {
	fd := int(f.Fd())
	if _, err := unix.IoctlGetWinsize(fd, unix.TIOCGWINSZ); err != nil {
		return false
	}
	group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
	return err != nil || group == unix.Getpgrp() // an error: not one with jobs
}
