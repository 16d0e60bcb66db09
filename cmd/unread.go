package cmd

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// A write to a terminal that is stopped (^S), or that nobody reads any more,
// does not return. Output that people only glance at meanwhile must not wait for
// it.

// takes reports whether a terminal takes output now. It is true of anything that
// is not a terminal.
func takes(w io.Writer) bool {
	if !isTerminal(w) {
		return true
	}
	f := []unix.PollFd{{Fd: int32(w.(*os.File).Fd()), Events: unix.POLLOUT}} //nolint:forcetypeassert // isTerminal
	n, err := unix.Poll(f, 0)
	return err != nil || n > 0
}

// errUnread is that nobody took an answer, and a signal was to end the program.
var errUnread = errors.New("nobody reads the output")

// farewell is how long a write may take when the program is to end.
const farewell = 5 * time.Second

// endable passes on all writes, and gives one up where nobody takes it and a
// signal is to end the program: a signal that is caught does not end a write.
type endable struct {
	io.Writer
	ctx     context.Context // done: it is to end
	patient time.Duration   // for so long it is tried even then
	given   bool            // up
}

// Write implements io.Writer.
func (e *endable) Write(b []byte) (int, error) {
	if e.given {
		return 0, errUnread
	}
	type result struct {
		n   int
		err error
	}
	done := make(chan result, 1)
	own := append([]byte(nil), b...) // it may be written when the caller is gone
	go func() {
		n, err := e.Writer.Write(own)
		done <- result{n, err}
	}()
	select {
	case r := <-done:
		return r.n, r.err
	case <-e.ctx.Done():
	}
	select {
	case r := <-done:
		return r.n, r.err
	case <-time.After(e.patient):
		e.given = true
		return 0, errUnread
	}
}
