package facts

import "strings"

// MaxCmdline bounds what is read and kept of a command line, in bytes.
const MaxCmdline = 32 << 10

// ParseCmdline splits at NUL. A process may overwrite its arguments, so it may
// be anything; trailing empty ones are the padding that doing so leaves.
func ParseCmdline(b []byte) []string {
	args := strings.Split(strings.TrimRight(string(b), "\x00"), "\x00")
	if len(args) == 1 && args[0] == "" {
		return []string{}
	}
	return args
}
