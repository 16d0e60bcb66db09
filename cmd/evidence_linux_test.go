package cmd_test

import (
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/fixtures/cases"
)

// TestEvidence pastes the evidence that is printed into a shell: each command
// has to show the value that stands behind it.
func TestEvidence(t *testing.T) {
	t.Parallel()
	for _, c := range cases.All() {
		if c.Zombies == 0 || c.Moving || c.Scene != "" {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			ctx, stage := set(t, c.Name)
			out, _ := in(ctx, t, stage, program(t), "scan", "-o", "wide", "--min-age", "0")
			_, findings, ok := strings.Cut(out, "\nFINDINGS\n")
			if !ok {
				t.Fatalf("no findings in\n%s", out)
			}
			pasted := 0
			for line := range strings.Lines(findings) {
				command, value, ok := strings.Cut(strings.TrimSpace(line), "  # ")
				if !ok || !strings.HasPrefix(line, "    ") {
					continue
				}
				value, _, _ = strings.Cut(value, "  (")
				value, _, _ = strings.Cut(value, ": ") // and why that matters
				value, _, _ = strings.Cut(value, " ms, on the clock of")
				if strings.Contains(command, "/proc/loadavg") || strings.HasPrefix(command, "cat /proc") && strings.HasSuffix(command, "/stat") {
					continue // of the whole machine, or the whole line
				}
				shown, err := stage.Command(ctx, "sh", "-c", command).Output()
				if err != nil {
					t.Errorf("%s: %v", command, err)
				}
				if got := strings.Join(strings.Fields(string(shown)), " "); !strings.Contains(got, value) {
					t.Errorf("%s: shows %q, and was said to show %q", command, got, value)
				}
				pasted++
			}
			if pasted == 0 {
				t.Errorf("nothing to paste in\n%s", findings)
			}
		})
	}
}
