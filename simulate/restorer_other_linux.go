//go:build !amd64 && !arm64

package simulate

// restorer is not needed where Start refuses.
func restorer() uintptr { return 0 }
