package facts

// SIGCHLD is 17 on every architecture that Linux containers run on.
const SIGCHLD = 17

// HasSignal reports whether the mask has the signal.
func HasSignal(mask uint64, signal int) bool { return mask>>(signal-1)&1 != 0 }
