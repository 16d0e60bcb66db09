package observe

import (
	"regexp"
	"strings"
)

// What is advised is pasted into a shell, and names come from files, or from
// somebody's cgroup.

var plainPath = regexp.MustCompile(`^[A-Za-z0-9_./:@%+=,-]+$`)

// PlainPath reports whether a path means nothing to a shell but itself.
func PlainPath(s string) bool { return plainPath.MatchString(s) }

// PlainWord reports whether a name can be pasted into a shell as it is.
func PlainWord(s string) bool {
	return s != "" && s[0] != '-' && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._@:-", r)
	})
}
