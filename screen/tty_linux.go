package screen

import "golang.org/x/sys/unix"

const (
	getTermios = unix.TCGETS
	setTermios = unix.TCSETS // not TCSETSW: that waits for a write which nobody takes
)
