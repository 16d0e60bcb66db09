package cmd

import (
	"runtime"

	"github.com/zombiectl/zombiectl/scan"
)

// sparing makes this program do with one processor where few PIDs are left to it:
// each thread takes one, and a Go program that cannot have another thread ends.
func sparing(r *scan.Root) *scan.Root {
	if r.FewPIDs() {
		runtime.GOMAXPROCS(1)
	}
	return r
}

// sparingHere is sparing for who does not look yet, and will.
func sparingHere() {
	if root, err := scan.OpenLive("/"); err == nil {
		sparing(root)
		_ = root.Close()
	}
}
