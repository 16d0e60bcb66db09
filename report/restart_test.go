package report

import (
	"strings"
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// TestRestarts: each format for people names a container that was restarted, and
// so does JSON, as the schema has it; its name is not trusted.
func TestRestarts(t *testing.T) {
	sch := schema(t)
	for _, anew := range []bool{true, false} {
		d := grown()
		if d.Since.Restarts = []diagnose.Restart{{
			Container: &diagnose.Container{Engine: facts.Docker, ID: strings.Repeat("a", 64), Name: "web\x1b[2J"},
			PID1:      d.Snapshot.Find(1), Ago: facts.Some(2 * time.Minute), Had: 28, Gone: 28,
		}}; anew {
			d.Since.Anew, d.Since.Restarts[0].Container = true, nil
		}
		for format, said := range map[string]Document{
			"text": Diagnosis(d), "markdown": Diagnosis(d), "html": Diagnosis(d), "json": Diagnosis(d),
		} {
			out := string(written(t, format, said, Style{}))
			want := "was restarted since: PID 1 is another process, started 2m00s ago. All 28 zombies of before are gone; 0 are new."
			if format == "json" {
				want = `"then": 28,`
			}
			if strings.Count(out, want) != 1 || strings.ContainsRune(out, '\x1b') {
				t.Errorf("%s: %q is not once in it: %s", format, want, out)
			}
			if counts := strings.Contains(out, "2 new, 1 still there, 1 reaped"); format != "json" && counts == anew {
				t.Errorf("%s: the counts are in it: %v", format, counts)
			}
		}
		everyFormat(t, d, sch)
	}
}
