package cmd

import (
	"context"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
)

// Exit codes: those of the monitoring plugins, so that a check can be used as
// one, and 3 everywhere for "no answer".
const (
	exitOK       = 0
	exitNoAnswer = 3
)

// exitCode ends the program with a code and without a message.
type exitCode int

func (c exitCode) Error() string { return "exit code " + strconv.Itoa(int(c)) }

// ended is nil for 0, and ends the program with any other code.
func ended(code int) error {
	if code != exitOK {
		return exitCode(code)
	}
	return nil
}

type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }

func withHint(err error, hint string) error { return hinted{err, hint} }

// printable keeps an error on one line and off the terminal's control codes:
// it may quote what a file or a user gave.
func printable(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r == ' ' || strconv.IsGraphic(r) && r != '\uFFFD' {
			b.WriteRune(r)
		} else {
			q := strconv.QuoteRuneToASCII(r)
			b.WriteString(q[1 : len(q)-1])
		}
	}
	return b.String()
}

// ends returns the signals that must end the program. A hangup is one of them,
// unless the program was started to outlast its terminal (nohup(1)).
func ends() []os.Signal {
	all := []os.Signal{syscall.SIGINT, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		all = append(all, syscall.SIGHUP)
	}
	return all
}

// untilEnd returns a context that is canceled when a signal is to end the
// program: one of ends or of more. A second signal ends it at once, whatever it
// is doing: it may be writing to a terminal that nobody reads.
func untilEnd(more ...os.Signal) (ctx context.Context, stop context.CancelFunc) {
	ctx, stop = signal.NotifyContext(context.Background(), append(ends(), more...)...)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}
