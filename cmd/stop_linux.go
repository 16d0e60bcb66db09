package cmd

import (
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// stop stops us until somebody lets us go on. The signal is for this thread: one
// for the process may reach another, and this would run on meanwhile.
func stop() error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return unix.Tgkill(os.Getpid(), unix.Gettid(), unix.SIGSTOP)
}
