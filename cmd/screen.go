package cmd

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// fullScreen is the terminal that is our standard output, while we fill it.
type fullScreen struct {
	out io.Writer     // our standard output
	old *unix.Termios // of standard input, before we changed it
	on  bool
}

const (
	// The alternate screen, without a cursor, and without wrapping long lines:
	// between a resize and the next drawing they are too long.
	enterScreen = "\x1b[?1049h\x1b[?25l\x1b[?7l"
	leaveScreen = "\x1b[?7h\x1b[?25h\x1b[?1049l"
)

// ours reports whether the terminal that we are started from is ours to change:
// it is not when we are in the background of a shell, which would stop us for
// the attempt.
func ours() bool {
	if !isTerminal(os.Stdin) {
		return false
	}
	group, err := unix.IoctlGetInt(int(os.Stdin.Fd()), unix.TIOCGPGRP)
	return err != nil || group == unix.Getpgrp() // an error: not one with jobs
}

func (c *fullScreen) enter() {
	c.on = true
	in := int(os.Stdin.Fd())
	if old, err := unix.IoctlGetTermios(in, getTermios); err == nil {
		if c.old == nil {
			c.old = old
		}
		// Keys come at once and are not shown; ^C and ^Z stay signals.
		raw := *c.old
		raw.Lflag &^= unix.ICANON | unix.ECHO
		raw.Cc[unix.VMIN], raw.Cc[unix.VTIME] = 1, 0
		_ = unix.IoctlSetTermios(in, setTermios, &raw)
	}
	_, _ = io.WriteString(c.out, enterScreen)
}

func (c *fullScreen) read() <-chan byte {
	keys := make(chan byte)
	go func() {
		var b [1]byte
		for {
			if n, err := os.Stdin.Read(b[:]); n == 0 || err != nil {
				return
			}
			keys <- b[0]
		}
	}()
	return keys
}

// leave gives the terminal back as it was, if it was taken.
func (c *fullScreen) leave() {
	if c == nil || !c.on {
		return
	}
	c.on = false
	_, _ = io.WriteString(c.out, leaveScreen)
	if c.old != nil && ours() {
		_ = unix.IoctlSetTermios(int(os.Stdin.Fd()), setTermios, c.old)
	}
}

func (c *fullScreen) size() (width, height int) {
	width, height = 80, 24
	if ws, err := unix.IoctlGetWinsize(int(os.Stdout.Fd()), unix.TIOCGWINSZ); err == nil && ws.Col > 0 && ws.Row > 0 {
		width, height = int(ws.Col), int(ws.Row)
	}
	return width, height
}

// draw shows lines in place of those before, in one write: what stays the same
// does not flicker.
func (c *fullScreen) draw(lines []string) error {
	var b strings.Builder
	for i, l := range lines {
		// To its row, whatever the terminal makes of a newline. What was there is
		// erased first: behind a full line that would take its last column.
		fmt.Fprintf(&b, "\x1b[%d;1H\x1b[K%s", i+1, l)
	}
	b.WriteString("\x1b[J")
	_, err := io.WriteString(c.out, b.String())
	return err
}
