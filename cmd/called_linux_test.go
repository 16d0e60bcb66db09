package cmd_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/zombiectl/zombiectl/cmd"
)

// TestCalled: a link called scan is zombiectl scan; any other name is not a
// command.
func TestCalled(t *testing.T) {
	for _, c := range []struct{ argv, want []string }{
		{nil, nil},
		{[]string{"zombiectl"}, []string{}},
		{[]string{"/bin/zombiectl", "scan"}, []string{"scan"}},
		{[]string{"scan"}, []string{"scan"}},
		{[]string{"/bin/check", "--max-zombies", "3"}, []string{"check", "--max-zombies", "3"}},
		{[]string{"scanner", "scan"}, []string{"scan"}},
		{[]string{"", "check"}, []string{"check"}},
		{[]string{"/bin/kubectl-zombies", "-A"}, []string{"pods", "-A"}},
		{[]string{"/bin/kubectl_complete-zombies", "-n", ""}, []string{"__complete", "pods", "-n", ""}},
		{[]string{"/bin/scan/", "x"}, []string{"scan", "x"}},
	} {
		if got := cmd.Called(c.argv); !slices.Equal(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.argv, got, c.want)
		}
	}
}

// TestInstall: it installs a copy that runs, in place of the earlier file.
func TestInstall(t *testing.T) {
	exe := program(t)
	dir := t.TempDir()
	to := filepath.Join(dir, "zombiectl")
	if err := os.WriteFile(to, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errs, code := zombiectlAs(t, exe, "install", dir)
	if code != 0 || out != to+"\n" || errs != "" {
		t.Fatalf("exit code %d: %s%s", code, out, errs)
	}
	if out, errs, code := zombiectlAs(t, to, "version"); code != 0 || errs != "" {
		t.Errorf("the copy: exit code %d: %s%s", code, out, errs)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("left behind %v, %v", entries, err)
	}
	if _, errs, code := zombiectlAs(t, exe, "install", to); code != 3 || errs == "" {
		t.Errorf("into a file: exit code %d: %s", code, errs)
	}
}
