package containers

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
)

// deed is what zombiectl reap and probe -o json print, of which this is used.
type deed struct {
	Summary struct {
		Sentence, Reaps string
		Reaped, Left    int
	}
	Parents []struct {
		PID     int
		Deed    string
		Rule    *string
		Refused bool
		Ended   bool
		Adopter *int
	}
	Adopter *struct{ PID int }
	Orphan  *struct{ Left bool }
}

// doing runs zombiectl in a container, as kubectl exec does: its parent is
// outside.
func doing(t *testing.T, c container, args ...string) (deed, int) {
	t.Helper()
	out, code := try(t, "podman", append([]string{"exec", c.name, "zombiectl"}, args...)...)
	var d deed
	if err := json.NewDecoder(strings.NewReader(out)).Decode(&d); err != nil {
		t.Fatalf("exit code %d: %v in\n%s", code, err, out)
	}
	return d, code
}

// TestProbe: what PID 1 does, from inside, as root and as somebody else.
func TestProbe(t *testing.T) {
	c := start(t, "probe", nil, idle...)
	d, code := doing(t, c, "probe", "-o", "json", "--timeout", "1s")
	if code != 1 || d.Summary.Reaps != "no" || d.Adopter.PID != 1 || !d.Orphan.Left {
		t.Errorf("PID 1 is sleep: exit code %d: %+v", code, d)
	}
	zombiesIn(t, c, 1) // the one that it leaves
	c = start(t, "probe-init", []string{"--init", "--user", "65534"}, idle...)
	d, code = doing(t, c, "probe", "-o", "json")
	if code != 0 || d.Summary.Reaps != "yes" || d.Adopter.PID != 1 || d.Orphan.Left {
		t.Errorf("with an init, as somebody else: exit code %d: %+v", code, d)
	}
}

// TestReap: a useless nudge is not sent; PID 1 is never ended; a parent is ended
// when that is asked for, and the init reaps the zombies that it inherits.
func TestReap(t *testing.T) {
	c := start(t, "reap", nil, leavesOrphans...)
	zombiesIn(t, c, 2)
	if d, code := doing(t, c, "reap", "-o", "json"); code != 1 || d.Summary.Left != 2 || d.Parents[0].Deed != "nothing" || d.Parents[0].Rule == nil || *d.Parents[0].Rule != "Z301" {
		t.Errorf("exit code %d: %+v", code, d)
	}
	if d, code := doing(t, c, "reap", "-o", "json", "--parent", "1", "--terminate-parent", "--yes", "--force"); code != 3 || !d.Parents[0].Refused || d.Summary.Left != 2 {
		t.Errorf("PID 1: exit code %d: %+v", code, d)
	}

	other := start(t, "reap-init", []string{"--init"}, "sh", "-c", `sh -c "sleep 0.1 & exec sleep 600" & wait; sleep 600`)
	zombiesIn(t, other, 1)
	parent := strconv.Itoa(*inside(t, other).Parents[0].InnerPID)
	d, code := doing(t, other, "reap", "-o", "json", "--parent", parent, "--terminate-parent", "--yes", "--force", "--wait", "20s")
	if code != 0 || d.Summary.Reaped != 1 || !d.Parents[0].Ended || d.Parents[0].Adopter == nil || *d.Parents[0].Adopter != 1 {
		t.Errorf("below an init: exit code %d: %+v", code, d)
	}

	// Two containers are visible from the machine, so a choice is needed.
	another := start(t, "reap-another", nil, leavesOrphans...)
	zombiesIn(t, another, 2)
	out, code := try(t, zombiectl, "reap", "--dry-run")
	if code != 3 || !strings.Contains(out, "more than one ") || !strings.Contains(out, ": nothing was done") {
		t.Errorf("on the machine: exit code %d: %s", code, out)
	}
}
