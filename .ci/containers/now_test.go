package containers

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// problem is something that a scan from the machine has a command for.
type problem struct {
	name    string
	options []string
	script  string // it makes the problem when it is run first, and not when it is run again
	perl    bool   // it is Perl, run with what is on this machine
	zombies int
	paused  bool
	rule    string
	now     string // NAME and PID stand for those of the container and of the parent
	ends    string
}

// once runs a part of a script when its container is started for the first time.
func once(script string) string { return `[ -e /tmp/once ] || { : > /tmp/once; ` + script + "\n}\n" }

var problems = []problem{
	{name: "pid1", script: once(`setsid sh -c "sleep 0.1 & sleep 0.1 &"`) + `exec sleep 600`,
		zombies: 2, rule: "Z301", now: "podman restart NAME", ends: "NAME"},
	{name: "below-init", options: []string{"--init"}, script: once(`sleep 0.1 &`) + `exec sleep 600`,
		zombies: 1, rule: "Z201", now: "podman restart NAME", ends: "NAME"},
	{name: "stopped", options: []string{"--init"}, script: `sleep 0.1 & kill -STOP $$; wait; exec sleep 600`,
		zombies: 1, rule: "Z205", now: "kill -CONT PID"},
	// It reaps five seconds after it began, unless it is frozen then.
	{name: "frozen", options: []string{"--init"}, script: `sleep 600 | { sleep 0.1 & read -t 5 x; wait; exec sleep 600; }`,
		zombies: 1, paused: true, rule: "Z207", now: "podman unpause NAME"},
	{name: "waits-for-one", options: []string{"--init"}, perl: true, zombies: 1, rule: "Z202", now: "podman restart NAME", ends: "NAME",
		script: `unless (-e "/tmp/once") { open F, ">/tmp/once"; fork || exit } my $job = fork || exec "sleep", "600"; waitpid $job, 0`},
	{name: "full", options: []string{"--init", "--pids-limit", "24"}, script: once(`i=0; while [ $i -lt 22 ]; do sleep 1 & i=$((i+1)); done`) + `exec sleep 600`,
		zombies: 22, rule: "Z401", now: "podman restart NAME", ends: "NAME"},
}

// TestNow: the command that is printed for now is executed as it is printed, and
// the problem is gone. Before it, the problem stays.
func TestNow(t *testing.T) {
	debian := debianImage(t)
	for _, p := range problems {
		t.Run(p.name, func(t *testing.T) {
			c := p.start(t, debian)
			zombiesIn(t, c, p.zombies)
			if p.paused {
				podman(t, "pause", c.name)
				t.Cleanup(func() { _, _ = try(t, "podman", "unpause", c.name) })
				time.Sleep(6 * time.Second) // by now it would have reaped
			}
			d := fromHost(t, c)
			if !d.has(p.rule) {
				t.Fatalf("%s: %s, want %s", d.Summary.Sentence, d.rules(), p.rule)
			}
			command, ends := nowOf(t, c)
			fill := strings.NewReplacer("NAME", c.name, "PID", fmt.Sprint(d.Parents[0].PID))
			if want := fill.Replace(p.now); command != want || ends != fill.Replace(p.ends) {
				t.Errorf("%q ends %q, want %q and %q", command, ends, want, p.ends)
			}
			before := d.Parents[0]
			for range 3 { // the control
				time.Sleep(300 * time.Millisecond)
				if again := fromHost(t, c); len(again.Zombies) != p.zombies || !again.has(p.rule) {
					t.Fatalf("the problem goes by itself: %s", again.Summary.Sentence)
				}
			}
			paste(t, command)
			c.pid = pidOf(t, c.name) // it runs
			zombiesIn(t, c, 0)
			if after := fromHost(t, c); after.has(p.rule) || len(after.Zombies) != 0 {
				t.Errorf("after %s: %s", command, after.Summary.Sentence)
			}
			// A restart leaves nothing of the parent; anything else leaves it running.
			if _, err := os.Stat(fmt.Sprintf("/proc/%d", before.PID)); (p.ends == "") != (err == nil) {
				t.Errorf("after %s: PID %d: %v", command, before.PID, err)
			}
		})
	}
}

func (p problem) start(t *testing.T, debian string) container {
	t.Helper()
	if p.perl {
		return startImage(t, "now-"+p.name, debian, append([]string{"-v", "/usr:/usr:ro"}, p.options...), "perl", "-e", p.script)
	}
	return start(t, "now-"+p.name, p.options, "sh", "-c", p.script)
}

// nowLine is a command for now as a report shows it, and its note.
var nowLine = regexp.MustCompile(`(?m)^ +now +(\S.*?)(?: {3,}(.*))?$`)

// nowOf returns the command that the report on a container prints for now, and
// what the report says that it ends. The document for programs has the same
// command.
func nowOf(t *testing.T, c container) (command, ends string) {
	t.Helper()
	text, code := try(t, zombiectl, "scan", "--min-age", "0", "--container", c.name)
	found := nowLine.FindStringSubmatch(text)
	if code != 0 || found == nil {
		t.Fatalf("exit code %d: no command in\n%s", code, text)
	}
	command = found[1]
	ends, _ = strings.CutPrefix(found[2], "ends: ")
	if ends == found[2] {
		ends = "" // it says something else
	}
	advised := slices.ContainsFunc(fromHost(t, c).Findings, func(f finding) bool {
		return slices.ContainsFunc(f.Advice, func(line string) bool {
			line, _, _ = strings.Cut(strings.TrimSpace(line), "    ")
			return line == command
		})
	})
	if !advised {
		t.Errorf("%q is not in the document for programs", command)
	}
	return command, ends
}

// paste runs a command as somebody would who pastes it into a shell.
func paste(t *testing.T, command string) {
	t.Helper()
	t.Setenv("PATH", filepath.Dir(zombiectl)+":"+os.Getenv("PATH"))
	if out, code := try(t, "sh", "-c", command); code != 0 {
		t.Fatalf("%s: exit code %d: %s", command, code, out)
	}
}
