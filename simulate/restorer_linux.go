//go:build amd64 || arm64

package simulate

// restorer is where a signal handler returns to: it calls rt_sigreturn(2), with the stack as the kernel left it.
func restorer() uintptr
