package facts

// OOM is how often the OOM killer struck in a cgroup (cgroups(7)).
type OOM struct {
	File  string // below the root
	Kills uint64 // its oom_kill line
}

// ParseOOMKills returns the oom_kill line of memory.events or, on v1, of
// memory.oom_control, which has it since Linux 4.13: before, the error is
// ErrOldKernel.
func ParseOOMKills(b []byte) (uint64, error) {
	num, ok := valueOf(b, "oom_kill")
	if !ok {
		return 0, ErrOldKernel
	}
	return ParseNumber(num)
}
