//go:build !linux

package cmd

import (
	"os"

	"golang.org/x/sys/unix"
)

const (
	getTermios = unix.TIOCGETA
	setTermios = unix.TIOCSETA
)

// stop stops us until somebody lets us go on.
func stop() error { return unix.Kill(os.Getpid(), unix.SIGSTOP) }
