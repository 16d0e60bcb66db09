package report

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/zombiectl/zombiectl/report/jsondoc"
)

func schema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile("../docs/schema/diagnosis-v1.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func decodeJSON(t testing.TB, b []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("%v in:\n%s", err, b)
	}
	return v
}

// decodeYAML gives what decodeJSON gives: by way of JSON, so that the types of
// numbers are the same.
func decodeYAML(t testing.TB, b []byte) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(b, &v); err != nil {
		t.Fatalf("%v in:\n%s", err, b)
	}
	j, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return decodeJSON(t, j)
}

func TestSchema(t *testing.T) {
	s := schema(t)
	for _, c := range cases {
		for _, check := range []bool{false, true} {
			j := variant{"", "json", Style{}, check}.render(t, c.make())
			doc := decodeJSON(t, j)
			if err := s.Validate(doc); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			y := decodeYAML(t, variant{"", "yaml", Style{}, check}.render(t, c.make()))
			if !reflect.DeepEqual(y, doc) {
				t.Errorf("%s: the YAML says something else:\n%v\n%v", c.name, y, doc)
			}
		}
	}
}

// TestSchemaRecorded holds the diagnosis of every recording to the schema: real
// ones have parts that those made by hand do not.
func TestSchemaRecorded(t *testing.T) {
	s := schema(t)
	files, err := filepath.Glob("../fixtures/*/diagnosis.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no recordings", err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(decodeJSON(t, b)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// The schema must be able to fail.
func TestSchemaRefuses(t *testing.T) {
	s := schema(t)
	good := variant{"", "json", Style{}, true}.render(t, incident())
	for _, edit := range [][2]string{
		{`"zombies": 21`, `"zombies": -1`},
		{`"kind": "recorded"`, `"kind": "guessed"`},
		{`"takenAt": "2025-12-03T00:00:00Z"`, `"takenAt": "yesterday"`},
		{`"origin": "adopted"`, `"origin": "adopted", "extra": 1`},
		{`"initWouldHelp": "yes"`, `"initWouldHelp": ""`},
		{`"status": "warning"`, `"status": "WARNING"`},
	} {
		bad := bytes.ReplaceAll(good, []byte(edit[0]), []byte(edit[1]))
		if bytes.Equal(bad, good) {
			t.Fatalf("%s is not in the document", edit[0])
		}
		if s.Validate(decodeJSON(t, bad)) == nil {
			t.Errorf("accepted %s", edit[1])
		}
	}
}

// Every object of the document says what its fields mean.
func TestSchemaDescribes(t *testing.T) {
	s := schema(t)
	seen := map[*jsonschema.Schema]bool{}
	var walk func(path string, s *jsonschema.Schema)
	walk = func(path string, s *jsonschema.Schema) {
		if s == nil || seen[s] {
			return
		}
		seen[s] = true
		for name, p := range s.Properties {
			if p.Description == "" {
				t.Errorf("%s.%s has no description", path, name)
			}
			walk(path+"."+name, p)
		}
		if len(s.Properties) > 0 && s.AdditionalProperties != false {
			t.Errorf("%s allows any property", path)
		}
		walk(path, s.Ref)
		for _, a := range s.AnyOf {
			walk(path, a)
		}
		walk(path+"[]", s.Items2020)
	}
	walk("", s)
	if len(seen) < 50 {
		t.Errorf("walked only %d schemas", len(seen))
	}
}

func TestCPUSeconds(t *testing.T) {
	doc := jsondoc.NewDiagnosis(incident(), nil)
	if got := doc.Zombies[0].CPUSeconds; got == nil || *got != 450 {
		t.Errorf("got %v", got)
	}
	if got := jsondoc.NewDiagnosis(hostile(), nil).Zombies[0].UID; got == nil || *got != 1000 {
		t.Errorf("got %v", got)
	}
}
