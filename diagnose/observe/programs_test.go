package observe

import (
	"slices"
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/scan/record"
)

// TestProgramTable: every row is complete.
func TestProgramTable(t *testing.T) {
	for _, p := range programs() {
		if p.Name == "" || !slices.Contains([]ProgramKind{"init", "supervisor", "infra", "shell", "runtime", "server", "idle"}, p.Kind) ||
			!slices.Contains([]Answer{Yes, No, Unknown}, p.Reaps) || !slices.Contains([]Answer{Yes, No, Unknown}, p.Sigterm) {
			t.Errorf("program table: %+v", p)
		}
	}
}

// TestRedactedPrograms: redaction leaves of a command line what distinguishes
// programs.
func TestRedactedPrograms(t *testing.T) {
	n := 0
	for i := range programs() {
		p := &programs()[i]
		if p.needs == "-" {
			continue
		}
		n++
		args := []string{"/bin/" + p.Name, p.needs[1:], "--secret=x", "--", "app"}
		left := record.Redact([]byte(strings.Join(args, "\x00")))
		if got := strings.Split(string(left), "\x00"); !p.matches(Base(got[0])) || p.fits(got) != p.fits(args) {
			t.Errorf("%q became %q", args, got)
		}
	}
	if n == 0 {
		t.Error("no program needs an argument: nothing was compared")
	}
}
