package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime/debug"
	"strings"
	"testing"
)

// program builds zombiectl, and returns where: a test binary does not record the
// modules that it is linked with.
func program(t *testing.T) string {
	t.Helper()
	if os.Getuid() != 0 && os.Getenv("GOCACHE") != "" {
		t.Skip("a build into an empty cache takes minutes, and root makes one")
	}
	out := filepath.Join(t.TempDir(), "zombiectl")
	cmd := exec.Command("go", "build", "-trimpath", "-o", out, "github.com/zombiectl/zombiectl/cmd/zombiectl")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	return out
}

// TestDescribe: all that the go command reports about a binary is in the
// document, and nothing else, and it has everything that SPDX 2.3 demands.
func TestDescribe(t *testing.T) {
	binary := program(t)
	doc, err := describe(binary, "v1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	again, err := describe(binary, "v1.2.3")
	if err != nil || !reflect.DeepEqual(doc, again) {
		t.Errorf("the second time it is another document (%v)", err)
	}
	told, err := exec.Command("go", "version", "-m", binary).Output()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"github.com/zombiectl/zombiectl": "v1.2.3", "stdlib": ""}
	for line := range strings.Lines(string(told)) {
		if f := strings.Fields(line); len(f) >= 3 && f[0] == "dep" {
			want[f[1]] = f[2]
		}
	}
	if len(want) < 5 {
		t.Fatalf("go version -m tells of %v only", want)
	}
	ids := map[string]bool{doc.ID: true, ourFile: true}
	id := regexp.MustCompile(`^SPDXRef-[a-zA-Z0-9.-]+$`)
	for _, p := range doc.Packages {
		version, ok := want[p.Name]
		if !ok || version != "" && version != p.Version || p.Version == "" {
			t.Errorf("%s %s, want %q", p.Name, p.Version, version)
		}
		delete(want, p.Name)
		if ids[p.ID] || !id.MatchString(p.ID) {
			t.Errorf("%s: bad or second ID %q", p.Name, p.ID)
		}
		ids[p.ID] = true
		if purl := p.Refs[0].Locator; purl != "pkg:golang/"+p.Name+"@"+p.Version {
			t.Errorf("%s: %s", p.Name, purl)
		}
	}
	for name := range want {
		t.Errorf("%s is missing", name)
	}
	depends := 0
	for _, r := range doc.Relationships {
		if !ids[r.From] || !ids[r.To] {
			t.Errorf("%+v is about what is not there", r)
		}
		if r.Type == "DEPENDS_ON" {
			depends++
		}
	}
	if depends != len(doc.Packages)-1 {
		t.Errorf("depends on %d of %d", depends, len(doc.Packages)-1)
	}
	b, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	for _, must := range []string{`"spdxVersion":"SPDX-2.3"`, `"dataLicense":"CC0-1.0"`, `"documentNamespace":"https://`, `"created":"1970-01-01T00:00:00Z"`, `"creators":["Tool: `} {
		if !strings.Contains(string(b), must) {
			t.Errorf("no %s", must)
		}
	}
}

func TestDescribeRefuses(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{text, "/nonexistent", "/"} {
		if _, err := describe(name, ""); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	t.Setenv("SOURCE_DATE_EPOCH", "yesterday")
	if _, err := describe(os.Args[0], ""); err == nil {
		t.Error("a time that is none")
	}
}

// TestSettings: how it was built stands in the document, and where not.
func TestSettings(t *testing.T) {
	got := settings(&debug.BuildInfo{GoVersion: "go1.26", Settings: []debug.BuildSetting{
		{Key: "GOARCH", Value: "arm64"}, {Key: "-ldflags", Value: "-X /home/me"}, {Key: "CGO_ENABLED", Value: "0"},
	}})
	if got != "go1.26 GOARCH=arm64 CGO_ENABLED=0" {
		t.Error(got)
	}
}
