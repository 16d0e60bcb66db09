package scan

import (
	"bytes"
	"slices"
)

// redacted stands where the value of an argument was left out.
const redacted = "***"

// subcommands are first arguments that say which program it is: "zombiectl
// init" is an init, "zombiectl scan" is none. They are no values.
var subcommands = []string{"init"}

// maxFlag bounds the name of a flag. What is longer is no name.
const maxFlag = 64

// Redact returns the content of /proc/PID/cmdline without what it may give
// away: of the arguments only the first is left, to its first blank, and the
// names of flags. What a process is known as does not depend on the rest.
func Redact(cmdline []byte) []byte {
	if len(cmdline) == 0 {
		return cmdline
	}
	args := bytes.Split(bytes.TrimRight(cmdline, "\x00"), []byte{0})
	for i, a := range args {
		if i == 0 {
			// A process may have written a title over its arguments:
			// "postgres: user database host".
			if name, rest, ok := bytes.Cut(a, []byte(" ")); ok && len(bytes.TrimSpace(rest)) > 0 {
				args[0] = slices.Concat(name, []byte(" "+redacted))
			}
			continue
		}
		args[i] = redactArg(a, i)
	}
	return append(bytes.Join(args, []byte{0}), 0)
}

func redactArg(a []byte, i int) []byte {
	switch {
	case len(a) == 0:
		return a
	case i == 1 && slices.Contains(subcommands, string(a)):
		return a
	case a[0] != '-':
		return []byte(redacted)
	case len(a) > 1 && a[1] != '-':
		// -p, and -pSECRET: where the name ends cannot be told.
		if !isLetter(a[1]) && (a[1] < '0' || a[1] > '9') {
			return []byte(redacted)
		}
		if len(a) == 2 {
			return a
		}
		return slices.Concat(a[:2], []byte(redacted))
	}
	end := 0
	for end < len(a) && (plainByte(a[end]) && a[end] != '@') {
		end++
	}
	switch {
	case end > maxFlag:
		return []byte("--" + redacted)
	case end < len(a):
		if a[end] == '=' {
			end++
		}
		return slices.Concat(a[:end], []byte(redacted))
	}
	return a
}
