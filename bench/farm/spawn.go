//go:build linux && (amd64 || arm64)

package main

import (
	"errors"
	"fmt"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// spawn makes one process by the smallest means and returns its PID, or -errno.
// It is a clone(2) with CLONE_VM: the child has our memory and not even a stack
// of its own, so it runs no Go at all. A few instructions make it die or sleep.
//
// A plain fork would give each child its own page tables. That is 130 KiB for
// each instead of 30, and tens of thousands of mappings of one page, through
// which whatever else in the kernel looks at that page (reclaim, DAMON) has to
// go: making the farm then took minutes now and then instead of seconds.
//
//go:noescape
func spawn(zombie bool) (pid int)

// populate makes the processes of the farm, zombies spread evenly among the
// sleepers, as they come on a real machine.
func populate(o options) (h herd, err error) {
	// A handler of the Go runtime would run in the child, on our stack. Ctrl-C
	// reaches the whole process group, so the children block all they can.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before unix.Sigset_t
	all := unix.Sigset_t{Val: [16]uint64{^uint64(0)}}
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &all, &before); err != nil {
		return h, err
	}
	defer func() { err = errors.Join(err, unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil)) }()

	total := o.sleepers + o.zombies
	for made := range total {
		zombie := len(h.zombies)*total < made*o.zombies || len(h.sleepers) == o.sleepers
		pid := spawn(zombie)
		if pid < 0 {
			return h, fmt.Errorf("failed to make process %d of %d: %w (pids.max of a cgroup?)", made+1, total, syscall.Errno(-pid))
		}
		if zombie {
			h.zombies = append(h.zombies, pid)
		} else {
			h.sleepers = append(h.sleepers, pid)
		}
	}
	return h, nil
}
