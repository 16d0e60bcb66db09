package facts

import (
	"fmt"
	"strings"
)

// ParseWord returns the content of a file that is one word, such as
// /proc/PID/wchan, without the blanks around it.
func ParseWord(b []byte) (string, error) {
	s := strings.TrimSpace(string(b))
	if len(s) > 128 {
		return "", fmt.Errorf("%d bytes, one word expected", len(s))
	}
	return s, nil
}
