package reap

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/rule"
)

// TestAdvisedIsDone: what a diagnosis advises to do by reap is not refused by it,
// but for zombies that are younger than a minute, which pass that age.
func TestAdvisedIsDone(t *testing.T) {
	roots, err := filepath.Glob("../fixtures/*/root")
	if err != nil || len(roots) < 20 {
		t.Fatalf("%q, %v", roots, err)
	}
	ended, nudged := 0, 0
	for _, root := range roots {
		fixture := filepath.Base(filepath.Dir(root))
		x, self := recorded(t, fixture, nil)
		if !x.Self.Known() || len(x.Only) > 0 { // a part of the processes does not show who is above whom
			continue
		}
		for _, f := range diagnose.Judge(x).Findings {
			for _, a := range f.Advice() {
				if a.When != rule.Now {
					continue
				}
				for _, step := range a.Steps {
					words, ok := strings.CutPrefix(step.Command, "zombiectl reap --parent ")
					if !ok {
						continue
					}
					options := strings.Fields(words)
					pid, err := strconv.Atoi(options[0])
					if err != nil {
						t.Fatalf("%s: %q", fixture, step.Command)
					}
					o := Options{Self: self, Parents: []int{pid}, Terminate: slices.Contains(options, "--terminate-parent"), Force: slices.Contains(options, "--force")}
					plan, err := Make(x, o)
					if err != nil || len(plan.Steps) != 1 {
						t.Fatalf("%s: %s: %v, %+v", fixture, step.Command, err, plan)
					}
					s := plan.Steps[0]
					young := s.Forceable && strings.Contains(s.Why, "less than a minute")
					if s.Refused && !young || s.Deed == doNothing && !s.Refused {
						t.Errorf("%s: %s: %s, %s", fixture, step.Command, s.Deed, s.Why)
					}
					if o.Terminate {
						ended++
					} else {
						nudged++
					}
				}
			}
		}
	}
	t.Logf("%d advised to end a parent, %d to nudge one", ended, nudged)
	if ended == 0 || nudged == 0 {
		t.Error("not both were advised: the test shows little")
	}
}
