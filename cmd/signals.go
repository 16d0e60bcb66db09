package cmd

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// ends returns the signals that are to end the program. A hangup is one of them,
// unless it was started to outlive its terminal (nohup(1)).
func ends() []os.Signal {
	all := []os.Signal{syscall.SIGINT, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		all = append(all, syscall.SIGHUP)
	}
	return all
}

// untilEnd returns a context that is cancelled when the program is to end, by one
// of ends or of more. A second signal ends it at once, whatever it is doing: it
// may be writing to a terminal that nobody reads.
func untilEnd(more ...os.Signal) (ctx context.Context, stop context.CancelFunc) {
	ctx, stop = signal.NotifyContext(context.Background(), append(ends(), more...)...)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}
