package verdict

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/looktest"
)

// TestJudgeTally: over all looks that counts which came since the first.
func TestJudgeTally(t *testing.T) {
	looks := looktest.Growing()
	tally := diagnose.NewTally(diagnose.Diagnose(looks[0], diagnose.Options{}))
	for _, s := range looks[1:] {
		if _, err := tally.Add(diagnose.Diagnose(s, diagnose.Options{})); err != nil {
			t.Fatal(err)
		}
	}
	v, err := Policy{}.JudgeTally(tally)
	if err != nil || v.ExitCode != 1 {
		t.Errorf("%+v, %v", v, err)
	}
	if c := tally.Last.Since; c.Passed == 0 || !strings.Contains(v.Perf, fmt.Sprintf(" reaped=%d;", tally.Reaped)) || !strings.HasSuffix(c.Sentence(), fmt.Sprintf(" %d reaped", tally.Reaped)) {
		t.Errorf("%d were reaped: %s, %s", tally.Reaped, c.Sentence(), v.Perf)
	}
	if v, err := (Policy{MaxZombies: 100}).JudgeTally(tally); err != nil || v.ExitCode != 0 {
		t.Errorf("%+v, %v", v, err)
	}
}
