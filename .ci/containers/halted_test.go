package containers

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestStoppedConmon: the zombie is in the container, its parent outside it.
func TestStoppedConmon(t *testing.T) {
	c := start(t, "conmon", []string{"--init"}, idle...)
	podman(t, "exec", "-d", c.name, "sleep", "599")
	child, conmon := 0, 0
	eventually(t, "the process that was sent in", func() bool {
		for _, pid := range strings.Fields(podman(t, "top", c.name, "hpid")) {
			b, _ := os.ReadFile("/proc/" + pid + "/cmdline")
			if string(b) == "sleep\x00599\x00" {
				child, _ = strconv.Atoi(pid)
			}
		}
		return child != 0
	})
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", child))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	if conmon, err = strconv.Atoi(strings.Fields(rest)[1]); err != nil {
		t.Fatal(err)
	}
	if comm, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", conmon)); strings.TrimSpace(string(comm)) != "conmon" {
		t.Fatalf("its parent %d is %q", conmon, comm)
	}
	t.Cleanup(func() { _ = syscall.Kill(conmon, syscall.SIGCONT) })
	if err := syscall.Kill(conmon, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(child, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	zombiesIn(t, c, 1)

	in := inside(t, c)
	if !in.has("Z105") || in.has("Z201") || in.has("Z301") {
		t.Errorf("inside: %s: %s", in.rules(), in.Summary.Sentence)
	}
	out := fromHost(t, c)
	mine(t, out, c, 1)
	if !slices.ContainsFunc(out.Parents, func(p parent) bool {
		return p.PID == conmon && slices.Contains(p.Rules, "Z205")
	}) {
		t.Errorf("outside: %s: %+v", out.rules(), out.Parents)
	}

	// Its control: conmon goes on, and reaps.
	if err := syscall.Kill(conmon, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	zombiesIn(t, c, 0)
	if d := inside(t, c); d.has("Z105") {
		t.Errorf("when conmon goes on: %s", d.Summary.Sentence)
	}
}

// TestPaused: a parent that is frozen, and, its control, thawed.
func TestPaused(t *testing.T) {
	c := start(t, "paused", []string{"--init"}, neverWaits...)
	zombiesIn(t, c, 1)
	podman(t, "pause", c.name)
	t.Cleanup(func() { _, _ = try(t, "podman", "unpause", c.name) })
	d := fromHost(t, c)
	mine(t, d, c, 1)
	if !d.has("Z207") || d.has("Z201") {
		t.Errorf("paused: %s: %s", d.rules(), d.Summary.Sentence)
	}
	podman(t, "unpause", c.name)
	if d := fromHost(t, c); d.has("Z207") || !d.has("Z201") {
		t.Errorf("not paused: %s: %s", d.rules(), d.Summary.Sentence)
	}
}
