package reap

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

func init() {
	if os.Getenv(roleVariable) != "" {
		runtime.LockOSThread() // the main goroutine stays on the first thread
	}
}

// role is a process that perl cannot be.
func role(name string) {
	switch name {
	case "go-parent": // a Go program that starts children and never waits
		_ = os.Unsetenv(roleVariable)
		for range 2 {
			if err := exec.Command("true").Start(); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
		}
		time.Sleep(time.Hour)
	case "no-pidfd":
		if err := withoutPidfds(os.Args[1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	case "probe":
		probeMain()
	case "idle":
		time.Sleep(time.Hour)
	case "dead-leader": // its first thread exits, others keep running
		go func() {
			runtime.LockOSThread()
			time.Sleep(time.Hour)
		}()
		time.Sleep(10 * time.Millisecond)
		_, _, _ = syscall.RawSyscall(unix.SYS_EXIT, 0, 0, 0)
	}
	os.Exit(3)
}
