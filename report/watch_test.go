package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/verdict"
	"github.com/zombiectl/zombiectl/report/doc"
	"github.com/zombiectl/zombiectl/report/jsondoc"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// watched is what two looks at one machine saw: a parent with more zombies, an
// adoption, and names of the worst kind.
func watched(t testing.TB, name string) *doc.Watch {
	t.Helper()
	look := func(zombies int, at time.Duration) *diagnose.Diagnosis {
		w := newWorld()
		w.proc(1, 0, "init", facts.Sleeping, "init").proc(2, 1, name, facts.Sleeping, name)
		for i := range zombies {
			w.proc(10+i, 2, name, facts.Zombie)
		}
		w.snap.Host.BootID, w.snap.Boottime = facts.Some("a boot"), facts.Some(100*time.Second+at)
		w.d.Sentence = name + " (PID 2) has not reaped."
		return w.done(nil)
	}
	tally := diagnose.NewTally(look(1, 0))
	var step *diagnose.Step
	for i := 1; i < 4; i++ {
		d := look(1+2*i, time.Duration(i)*20*time.Second)
		d.Snapshot.Adopted = []facts.Adoption{{ID: facts.ID{PID: 77}, Comm: name, From: 5, To: 1, Zombie: true}}
		d.Limits = full().Limits
		var err error
		if step, err = tally.Add(d); err != nil {
			t.Fatal(err)
		}
	}
	v := verdict.Policy{}.Judge(tally.Last)
	return &doc.Watch{Tally: tally, Step: step, Interval: 2 * time.Second, Cost: facts.Some(0.012), Note: name, Verdict: &v}
}

func TestWatchJSON(t *testing.T) {
	s := derivedSchema(t, "watch-v1.schema.json")
	for _, name := range []string{"leaky", evil, "\x1b[2J\n{\"a\": 1}"} {
		w := watched(t, name)
		for _, first := range []bool{false, true} {
			if first {
				w.Step, w.Verdict, w.Note, w.Cost = nil, nil, "", facts.Opt[float64]{}
			}
			line := written(t, "json", Watch(w), Style{})
			if bytes.Count(line, []byte("\n")) != 1 || !bytes.HasSuffix(line, []byte("}\n")) {
				t.Errorf("not one line: %q", line)
			}
			if what, bad := harmful(line); bad {
				t.Errorf("%q in %q", what, line)
			}
			if err := s.Validate(decodeJSON(t, line)); err != nil {
				t.Errorf("%q: %v", name, err)
			}
			var doc jsondoc.Watch
			if err := json.Unmarshal(line, &doc); err != nil {
				t.Fatal(err)
			}
			p := doc.Parents[0]
			if p.Comm == nil || *p.Comm != sanitize.Valid(name) || p.Start != 1 || p.Zombies != 7 || p.New != 6 || p.Net != 6 || !p.Leak || p.PerDay == nil || *p.PerDay != 6*1440 {
				t.Errorf("the parent is %+v", p)
			}
		}
	}
	// The schema must be able to fail.
	line := written(t, "json", Watch(watched(t, "x")), Style{})
	if s.Validate(decodeJSON(t, bytes.Replace(line, []byte(`"leak":true`), []byte(`"leak":1`), 1))) == nil {
		t.Error("the schema accepts everything")
	}
}

// TestWatchYAML: look after look a stream of documents, each of which says what the
// line of JSON says.
func TestWatchYAML(t *testing.T) {
	var stream []byte
	var want []any
	for _, name := range []string{"leaky", evil, "---", "\n---\na: 1"} {
		w := watched(t, name)
		doc := written(t, "yaml", Watch(w), Style{})
		if what, bad := harmful(doc); bad {
			t.Errorf("%q in %q", what, doc)
		}
		stream = append(stream, doc...)
		want = append(want, decodeJSON(t, written(t, "json", Watch(w), Style{})))
	}
	if n := bytes.Count(stream, []byte("\n---\n")); n != len(want)-1 || !bytes.HasPrefix(stream, []byte("---\n")) {
		t.Errorf("%d separators in\n%s", n, stream)
	}
	dec := yaml.NewDecoder(bytes.NewReader(stream))
	for i := range want {
		var got any
		if err := dec.Decode(&got); err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(decodeJSON(t, b), want[i]) {
			t.Errorf("the YAML says something else:\n%s\nthan\n%v", b, want[i])
		}
	}
	var more any
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		t.Errorf("another document: %v, %v", more, err)
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
