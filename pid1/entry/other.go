//go:build !linux || (!amd64 && !arm64)

package entry

// Complete reports whether the entry point of this program was ours: this system
// has none.
func Complete() bool { return false }
