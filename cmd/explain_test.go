package cmd_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/diagnose"
)

// open is a word in a command that somebody has to replace.
var open = regexp.MustCompile(`(?m)^    .*(?:/proc/|/cgroup/|freezer/|fdinfo/| -p |--ppid |--pid |pod |inspect |logs |-CHLD |-CONT )([A-Z][A-Z_]+)\b`)

// TestExplainFillsIn: with a process, each page has that in its commands, and says
// which words are still to be replaced. Without one, the words are there.
func TestExplainFillsIn(t *testing.T) {
	const root = "../fixtures/never-waits-under-init/root"
	were := 0
	for _, r := range diagnose.Rules() {
		page, _, _ := ask(t, 0, "explain", r.ID)
		were += len(open.FindAllString(page, -1))
		out, errs, code := ask(t, 0, "explain", r.ID, "--pid", "6", "--from", root)
		if code != 0 {
			t.Fatalf("%s: exit code %d: %s", r.ID, code, errs)
		}
		_, left, _ := strings.Cut(out, "\nThe commands are those for PID 6 (leaky-parent).")
		left, _, _ = strings.Cut(left, "\n")
		for _, m := range open.FindAllStringSubmatch(out, -1) {
			if (m[1] == "PARENT" || m[1] == "ZOMBIE" || m[1] == "PID" || !strings.Contains(left, m[1])) && m[1] != "PID_ON_THE_NODE" {
				t.Errorf("%s: %s is left over, and nobody is told", r.ID, m[1])
			}
		}
	}
	if were < 30 {
		t.Errorf("only %d words to fill in", were)
	}
	// Of a zombie, and of its parent.
	for pid, want := range map[string]string{"13": "/proc/13/status", "6": "/proc/12/status"} {
		if out, _, _ := ask(t, 0, "explain", "Z103", "--pid", pid, "--from", root); !strings.Contains(out, want) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
	if out, _, _ := ask(t, 0, "explain", "Z902", "--pid", "6", "--from", root); !strings.Contains(out, "/proc/6/syscall") {
		t.Errorf("not the process itself in\n%s", out)
	}
	if out, _, _ := ask(t, 0, "explain", "Z201", "--pid", "13", "--from", root); !strings.Contains(out, "/proc/6/stat") {
		t.Errorf("no parent in\n%s", out)
	}
	if out, _, _ := ask(t, 0, "explain", "Z207", "--pid", "10", "--from", "../fixtures/parent-frozen/root"); !strings.Contains(out, "echo 0 > /sys/fs/cgroup/paused/cgroup.freeze") {
		t.Errorf("no cgroup in\n%s", out)
	}
	for _, c := range [][2]string{
		{"explain --pid 6", "error: --pid needs a rule, and none is given"},
		{"explain zombie --pid 6", "error: --pid can be used with a rule, not with a topic"},
		{"explain Z201 --pid 0", "error: --pid: 0 is not a PID"},
		{"explain Z201 --pid 4711 --from " + root, "no process has PID 4711"},
	} {
		if _, errs, code := ask(t, 0, strings.Fields(c[0])...); code != 3 || !strings.Contains(errs, c[1]) {
			t.Errorf("%s: exit code %d: %s", c[0], code, errs)
		}
	}
}

// TestExplainFits: on a terminal a page fits its width; commands to paste are
// never cut.
func TestExplainFits(t *testing.T) {
	for _, width := range []int{60, 80, 120} {
		for _, r := range diagnose.Rules() {
			raw, _, _ := ask(t, 0, "explain", r.ID)
			out, _, _ := ask(t, width, "explain", r.ID)
			for line := range strings.Lines(out) {
				if n := len([]rune(line)) - 1; n > min(width, 100) && !strings.HasPrefix(line, "    ") {
					t.Errorf("%s: %d columns of %d: %s", r.ID, n, width, line)
				}
			}
			for line := range strings.Lines(raw) {
				command, _, _ := strings.Cut(line, " # ")
				if command = strings.TrimRight(command, " \n"); strings.HasPrefix(command, "    ") && !strings.Contains(out, command) {
					t.Errorf("%s at %d: %s is gone", r.ID, width, command)
				}
			}
		}
	}
}
