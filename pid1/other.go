//go:build !linux || (!amd64 && !arm64)

package pid1

import (
	"fmt"
	"os"
	"runtime"
)

func write(fd int, text string) {
	to := os.Stdout
	if fd == stderr {
		to = os.Stderr
	}
	fmt.Fprint(to, text) //nolint:errcheck // see log
}

// run says that this system has no init.
func (o options) run() int {
	fmt.Fprintf(os.Stderr, "zombiectl: error: init: it needs Linux on amd64 or arm64; this is %s on %s\n", runtime.GOOS, runtime.GOARCH)
	return exitUsage
}
