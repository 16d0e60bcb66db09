package containers

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// initAs are the ways in which zombiectl gets to be PID 1 of a container.
func initAs() map[string][]string {
	return map[string][]string{
		"the engine's init": {"--init", "--init-path", zombiectl},
		"the entrypoint":    {"--entrypoint", `["zombiectl", "init", "--"]`},
	}
}

// TestInitExits: the exit code of the program is that of the container, and
// SIGTERM reaches it.
func TestInitExits(t *testing.T) {
	for how, options := range initAs() {
		args := slices.Concat([]string{"run", "--rm", "--network", "none"}, options, []string{image, "sh", "-c"})
		out, code := try(t, "podman", append(args, "cat /proc/1/comm; exit 43")...)
		if comm, _, _ := strings.Cut(out, "\n"); code != 43 || comm != "zombiectl" && comm != "init" && comm != "podman-init" {
			t.Errorf("%s: exit code %d: %s", how, code, out)
		}
		if out, code := try(t, "podman", append(args, "kill -KILL $$")...); code != 128+9 {
			t.Errorf("%s, killed: exit code %d: %s", how, code, out)
		}
		args[len(args)-2] = "/nonexistent" // for sh
		if out, code := try(t, "podman", args[:len(args)-1]...); code != 127 {
			t.Errorf("%s, no such program: exit code %d: %s", how, code, out)
		}
	}
	// The control: as PID 1 itself, a shell does not get SIGTERM, and a stop waits
	// out its grace period. Below an init it exits at once.
	script := []string{"sh", "-c", "sleep 600 & wait; exit 5"}
	for name, c := range map[string]struct {
		options []string
		code    string
	}{
		"alone":      {nil, "137"},
		"engine":     {initAs()["the engine's init"], "143"},
		"entrypoint": {initAs()["the entrypoint"], "143"},
	} {
		box := start(t, "stop-"+name, c.options, script...)
		begun := time.Now()
		podman(t, "stop", "-t", "3", box.name)
		if code := podman(t, "inspect", "-f", "{{.State.ExitCode}}", box.name); code != c.code {
			t.Errorf("%s: ended with %s after %v", name, code, time.Since(begun))
		}
	}
}

// TestInitReaps: it reaps its orphans, also those of a command that the engine
// has run in the container, and a scan knows that it does.
func TestInitReaps(t *testing.T) {
	for how, options := range initAs() {
		c := start(t, "reaps-"+how[4:7], options, leavesOrphans...)
		podman(t, "exec", c.name, "sh", "-c", "sleep 0.2 & sleep 0.1 &")
		eventually(t, "the end of the orphans", func() bool { return strings.Count(podman(t, "top", c.name, "pid"), "\n") == 2 })
		d := inside(t, c)
		if len(d.Zombies) != 0 || d.has("Z3") || len(d.Namespaces) != 1 || d.Namespaces[0].PID1 == nil ||
			d.Namespaces[0].PID1.Init != "yes" || d.Namespaces[0].PID1.Reaps != "yes" {
			t.Errorf("%s: %s: %s: %+v", how, d.rules(), d.Summary.Sentence, d.Namespaces)
		}
	}
}
