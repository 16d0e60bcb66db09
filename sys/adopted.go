// Package sys holds the system calls about children and signals that several
// packages need and the standard library does not give: waitid(2) with its full
// answer about a child, descriptors of processes, and the names of signals. Each
// has one copy, here. It imports nothing of ours.
package sys

import (
	"errors"
	"syscall"
)

// ReapAdopted waits for every child that has exited, and returns when only
// running ones are left. It is for a program that starts no child of its own
// while it calls this: as PID 1, or as a subreaper, all its children are orphans
// that it was given, and nobody else can reap them.
func ReapAdopted() {
	for {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		if pid <= 0 && !errors.Is(err, syscall.EINTR) {
			return
		}
	}
}
