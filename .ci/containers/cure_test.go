package containers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// pasteNow runs the command that a scan of a container prints to run now,
// unchanged, and waits until the zombies are gone. A program that is started
// again may leave new ones.
func pasteNow(t *testing.T, c container) {
	t.Helper()
	before := births(scanNode(t), c)
	page, _ := try(t, zombiectl, "scan", "--container", c.name)
	command := printedNow(page, func(command string) bool { return aimedAt(command, c) })
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

// printedNow is the first command that a page says to run now, of those that are
// aimed right; "": it says none.
func printedNow(page string, aimed func(string) bool) string {
	for line := range strings.Lines(page) {
		if rest, ok := strings.CutPrefix(line, "   now    "); ok {
			command, _, _ := strings.Cut(rest, "   ") // what it ends
			if command = strings.TrimSpace(command); aimed(command) {
				return command
			}
		}
	}
	return ""
}

// aimedAt reports whether a command names the container, or only processes in
// it. No other may be run: other things run on this machine besides the tests,
// and a limit of the machine has its own card.
func aimedAt(command string, c container) bool {
	words := strings.Fields(command)
	if slices.Contains(words, c.name) {
		return true
	}
	ns, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", c.pid))
	named := 0
	for _, w := range words {
		if pid, bad := strconv.Atoi(w); bad == nil {
			link, gone := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", pid))
			if err != nil || gone != nil || link != ns {
				return false
			}
			named++
		}
	}
	return named > 0
}

// births distinguish the zombies of a container from those that get their PIDs
// later.
func births(d *document, c container) []string {
	var out []string
	for _, z := range d.Zombies {
		if z.Container.named() == c.name {
			out = append(out, fmt.Sprintf("%d started at %d", z.PID, z.StartTicks))
		}
	}
	return out
}

// TestPrintedNow: the note behind a command is not part of it, and a command
// that is aimed elsewhere is not run.
func TestPrintedNow(t *testing.T) {
	c := container{name: "web", pid: os.Getpid()}
	aimed := func(command string) bool { return aimedAt(command, c) }
	mine := fmt.Sprintf("kill -CONT %d", c.pid)
	for page, want := range map[string]string{
		"1  warning  web\n   now    podman restart web   ends: web\n   more   x\n": "podman restart web",
		"   now    " + mine + "\n":                                   mine,
		"   now    kill -KILL 4194304\n   now    " + mine + "   x\n": mine, // no process has this PID
		"   now    reboot\n   now    podman restart web-1\n":         "",
		"   look   x\n": "",
	} {
		if got := printedNow(page, aimed); got != want {
			t.Errorf("%q of %q, want %q", got, page, want)
		}
	}
}
