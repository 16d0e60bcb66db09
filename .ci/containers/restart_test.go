package containers

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// since is what a scan --since says of a restart.
type since struct {
	Since *struct {
		Then, New, Persisting int
		Reaped                []struct{ PID int }
		Restarts              []struct {
			Container       *owner
			PID1            struct{ PID int }
			Ago             *float64
			Then, Gone, New int
		}
	}
}

func parseSince(t *testing.T, out string) since {
	t.Helper()
	var d since
	if err := json.Unmarshal([]byte(out), &d); err != nil || d.Since == nil {
		t.Fatalf("%v in %.2000s", err, out)
	}
	return d
}

// withInput runs a command with a file as its standard input.
func withInput(t *testing.T, file string, args ...string) (string, int) {
	t.Helper()
	return try(t, "sh", append([]string{"-c", `f=$1; shift; exec "$@" <"$f"`, "sh", file}, args...)...)
}

// TestSinceRestart: recordings from before a restart of the container, made in
// it and on the machine, and a look after it.
func TestSinceRestart(t *testing.T) {
	c := start(t, "restarted", []string{"--privileged"}, leavesOrphans...)
	other := start(t, "not-restarted", nil, idle...)
	zombiesIn(t, c, 2)
	dir := t.TempDir()
	in, out := filepath.Join(dir, "inside.tar.gz"), filepath.Join(dir, "outside.tar.gz")
	record, err := exec.Command("podman", "exec", c.name, "zombiectl", "capture", "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(in, record, 0o600); err != nil {
		t.Fatal(err)
	}
	if text, code := try(t, zombiectl, "capture", out); code != 0 {
		t.Fatal(text)
	}
	scanIn := func(name string, more ...string) (string, int) {
		return withInput(t, in, append([]string{"podman", "exec", "-i", name, "zombiectl", "scan", "--since", "-", "--min-age", "0"}, more...)...)
	}
	scanOut := func(c container) since {
		text, code := try(t, zombiectl, "scan", "--container", c.name, "--since", out, "--min-age", "0", "-o", "json")
		if code != 0 {
			t.Fatalf("exit code %d: %s", code, text)
		}
		return parseSince(t, text)
	}

	// The controls: before the restart, in another container, and in a PID
	// namespace that somebody made inside this one.
	text, code := scanIn(c.name, "-o", "json")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, text)
	}
	if s := parseSince(t, text).Since; s.Persisting != 2 || len(s.Restarts) != 0 {
		t.Errorf("before the restart: %+v", s)
	}
	if s := scanOut(c).Since; s.Persisting != 2 || len(s.Restarts) != 0 {
		t.Errorf("before the restart, from the machine: %+v", s)
	}
	if text, code := scanIn(other.name); code != 3 || !strings.Contains(text, "it is of another container: ") {
		t.Errorf("in another container: exit code %d: %s", code, text)
	}
	text, code = withInput(t, in, "podman", "exec", "-i", c.name, "busybox", "unshare", "-mpf", "sh", "-c", "busybox mount -t proc proc /proc && zombiectl scan --since -; exit $?")
	if code != 3 || !strings.Contains(text, "of a PID namespace that somebody made inside the container") {
		t.Errorf("in a PID namespace of its own: exit code %d: %s", code, text)
	}

	podman(t, "restart", "-t", "0", c.name)
	again := container{name: c.name, id: c.id, pid: pidOf(t, c.name)}
	zombiesIn(t, again, 2)

	text, code = scanIn(c.name, "-o", "json")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, text)
	}
	s := parseSince(t, text).Since
	if s.Then != 2 || s.New != 2 || s.Persisting != 0 || len(s.Reaped) != 2 || len(s.Restarts) != 1 {
		t.Fatalf("inside: %+v", s)
	}
	if r := s.Restarts[0]; r.PID1.PID != 1 || r.Then != 2 || r.Gone != 2 || r.New != 2 || r.Ago == nil || r.Container == nil || r.Container.ID == nil || *r.Container.ID != c.id {
		t.Errorf("inside: %+v", r)
	}
	text, code = scanIn(c.name)
	if code != 0 || !strings.Contains(text, "The container was restarted since: PID 1 is another process, started ") || !strings.Contains(text, " ago. All 2 zombies of before are gone; 2 are new.") {
		t.Errorf("inside: exit code %d: %s", code, text)
	}
	s = scanOut(c).Since
	if len(s.Restarts) != 1 || len(s.Reaped) != 2 || s.New != 2 {
		t.Fatalf("from the machine: %+v", s)
	}
	if r := s.Restarts[0]; r.PID1.PID != again.pid || r.Gone != 2 || r.New != 2 || r.Container.named() != c.name {
		t.Errorf("from the machine: %+v", r)
	}
	if s := scanOut(other).Since; len(s.Restarts) != 0 {
		t.Errorf("of a container that was not restarted: %+v", s)
	}
}
