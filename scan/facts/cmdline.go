package facts

import "strings"

// ParseCmdline splits at NUL. A process may overwrite its arguments, so it may
// be anything; trailing empty ones are the padding that doing so leaves.
func ParseCmdline(b []byte) []string {
	args := strings.Split(strings.TrimRight(string(b), "\x00"), "\x00")
	if len(args) == 1 && args[0] == "" {
		return []string{}
	}
	return args
}
