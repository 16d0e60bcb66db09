package report

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/zombiectl/zombiectl/fixtures/golden"
)

func somePods() []PodContainer {
	return []PodContainer{
		{Namespace: "shop", Pod: "idle-0", Container: "app", How: "shell", Diagnosis: noZombies()},
		{Namespace: "shop", Pod: "web-5d9c", Container: "app", How: "zombiectl", Diagnosis: incident()},
		{Namespace: "shop", Pod: "bare-0", Container: "app", Err: "shell: " + evil},
		{Namespace: "kube-system", Pod: "agent", Container: "all", Shared: true, How: "zombiectl", Diagnosis: underTini()},
		{Namespace: evil, Pod: evil, Container: evil, How: evil, Diagnosis: hostile()},
	}
}

func TestWritePods(t *testing.T) {
	for name, c := range map[string]struct {
		list   []PodContainer
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
		var out bytes.Buffer
		if err := WritePods(&out, c.format, c.list, c.style); err != nil {
			t.Fatal(err)
		}
		golden.File(t, filepath.Join("testdata", name), out.Bytes())
		if what, bad := harmful(out.Bytes()); bad {
			t.Errorf("%s: %q gets through", name, what)
		}
	}
	if err := WritePods(&bytes.Buffer{}, "tree", nil, Style{}); err == nil {
		t.Error("a format that there is not")
	}
}

// TestPodsSchema: each diagnosis in the list is a document of its own.
func TestPodsSchema(t *testing.T) {
	var out bytes.Buffer
	if err := WritePods(&out, "json", somePods(), Style{}); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Items []struct{ Diagnosis json.RawMessage }
	}
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
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
