package record

import (
	"bytes"
	"slices"
	"unicode"

	"github.com/zombiectl/zombiectl/scan/facts"
)

const redacted = "***"

// maxFlag bounds the name of a flag. A longer text is not a name.
const maxFlag = 64

// Redact returns the content of /proc/PID/cmdline without the parts that may be
// secret: of the arguments it keeps only the first, to its first blank, and the
// names of flags. The name of a process does not depend on the rest.
func Redact(cmdline []byte) []byte {
	if len(cmdline) == 0 {
		return cmdline
	}
	args := bytes.Split(bytes.TrimRight(cmdline, "\x00"), []byte{0})
	for i, a := range args {
		if i == 0 {
			args[0] = redactTitle(a)
			continue
		}
		args[i] = redactArg(a, i)
	}
	return append(bytes.Join(args, []byte{0}), 0)
}

// redactTitle is for the first argument. A process may have written a title
// over all of them: "postgres: user database host".
func redactTitle(a []byte) []byte {
	blank := bytes.IndexFunc(a, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	if blank < 0 || len(bytes.TrimSpace(a[blank:])) == 0 {
		return a
	}
	return slices.Concat(a[:blank], []byte(" "+redacted))
}

// redactArg leaves the names of flags: -x, --name and the name in --name=value.
// A value may be written so too (--password --hunter2): nothing distinguishes
// it.
func redactArg(a []byte, i int) []byte {
	switch {
	case len(a) == 0, string(a) == "-", string(a) == "--":
		return a
	case i == 1 && string(a) == "init": // not a value: "zombiectl init" is an init, "zombiectl scan" is not
		return a
	case a[0] != '-':
		return []byte(redacted)
	case a[1] != '-':
		if len(a) == 2 && (facts.IsLetter(a[1]) || a[1] >= '0' && a[1] <= '9') {
			return a
		}
		return []byte("-" + redacted) // of -pSECRET too: it may be all value
	}
	name, _, hasValue := bytes.Cut(a, []byte("="))
	switch {
	case !isFlagName(name[2:]):
		return []byte("--" + redacted)
	case hasValue:
		return slices.Concat(name, []byte("="+redacted))
	}
	return a
}

func isFlagName(s []byte) bool {
	if len(s) == 0 || len(s) > maxFlag || !facts.IsLetter(s[0]) {
		return false
	}
	for _, c := range s {
		if !facts.IsPlain(c) || c == '@' {
			return false
		}
	}
	return true
}
