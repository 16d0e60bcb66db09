package facts

import (
	"bytes"
	"fmt"
	"strconv"
)

// ParseFDInfo parses /proc/PID/fdinfo/FD of a pidfd or a signalfd
// (proc_pid_fdinfo(5)).
func ParseFDInfo(fd int, b []byte) (FDInfo, error) {
	info := FDInfo{FD: fd}
	for line := range bytes.Lines(b) {
		key, val, ok := bytes.Cut(bytes.TrimSpace(line), []byte(":"))
		if !ok {
			continue
		}
		text := string(bytes.TrimSpace(val))
		switch string(key) {
		case "Pid":
			// -1: the process was reaped; 0: it is outside this PID namespace.
			n, err := strconv.ParseInt(text, 10, 32)
			if err != nil {
				return FDInfo{}, fmt.Errorf("bad Pid %.32q", text)
			}
			info.PID = Some(int(n))
		case "sigmask":
			n, err := strconv.ParseUint(text, 16, 64)
			if err != nil {
				return FDInfo{}, fmt.Errorf("bad sigmask %.32q", text)
			}
			info.Sigmask = Some(n)
		}
	}
	return info, nil
}

// FDInfo is one pidfd or signalfd of a process (/proc/PID/fdinfo/FD).
type FDInfo struct {
	FD      int
	PID     Opt[int]    // Pid: of a pidfd
	Sigmask Opt[uint64] // sigmask: of a signalfd
}
