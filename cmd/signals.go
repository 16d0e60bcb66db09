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

// untilEnd returns a context that is cancelled when the program is to end.
func untilEnd() (ctx context.Context, stop context.CancelFunc) {
	return signal.NotifyContext(context.Background(), ends()...)
}
