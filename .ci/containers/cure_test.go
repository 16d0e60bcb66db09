package containers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// pasteNow runs the command that a scan of a container tells to run now, as it is
// printed, and waits until the zombies are gone. A program that is started again may leave new ones.
func pasteNow(t *testing.T, c container) {
	t.Helper()
	before := births(scanNode(t), c)
	page, _ := try(t, zombiectl, "scan", "--container", c.name)
	command := printedNow(page)
	if command == "" {
		t.Errorf("%s: there is nothing to run now in\n%s", c.name, page)
		return
	}
	paste := exec.Command("sh", "-c", command)
	paste.Env = append(os.Environ(), "PATH="+filepath.Dir(zombiectl)+":"+os.Getenv("PATH"))
	if out, err := paste.CombinedOutput(); err != nil {
		t.Errorf("%s: %s: %v\n%s", c.name, command, err, out)
		return
	}
	eventually(t, "the end of the zombies of "+c.name+" after "+command, func() bool {
		after := births(scanNode(t), c)
		return !slices.ContainsFunc(before, func(b string) bool { return slices.Contains(after, b) })
	})
	t.Logf("%s: %s: its %d zombies are gone", c.name, command, len(before))
}

// printedNow is the first command that a page says to run now; "": it says none.
func printedNow(page string) string {
	for line := range strings.Lines(page) {
		if rest, ok := strings.CutPrefix(line, "   now    "); ok {
			command, _, _ := strings.Cut(rest, "   ") // what it ends
			return strings.TrimSpace(command)
		}
	}
	return ""
}

// births tell the zombies of a container from those that get their PIDs later.
func births(d *document, c container) []string {
	var out []string
	for _, z := range d.Zombies {
		if z.Container.named() == c.name {
			out = append(out, fmt.Sprintf("%d started at %d", z.PID, z.StartTicks))
		}
	}
	return out
}

// TestPrintedNow: what is told besides a command is no part of it.
func TestPrintedNow(t *testing.T) {
	for page, want := range map[string]string{
		"1  warning  web\n   now    podman restart web   ends: web\n   more   x\n": "podman restart web",
		"   now    kill -CONT 7\n": "kill -CONT 7",
		"   look   x\n":            "",
	} {
		if got := printedNow(page); got != want {
			t.Errorf("%q of %q, want %q", got, page, want)
		}
	}
}
