package subreaper

import (
	"os"
	"os/signal"
	"slices"

	"golang.org/x/sys/unix"
)

var forwarded = []os.Signal{
	unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGUSR1, unix.SIGUSR2, unix.SIGWINCH, unix.SIGCONT,
}

// fromTerminal are those that a terminal sends to its whole foreground process
// group: the command has had them.
var fromTerminal = []os.Signal{unix.SIGINT, unix.SIGQUIT, unix.SIGWINCH}

// relay passes signals on until stop is called. One that this process was
// started to ignore (nohup) stays ignored, in the command too.
func (r *run) relay() (stop func()) {
	signals := make(chan os.Signal, 64)
	done := make(chan struct{})
	r.started = make(chan *os.Process, 1)
	for _, s := range forwarded {
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
	go func() {
		var p *os.Process
		select {
		case p = <-r.started:
		case <-done:
			return
		}
		for {
			select {
			case s := <-signals:
				if !sentToGroup(s) {
					_ = p.Signal(s) // it may have exited
				}
			case <-done:
				return
			}
		}
	}()
	return func() { signal.Stop(signals); close(done) }
}

// sentToGroup reports whether a signal can be taken to come from the terminal:
// this process group is in its foreground.
func sentToGroup(s os.Signal) bool {
	if !slices.Contains(fromTerminal, s) {
		return false
	}
	tty, err := os.OpenFile("/dev/tty", os.O_RDONLY|unix.O_NOCTTY, 0)
	if err != nil {
		return false // no terminal controls this process
	}
	defer tty.Close()
	group, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}
