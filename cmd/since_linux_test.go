package cmd_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/fixtures/golden"
)

type sinceDocument struct {
	Since *struct {
		Then, New, Persisting, Unseen int
		Reaped                        []struct{ PID int }
		Lost                          []struct{ PID int }
		Parents                       []struct{ PID, Then, Now, New, Reaped int }
	}
	Zombies []struct {
		PID   int
		Since string
	}
}

// TestSince records a namespace, lets zombies come and go, and compares. The
// pair of recordings that it makes is kept, with -update, for the tests that
// need no root: testdata/grown.
func TestSince(t *testing.T) {
	t.Parallel()
	exe := program(t)
	a := newActor(t, exe)
	dir := filepath.Dir(exe)
	then, now, other := filepath.Join(dir, "then"), filepath.Join(dir, "now"), filepath.Join(dir, "other")
	zombiectl := func(args ...string) (string, int) {
		t.Helper()
		out, errs, code := zombiectlAs(t, a.inside(append([]string{exe}, args...)...)...)
		return out + errs, code
	}
	record := func(to string) {
		t.Helper()
		if out, code := zombiectl("capture", to); code != 0 {
			t.Fatal(out)
		}
	}
	stays, goes := a.zombie("/bin/true"), a.zombie("/bin/true")
	record(then)

	out, code := zombiectl("check", "--min-age", "0", "--baseline", then)
	if code != 0 || !strings.Contains(out, "ZOMBIES OK - 0 new zombies were found since") {
		t.Errorf("nothing is new: exit code %d: %s", code, out)
	}
	if out, code := zombiectl("check", "--min-age", "0"); code != 1 { // the control
		t.Errorf("without a baseline: exit code %d: %s", code, out)
	}

	a.reap(goes)
	out, code = zombiectl("check", "--min-age", "0", "--baseline", then)
	if code != 0 || !strings.Contains(out, "1 still there, 1 reaped") {
		t.Errorf("one was reaped: exit code %d: %s", code, out)
	}

	comes := []int{a.zombie("/bin/false"), a.zombie("/bin/false"), a.zombie("/bin/true")}
	if out, code := zombiectl("check", "--min-age", "0", "--baseline", then); code != 1 || !strings.Contains(out, "3 new zombies were found since") {
		t.Errorf("three are new: exit code %d: %s", code, out)
	}
	record(now)

	compare := func(args ...string) sinceDocument {
		t.Helper()
		out, code := zombiectl(append(args, "--min-age", "0", "--since", then, "-o", "json")...)
		var d sinceDocument
		if err := json.Unmarshal([]byte(out), &d); err != nil || code != 0 || d.Since == nil {
			t.Fatalf("%v, exit code %d: %s", err, code, out)
		}
		return d
	}
	for _, d := range []sinceDocument{compare("scan"), compare("scan", "--from", now)} {
		s := d.Since
		if s.Then != 2 || s.New != 3 || s.Persisting != 1 || s.Unseen != 0 || len(s.Reaped) != 1 || s.Reaped[0].PID != goes || len(s.Lost) != 0 {
			t.Errorf("%+v, want 3 new, 1 still there, PID %d reaped", s, goes)
		}
		if len(s.Parents) != 1 || s.Parents[0].PID != 1 || s.Parents[0].Then != 2 || s.Parents[0].Now != 4 || s.Parents[0].New != 3 || s.Parents[0].Reaped != 1 {
			t.Errorf("parents %+v", s.Parents)
		}
		for _, z := range d.Zombies {
			want := "new"
			if z.PID == stays {
				want = "persisting"
			}
			if z.Since != want || want == "new" && !slices.Contains(comes, z.PID) {
				t.Errorf("PID %d is %s, want %s", z.PID, z.Since, want)
			}
		}
	}
	if golden.Update() {
		for from, to := range map[string]string{then: "testdata/grown/then", now: "testdata/grown/now"} {
			if err := os.RemoveAll(to); err != nil {
				t.Fatal(err)
			}
			if err := os.CopyFS(to, os.DirFS(from)); err != nil {
				t.Fatal(err)
			}
		}
	}

	// Another namespace of the same boot: what PIDs mean there is another thing.
	b := newActor(t, exe)
	if out, errs, code := zombiectlAs(t, b.inside(exe, "capture", other)...); code != 0 {
		t.Fatal(out, errs)
	}
	for _, args := range [][]string{{"scan", "--since", other}, {"check", "--baseline", other}} {
		out, code := zombiectl(args...)
		if code != 3 || !strings.Contains(out, args[1]+": "+other+": it is of another PID namespace") {
			t.Errorf("exit code %d: %s", code, out)
		}
	}
	// And the other way round in time.
	if out, code := zombiectl("scan", "--from", then, "--since", now); code != 3 || !strings.Contains(out, "after the look that it is compared with") {
		t.Errorf("exit code %d: %s", code, out)
	}
}
