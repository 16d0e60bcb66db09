package rule_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/looktest"
	"github.com/zombiectl/zombiectl/diagnose/rule"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// TestFacts: what a rule found has words, and names a cause where its rule does.
func TestFacts(t *testing.T) {
	full := looktest.Limited(3, func(s *facts.Snapshot, p *facts.Process) { looktest.Within(s, p, "a 10 10 5") })
	snaps := []*facts.Snapshot{
		looktest.Node(), looktest.Crowd(), full, looktest.Hidden(looktest.Crowd()), looktest.Leaking("timeout", looktest.Every(10*time.Second, 30, time.Second)...),
		looktest.Look(looktest.App, looktest.Zombie(8, 1)), looktest.Look(looktest.App),
	}
	snaps = append(snaps, slices.Collect(maps.Values(looktest.Passing()))...)
	seen := map[string]bool{}
	for _, s := range snaps {
		for _, f := range diagnose.Diagnose(s, diagnose.Options{Horizon: diagnose.DefaultHorizon}).Findings {
			r := rule.Find(f.Rule)
			seen[f.Rule] = true
			if f.Name != r.Name || f.Severity < r.Severity || f.Certainty == "" {
				t.Errorf("%s: %+v is not what the catalogue says", r.ID, f)
			}
			if text := f.Message(); text == "" || text != strings.TrimSpace(text) || !strings.HasSuffix(text, ".") || strings.HasSuffix(text, "..") || strings.Contains(text, "\n") {
				t.Errorf("%s says %q", r.ID, text)
			}
			cause := f.Cause()
			if (cause != "") != (r.Rank < rule.NoCause || r.Zombie != nil) {
				t.Errorf("%s has rank %d, and the cause %q", r.ID, r.Rank, cause)
			}
			if cause != strings.TrimRight(cause, ". ") || cause != "" && cause[:1] != strings.ToLower(cause[:1]) {
				t.Errorf("%s: the cause %q does not fit behind a colon", r.ID, cause)
			}
			for _, a := range f.Advice() {
				if a.Text == "" || a.Shape == "" || a.For == "" || a.When == "" {
					t.Errorf("%s advises %+v", r.ID, a)
				}
			}
		}
	}
	for _, id := range []string{"Z101", "Z201", "Z301", "Z302", "Z303", "Z305", "Z401", "Z403", "Z405", "Z901", "Z902"} {
		if !seen[id] {
			t.Errorf("%s was not seen", id)
		}
	}
}
