package scan

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
)

// parseChildren parses /proc/PID/task/TID/children (proc_tid_children(5)).
func parseChildren(b []byte) ([]int, error) {
	pids := []int{}
	for f := range bytes.FieldsSeq(b) {
		n, ok := parseUint(f)
		if !ok || n > math.MaxInt32 {
			return nil, fmt.Errorf("bad PID %.32q", f)
		}
		pids = append(pids, int(n))
	}
	return pids, nil
}

// parseFDInfo parses /proc/PID/fdinfo/FD of a pidfd or a signalfd
// (proc_pid_fdinfo(5)).
func parseFDInfo(fd int, b []byte) (FDInfo, error) {
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
