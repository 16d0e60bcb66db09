package facts

import (
	"fmt"
	"strconv"
	"strings"
)

// ParseNamespace parses "pid:[4026531836]" (namespaces(7)).
func ParseNamespace(s string) (Opt[uint64], error) {
	if num, ok := strings.CutPrefix(s, "pid:["); ok {
		if num, ok = strings.CutSuffix(num, "]"); ok {
			if n, err := strconv.ParseUint(num, 10, 64); err == nil {
				return Some(n), nil
			}
		}
	}
	return Opt[uint64]{}, fmt.Errorf("bad namespace link %.40q", s)
}
