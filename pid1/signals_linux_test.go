package pid1_test

import (
	"syscall"
	"unsafe"
)

// defaultSignals stops ignoring the signals that nohup and the like made this
// process ignore: programs that the tests start would ignore them too.
func defaultSignals() {
	for n := uintptr(1); n <= 64; n++ {
		var action struct{ handler, flags, restorer, mask uint64 } // rt_sigaction(2)
		const sigIgn = 1
		_, _, errno := syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, n, 0, uintptr(unsafe.Pointer(&action)), 8, 0, 0)
		if errno != 0 || action.handler != sigIgn {
			continue
		}
		action.handler = 0 // SIG_DFL
		if _, _, errno := syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, n, uintptr(unsafe.Pointer(&action)), 0, 8, 0, 0); errno != 0 {
			panic(errno)
		}
	}
}
