//go:build !linux || (!amd64 && !arm64)

package entry

// Complete tells whether the entry point of this program was ours: there is none
// for this system.
func Complete() bool { return false }
