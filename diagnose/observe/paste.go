package observe

import "strings"

// What is advised is pasted into a shell, and names come from files, or from somebody's cgroup.

// PlainPath reports whether a path means nothing to a shell but itself.
func PlainPath(s string) bool { return plain(s, "_./:@%+=,-") }

// PlainWord reports whether a name can be pasted into a shell as it is.
func PlainWord(s string) bool { return !strings.HasPrefix(s, "-") && plain(s, "._@:-") }

func plain(s, also string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(also, r)
	})
}
