package containers

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// script is what "zombiectl capture --script" prints.
func script(t testing.TB) string {
	t.Helper()
	out, code := try(t, zombiectl, "capture", "--script")
	if code != 0 {
		t.Fatal(out)
	}
	return strings.TrimSuffix(out, "\n") // as $( ) gives it
}

// byScript is a scan of what the script printed in the container.
func byScript(t testing.TB, c container) *document {
	t.Helper()
	return toldBy(t, podman(t, "exec", c.name, "sh", "-c", script(t))+"\n")
}

// toldBy is a scan of what the script printed.
func toldBy(t testing.TB, text string) *document {
	t.Helper()
	printed := filepath.Join(t.TempDir(), "printed")
	if err := os.WriteFile(printed, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	out, code := try(t, zombiectl, "scan", "--from", printed, "-o", "json", "--min-age", "0")
	if code != 0 {
		t.Fatal(out)
	}
	return parse(t, out)
}

// TestScript: in a container the script gives the same findings as a scan in it.
func TestScript(t *testing.T) {
	for name, c := range map[string]struct {
		options []string
		program []string
		zombies int
	}{
		"orphans":      {nil, leavesOrphans, 2},
		"never-waits":  {[]string{"--init"}, neverWaits, 1},
		"unprivileged": {[]string{"--user", "1000", "--cap-drop", "ALL"}, leavesOrphans, 2},
		"nothing":      {[]string{"--init"}, idle, 0},
	} {
		t.Run(name, func(t *testing.T) {
			box := start(t, "script-"+name, c.options, c.program...)
			zombiesIn(t, box, c.zombies)
			live, told := inside(t, box), byScript(t, box)
			if len(told.Zombies) != c.zombies || told.Summary.InitWouldHelp != live.Summary.InitWouldHelp ||
				known(told) != known(live) {
				t.Errorf("%d zombies, %s: %s\ninside: %d, %s: %s", len(told.Zombies), told.rules(), told.Summary.Sentence, len(live.Zombies), live.rules(), live.Summary.Sentence)
			}
			if told.Observer.Place != live.Observer.Place || told.Observer.Ptrace != live.Observer.Ptrace {
				t.Errorf("seen from %+v, inside from %+v", told.Observer, live.Observer)
			}
			for i, ns := range told.Namespaces {
				if i < len(live.Namespaces) && *ns.PID1 != *live.Namespaces[i].PID1 && (ns.PID1.Init != live.Namespaces[i].PID1.Init || ns.PID1.Reaps != live.Namespaces[i].PID1.Reaps) {
					t.Errorf("PID 1 %+v, inside %+v", *ns.PID1, *live.Namespaces[i].PID1)
				}
			}
		})
	}
}

// TestScriptPiped is the command of the documentation, word for word but for
// the names.
func TestScriptPiped(t *testing.T) {
	box := start(t, "script-piped", nil, leavesOrphans...)
	zombiesIn(t, box, 2)
	for _, pipe := range []string{
		`podman exec "$1" sh -c "$("$0" capture --script)" | "$0" scan --from - --min-age 0`,
		`"$0" capture --script | podman exec -i "$1" sh | "$0" scan --from - --min-age 0`,
	} {
		out, err := exec.Command("sh", "-c", pipe, zombiectl, box.name).CombinedOutput()
		if first, _, _ := strings.Cut(string(out), "\n"); err != nil || !strings.HasPrefix(first, "sleep (PID 1) has left 2 zombies") {
			t.Errorf("%s: %v\n%s", pipe, err, out)
		}
	}
}

// TestScriptAtPidsLimit: zombies have taken every PID of the container, so that
// nothing can be started in it, and a runtime cannot get in any more. Who is in
// already, and who comes from the machine, can look.
func TestScriptAtPidsLimit(t *testing.T) {
	const zombies = 20
	box := start(t, "script-limit", []string{"--pids-limit", "100"}, "sh", "-c",
		fmt.Sprintf(`setsid sh -c 'i=0; while [ $i -lt %d ]; do sleep 1 & i=$((i+1)); done'; exec sleep 600`, zombies))
	zombiesIn(t, box, zombies)
	dir := pidsCgroup(t, box)

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	shell := exec.CommandContext(ctx, "podman", "exec", "-i", box.name, "sh")
	in, err1 := shell.StdinPipe()
	pipe, err2 := shell.StdoutPipe()
	if err := errors.Join(err1, err2, shell.Start()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = shell.Wait() }()
	out := bufio.NewReader(pipe)
	if _, err := io.WriteString(in, "echo here\n"); err != nil {
		t.Fatal(err)
	}
	if line, err := out.ReadString('\n'); err != nil || line != "here\n" {
		t.Fatalf("the shell said %q, %v", line, err)
	}
	full := fmt.Sprint(zombies + 2) // with PID 1 and the shell
	eventually(t, "the runtime to leave", func() bool {
		b, err := os.ReadFile(dir + "/pids.current")
		return err == nil && strings.TrimSpace(string(b)) == full
	})
	if err := os.WriteFile(dir+"/pids.max", []byte(full), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err1 = io.WriteString(in, script(t)+"\n")
	if err := errors.Join(err1, in.Close()); err != nil {
		t.Fatal(err)
	}
	printed, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	told := toldBy(t, string(printed))
	if len(told.Zombies) != zombies || !told.has("Z301") || !told.has("Z401") {
		t.Errorf("from inside: %d zombies, %s: %s", len(told.Zombies), told.rules(), told.Summary.Sentence)
	}

	// From the machine: it does not count as one of the container. A runtime
	// that comes in does, and most often fails.
	said, refused := try(t, "podman", "exec", box.name, "sleep", "0")
	t.Logf("podman exec: exit code %d: %s", refused, said)
	text, code := try(t, "nsenter", "--target", fmt.Sprint(box.pid), "--pid", "--mount", "--", "sh", "-c", script(t))
	if code != 0 {
		t.Fatal(text)
	}
	told = toldBy(t, text)
	if len(told.Zombies) != zombies || !told.has("Z301") {
		t.Errorf("from the machine: %d zombies, %s: %s", len(told.Zombies), told.rules(), told.Summary.Sentence)
	}
}

// pidsCgroup is where the PIDs of a container are limited.
func pidsCgroup(t testing.TB, c container) string {
	t.Helper()
	groups, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", c.pid))
	if err != nil {
		t.Fatal(err)
	}
	dir := ""
	for line := range strings.Lines(string(groups)) {
		if _, path, ok := strings.Cut(strings.TrimSpace(line), ":pids:"); ok {
			return filepath.Join("/sys/fs/cgroup/pids", path)
		}
		if path, ok := strings.CutPrefix(strings.TrimSpace(line), "0::"); ok {
			dir = filepath.Join("/sys/fs/cgroup", path)
		}
	}
	return dir
}

// known are the rules but for the one about what could not be read.
func known(d *document) string { return strings.TrimSpace(strings.TrimSuffix(d.rules(), "Z902")) }
