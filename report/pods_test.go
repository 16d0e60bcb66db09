package report

import (
	"encoding/json"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/zombiectl/zombiectl/fixtures/golden"
	"github.com/zombiectl/zombiectl/report/doc"
)

func somePods() []doc.PodContainer {
	return []doc.PodContainer{
		{Namespace: "shop", Pod: "idle-0", Container: "app", How: "shell", Diagnosis: noZombies()},
		{Namespace: "shop", Pod: "web-5d9c", Container: "app", How: "zombiectl", Diagnosis: incident()},
		{Namespace: "shop", Pod: "bare-0", Container: "app", Err: "shell: " + evil},
		{Namespace: "kube-system", Pod: "agent", Container: "all", Shared: true, How: "zombiectl", Diagnosis: underTini()},
		{Namespace: evil, Pod: evil, Container: evil, How: evil, Diagnosis: hostile()},
	}
}

func TestWritePods(t *testing.T) {
	for name, c := range map[string]struct {
		list   []doc.PodContainer
		format string
		style  Style
	}{
		"pods.txt":      {somePods(), "text", Style{}},
		"pods.80.txt":   {somePods(), "text", Style{Width: 80}},
		"pods.wide.txt": {somePods(), "wide", Style{}},
		"pods.json":     {somePods(), "json", Style{}},
		"pods.ok.txt":   {somePods()[:1], "text", Style{}},
		"pods.none.txt": {somePods()[2:3], "text", Style{}},
	} {
		got := written(t, c.format, Pods(c.list), c.style)
		golden.File(t, filepath.Join("testdata", name), got)
		if what, bad := harmful(got); bad {
			t.Errorf("%s: %q gets through", name, what)
		}
	}
}

// TestPodsYAML: the YAML says what the JSON says, names of the worst kind included.
func TestPodsYAML(t *testing.T) {
	said := written(t, "yaml", Pods(somePods()), Style{})
	if what, bad := harmful(said); bad {
		t.Errorf("%q gets through", what)
	}
	got, want := decodeYAML(t, said), decodeJSON(t, written(t, "json", Pods(somePods()), Style{}))
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the YAML says something else:\n%v\n%v", got, want)
	}
}

// TestPodsSchema: each diagnosis in the list is a document of its own.
func TestPodsSchema(t *testing.T) {
	var doc struct {
		Items []struct{ Diagnosis json.RawMessage }
	}
	if err := json.Unmarshal(written(t, "json", Pods(somePods()), Style{}), &doc); err != nil {
		t.Fatal(err)
	}
	s, valid := schema(t), 0
	for _, item := range doc.Items {
		if string(item.Diagnosis) == "null" {
			continue
		}
		valid++
		if err := s.Validate(decodeJSON(t, item.Diagnosis)); err != nil {
			t.Error(err)
		}
	}
	if valid != len(somePods())-1 {
		t.Errorf("%d diagnoses", valid)
	}
}
