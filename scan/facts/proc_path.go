package facts

import "strconv"

// ParsePID parses the name of a process's directory as the kernel writes it:
// "007" and "+7" are not PID 7.
func ParsePID(name string) (int, bool) {
	if name == "" || name[0] < '1' || name[0] > '9' {
		return 0, false
	}
	n, err := strconv.ParseInt(name, 10, 32)
	return int(n), err == nil
}

// Path is where a file of a process is, below the root: "proc/7/stat".
func Path(pid int, file string) string {
	return "proc/" + strconv.Itoa(pid) + "/" + file
}
