package facts

// Exit is how a process ended: its wait status (wait(2)).
type Exit struct {
	Signal     int // that ended it; 0: it exited
	Code       int // exit code, where it exited
	CoreDumped bool
}

// Exit returns how a zombie ended, where that can be known. /proc/PID/stat
// field 52 silently reads 0 without ptrace permission, so a 0 counts only
// where something shows that we have it.
func (p *Process) Exit() Opt[Exit] {
	status, ok := p.ExitCode.Get()
	if !ok || p.State != Zombie || p.NumThreads > 1 { // with live threads it has not ended
		return Opt[Exit]{}
	}
	if !p.ExitVisible() {
		if _, ok := p.PIDNS(); !ok {
			return Opt[Exit]{}
		}
	}
	if sig := status & 0x7f; sig != 0 {
		return Some(Exit{Signal: sig, CoreDumped: status&0x80 != 0})
	}
	return Some(Exit{Code: status >> 8 & 0xff})
}

// ExitVisible reports whether the stat of a zombie itself shows that its exit
// status is real: it is not 0, or field 35 (wchan) is 1, as it is for a zombie
// on 5.16 and later exactly where the reader has ptrace permission.
func (p *Process) ExitVisible() bool {
	status, _ := p.ExitCode.Get()
	wchan, _ := p.Wchan.Get()
	return status != 0 || wchan == 1
}
