package record

import (
	"fmt"
	"path"
	"strings"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// encodePath percent-encodes what archives and go:embed cannot carry in a file
// name: everything outside [A-Za-z0-9._@-].
func encodePath(name string) string {
	clean := true
	for i := range len(name) {
		clean = clean && (name[i] == '/' || facts.IsPlain(name[i]))
	}
	if clean {
		return path.Clean(name)
	}
	var b strings.Builder
	for i := range len(name) {
		if c := name[i]; c == '/' || facts.IsPlain(c) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return path.Clean(b.String())
}
