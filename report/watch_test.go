package report

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/scan"
)

// watched is what two looks at one machine saw: a parent with more zombies, an
// adoption, and names of the worst kind.
func watched(t testing.TB, name string) *Watch {
	t.Helper()
	look := func(zombies int, at time.Duration) *diagnose.Diagnosis {
		w := newWorld()
		w.proc(1, 0, "init", scan.Sleeping, "init").proc(2, 1, name, scan.Sleeping, name)
		for i := range zombies {
			w.proc(10+i, 2, name, scan.Zombie)
		}
		w.snap.Host.BootID, w.snap.Boottime = scan.Some("a boot"), scan.Some(100*time.Second+at)
		w.d.Sentence = name + " (PID 2) has not reaped."
		return w.done(nil)
	}
	tally := diagnose.NewTally(look(1, 0))
	var step *diagnose.Step
	for i := 1; i < 4; i++ {
		d := look(1+2*i, time.Duration(i)*20*time.Second)
		d.Snapshot.Adopted = []scan.Adoption{{ID: scan.ID{PID: 77}, Comm: name, From: 5, To: 1, Zombie: true}}
		d.Limits = full().Limits
		var err error
		if step, err = tally.Add(d); err != nil {
			t.Fatal(err)
		}
	}
	v := diagnose.Policy{}.Judge(tally.Last)
	return &Watch{Tally: tally, Step: step, Interval: 2 * time.Second, Cost: scan.Some(0.012), Note: name, Verdict: &v}
}

func TestWatchJSON(t *testing.T) {
	s := derivedSchema(t, "watch-v1.schema.json")
	for _, name := range []string{"leaky", evil, "\x1b[2J\n{\"a\": 1}"} {
		w := watched(t, name)
		for _, first := range []bool{false, true} {
			if first {
				w.Step, w.Verdict, w.Note, w.Cost = nil, nil, "", scan.Opt[float64]{}
			}
			var out bytes.Buffer
			if err := w.WriteJSON(&out); err != nil {
				t.Fatal(err)
			}
			if bytes.Count(out.Bytes(), []byte("\n")) != 1 || !bytes.HasSuffix(out.Bytes(), []byte("}\n")) {
				t.Errorf("not one line: %q", out.Bytes())
			}
			if what, bad := harmful(out.Bytes()); bad {
				t.Errorf("%q in %q", what, out.Bytes())
			}
			if err := s.Validate(decodeJSON(t, out.Bytes())); err != nil {
				t.Errorf("%q: %v", name, err)
			}
			var doc docWatch
			if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
				t.Fatal(err)
			}
			p := doc.Parents[0]
			if p.Comm == nil || *p.Comm != valid(name) || p.Start != 1 || p.Zombies != 7 || p.New != 6 || p.Net != 6 || !p.Leak || p.PerDay == nil || *p.PerDay != 6*1440 {
				t.Errorf("the parent is %+v", p)
			}
		}
	}
	// The schema must be able to fail.
	var out bytes.Buffer
	if err := watched(t, "x").WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	if s.Validate(decodeJSON(t, bytes.Replace(out.Bytes(), []byte(`"leak":true`), []byte(`"leak":1`), 1))) == nil {
		t.Error("the schema accepts everything")
	}
}

func TestWatchChanges(t *testing.T) {
	lines := watched(t, "leaky").Changes()
	for _, want := range []string{"leaky (PID 2): 2 new, 7 zombies now", "zombie leaky (PID 77) lost its parent 5, and was adopted by PID 1"} {
		if !slices.Contains(lines, want) {
			t.Errorf("%q is not in %q", want, lines)
		}
	}
	for _, l := range watched(t, evil).Changes() {
		if what, bad := harmful([]byte(l)); bad || strings.Contains(l, "\n") {
			t.Errorf("%q in %q", what, l)
		}
	}
}

// Whatever the size of the terminal, the page fills it and no more.
func TestWatchScreen(t *testing.T) {
	for _, name := range []string{"leaky", evil, strings.Repeat("long ", 100)} {
		w := watched(t, name)
		for _, width := range []int{1, 10, 40, 80, 200} {
			for _, height := range []int{1, 2, 5, 10, 24, 60} {
				for _, sort := range WatchSorts() {
					lines, err := w.Screen(Style{Width: width, Color: true}, height, sort, w.Changes())
					if err != nil {
						t.Fatal(err)
					}
					if len(lines) != height {
						t.Errorf("%d lines on a terminal of %d", len(lines), height)
					}
					for _, l := range lines {
						if widthOf(l) > width {
							t.Errorf("%d columns at %d: %q", widthOf(l), width, l)
						}
					}
				}
			}
		}
	}
	lines, err := watched(t, "leaky").Screen(Style{Width: 120}, 24, "net", nil)
	if err != nil {
		t.Fatal(err)
	}
	if page := strings.Join(lines, "\n"); !strings.Contains(page, "LEAKS") || !strings.Contains(page, "costs 1.2 % of a CPU") {
		t.Error(page)
	}
}
