package report

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/fixtures/golden"
	"github.com/zombiectl/zombiectl/scan"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// derivedSchema compiles a schema that uses parts of the diagnosis's.
func derivedSchema(t testing.TB, name string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	for _, file := range []string{"diagnosis-v1.schema.json", name} {
		b, err := os.ReadFile(filepath.Join("../docs/schema", file))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddResource("https://zombiectl.dev/schema/"+file, decodeJSON(t, b)); err != nil {
			t.Fatal(err)
		}
	}
	s, err := c.Compile("https://zombiectl.dev/schema/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func inspect(t testing.TB, fixture string, pid int) *diagnose.Process {
	t.Helper()
	return diagnose.Inspect(lookAt(t, fixture, pid), pid, diagnose.Options{MinAge: diagnose.DefaultMinAge})
}

// lookAt reads a recording with more of some processes.
func lookAt(t testing.TB, fixture string, focus ...int) *facts.Snapshot {
	t.Helper()
	r, err := scan.Open(filepath.Join("../fixtures", fixture, "root"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s, err := scan.Look(r, scan.Options{Focus: focus})
	if err != nil {
		t.Fatal(err)
	}
	s.Source.Path = fixture
	return s
}

func renderProcess(t testing.TB, format string, v *diagnose.Process, s Style) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, format, Process(v), s); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestProcessDocuments asks about every process of every recording.
func TestProcessDocuments(t *testing.T) {
	s := derivedSchema(t, "process-v1.schema.json")
	roots, err := filepath.Glob("../fixtures/*/root")
	if err != nil || len(roots) == 0 {
		t.Fatal("no recordings", err)
	}
	zombies := 0
	for _, root := range roots {
		name := filepath.Base(filepath.Dir(root))
		var pids []int
		for _, p := range lookAt(t, name).Procs {
			pids = append(pids, p.PID)
		}
		snap := lookAt(t, name, pids...)
		for i, pid := range pids {
			v := diagnose.Inspect(snap, pid, diagnose.Options{MinAge: diagnose.DefaultMinAge})
			doc := decodeJSON(t, renderProcess(t, "json", v, Style{}))
			if err := s.Validate(doc); err != nil {
				t.Errorf("%s, PID %d: %v", name, pid, err)
			}
			if y := decodeYAML(t, renderProcess(t, "yaml", v, Style{})); !reflect.DeepEqual(y, doc) {
				t.Errorf("%s, PID %d: the YAML says something else", name, pid)
			}
			var got struct {
				Answer struct{ Question, Reaps, Sentence string }
				Zombie *struct{ PID int }
				Chain  []struct{ PID int }
			}
			if err := json.Unmarshal(renderProcess(t, "json", v, Style{}), &got); err != nil {
				t.Fatal(err)
			}
			zombie := snap.Procs[i].State == facts.Zombie
			if zombie {
				zombies++
			}
			passing := v.Zombie == nil && name == "reaper-too-slow" // whose zombies come and go
			if (got.Zombie != nil) != zombie && !passing || (got.Answer.Question == "why-still-here") != zombie || got.Chain[len(got.Chain)-1].PID != pid {
				t.Errorf("%s, PID %d: %+v", name, pid, got)
			}
			for _, format := range []string{"text", "wide"} {
				if out := renderProcess(t, format, v, Style{Width: 100}); !bytes.HasPrefix(out, []byte(strings.Fields(got.Answer.Sentence)[0])) {
					t.Errorf("%s, PID %d, %s: begins with something else than %q", name, pid, format, got.Answer.Sentence)
				}
			}
		}
	}
	if zombies < 30 {
		t.Errorf("asked about %d zombies only", zombies)
	}
}

func TestProcessSchemaRefuses(t *testing.T) {
	s := derivedSchema(t, "process-v1.schema.json")
	good := renderProcess(t, "json", inspect(t, "never-waits-under-init", 12), Style{})
	for _, edit := range [][2]string{
		{`"kind": "Process"`, `"kind": "Diagnosis"`},
		{`"question": "why-still-here"`, `"question": "why"`},
		{`"origin": "unknown"`, `"origin": ""`},
		{`"hasReaped": false`, `"hasReaped": 0`},
		{`"waitsFor": "nothing"`, `"waitsFor": "?"`},
		{`"role": "zombie"`, `"role": "zombie", "extra": 1`},
	} {
		bad := bytes.Replace(good, []byte(edit[0]), []byte(edit[1]), 1)
		if bytes.Equal(bad, good) {
			t.Fatalf("%s is not in the document\n%s", edit[0], good)
		}
		if s.Validate(decodeJSON(t, bad)) == nil {
			t.Errorf("accepted %s", edit[1])
		}
	}
}

func TestProcessGolden(t *testing.T) {
	for _, c := range []struct {
		fixture string
		pid     int
		name    string
	}{
		{"uf-backend", 12, "zombie"}, {"uf-backend", 1, "pid1"}, {"never-waits-under-init", 14, "living-parent"},
		{"zombie-ppid0", 11, "outside"}, {"uf-backend-tini", 1, "init"}, {"exec-shell", 11, "entered"},
	} {
		for _, v := range []struct {
			format string
			style  Style
		}{{"text", Style{Width: 80}}, {"wide", Style{}}, {"json", Style{}}} {
			file := "process-" + c.name + "." + v.format
			t.Run(file, func(t *testing.T) {
				got := renderProcess(t, v.format, inspect(t, c.fixture, c.pid), v.style)
				file := filepath.Join("testdata", file)
				golden.File(t, file, got)
			})
		}
	}
}

// A process may call itself anything, also here.
func TestProcessIsSanitized(t *testing.T) {
	v := inspect(t, "uf-backend", 12)
	v.Process.Comm = evil
	v.Sentence = evil
	for i := range v.Chain {
		v.Chain[i].Command, v.Chain[i].Detail = evil, evil
		v.Chain[i].Evidence = append(v.Chain[i].Evidence, diagnose.Evidence{File: evil, Fields: observe.Fields{Name: evil}, Value: evil})
	}
	for _, format := range Formats(Process(nil)) {
		if what, bad := harmful(renderProcess(t, format, v, Style{Width: 80})); bad {
			t.Errorf("%s: %q", format, what)
		}
	}
}
