package rule

import (
	"strings"
	"testing"
)

// TestEntrypoint: what a process calls itself becomes words in quotes, and not
// many.
func TestEntrypoint(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, `["zombiectl", "init", "--", ...]`},
		{[]string{"./app"}, `["zombiectl", "init", "--", "./app"]`},
		{[]string{"sh", "-c", `echo "x"; sleep 1`}, `["zombiectl", "init", "--", "sh", "-c", "echo \"x\"; sleep 1"]`},
		{[]string{"a", "b", "c", "d", "e"}, `["zombiectl", "init", "--", "a", "b", "c", "d", ...]`},
		{[]string{"a", strings.Repeat("x", 100)}, `["zombiectl", "init", "--", "a", ...]`},
		{[]string{"./app", "***", "--key=***"}, `["zombiectl", "init", "--", "./app", ...]`}, // of a redacted recording
		{[]string{"./app", "-x", "--key=***", "x"}, `["zombiectl", "init", "--", "./app", "-x", ...]`},
		{[]string{"a\x1b[2J"}, `["zombiectl", "init", "--", "a\x1b[2J"]`},
	} {
		if got := (place{args: c.args}).entrypoint(); got != c.want {
			t.Errorf("%q: %s, want %s", c.args, got, c.want)
		}
	}
}
