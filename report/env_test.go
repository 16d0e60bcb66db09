package report

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/zombiectl/zombiectl/diagnose/verdict"
)

const childEnv = "REPORT_TEST_CHILD"

// TestMain lets the test binary be a child that writes every report and stops.
func TestMain(m *testing.M) {
	if file := os.Getenv(childEnv); file != "" {
		if err := os.WriteFile(file, everything(), 0o600); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

func everything() []byte {
	var out bytes.Buffer
	for _, c := range cases {
		for _, format := range Formats(Diagnosis(nil)) {
			for _, style := range []Style{{}, {Width: 72}, {Color: true, All: true}} {
				if err := Write(&out, format, Diagnosis(c.make()), style); err != nil {
					panic(err)
				}
			}
		}
		for _, format := range Formats(Check(nil, verdict.Verdict{})) {
			for _, style := range []Style{{}, {Width: 72}, {Color: true, All: true}} {
				if err := Write(&out, format, Check(c.make(), failed), style); err != nil {
					panic(err)
				}
			}
		}
	}
	return out.Bytes()
}

// The libraries below read the environment in many places; a report must not
// depend on it.
func TestEnvironmentDoesNotMatter(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	want := everything()
	for _, env := range [][]string{
		{},
		{"LANG=ja_JP.UTF-8", "LC_ALL=ja_JP.UTF-8", "LC_CTYPE=ja_JP.UTF-8"},
		{"RUNEWIDTH_EASTASIAN=1"},
		{"TABWIDTH=3", "TS=5", "VIM_TABSTOP=7"},
		{"NO_COLOR=1", "TERM=dumb"},
		{"CLICOLOR_FORCE=1", "FORCE_COLOR=1", "TERM=xterm-256color", "COLORTERM=truecolor"},
		{"TERM_PROGRAM=vscode", "VTE_VERSION=6003", "COLUMNS=20", "TZ=Asia/Tokyo"},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, ".editorconfig"), []byte("root = true\n[*]\ntab_width = 11\nindent_size = 5\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, "out")
		cmd := exec.CommandContext(t.Context(), self)
		cmd.Dir = dir
		cmd.Env = append(env, childEnv+"="+file)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", env, err, out)
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("with %v the output differs", env)
		}
	}
}
