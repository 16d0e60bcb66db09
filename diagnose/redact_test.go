package diagnose

import (
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/scan"
)

// TestRedactedPrograms: what tells one program from another is left of a
// command line.
func TestRedactedPrograms(t *testing.T) {
	n := 0
	for i := range programs() {
		p := &programs()[i]
		if p.needs == "-" {
			continue
		}
		n++
		args := []string{"/bin/" + p.name, p.needs[1:], "--secret=x", "--", "app"}
		left := scan.Redact([]byte(strings.Join(args, "\x00")))
		if got := strings.Split(string(left), "\x00"); !p.matches(base(got[0])) || p.fits(got) != p.fits(args) {
			t.Errorf("%q became %q", args, got)
		}
	}
	if n == 0 {
		t.Error("no program needs an argument: nothing was compared")
	}
}
