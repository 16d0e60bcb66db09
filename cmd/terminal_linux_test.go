package cmd_test

import (
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/zombiectl/zombiectl/screen/screentest"
)

// terminal opens a terminal of that many columns: our side, and the program's.
func terminal(t *testing.T, columns uint16) (master, slave *os.File) {
	t.Helper()
	p := screentest.Open(t, int(columns), 24)
	return p.Master, p.Slave
}

// onTerminal runs zombiectl with a terminal of that many columns as its
// standard output.
func onTerminal(t *testing.T, columns uint16, env []string, args ...string) string {
	t.Helper()
	master, slave := terminal(t, columns)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, args...)
	cmd.Env = append(append(os.Environ(), runVariable+"=1", "TERM=xterm", "NO_COLOR=", "CLICOLOR_FORCE=", "FORCE_COLOR=", "COLUMNS=", "LC_ALL=C.UTF-8"), env...)
	cmd.Stdout = slave
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	b, _ := io.ReadAll(master) // EIO: the other side is closed
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(b), "\r\n", "\n")
}

var colors = regexp.MustCompile("\x1b\\[[0-9;]*m")

// command is a line with a command to paste, which is never cut.
var command = regexp.MustCompile(`^ +(now|cure|more)  `)

func TestTerminal(t *testing.T) {
	for _, columns := range []uint16{60, 80, 200} {
		out := onTerminal(t, columns, nil, "scan", "--demo")
		if !colors.MatchString(out) {
			t.Errorf("%d columns: no color on a terminal", columns)
		}
		plain := colors.ReplaceAllString(out, "")
		if strings.Contains(plain, "\x1b") {
			t.Errorf("%d columns: an escape that is no color", columns)
		}
		for line := range strings.Lines(plain) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > int(columns) && !command.MatchString(line) {
				t.Errorf("%d columns: a line of %d: %q", columns, n, line)
			}
		}
		if !strings.Contains(plain, "left 21 zombies") {
			t.Errorf("%d columns: %s", columns, plain)
		}
	}
	for _, env := range []string{"TERM=dumb", "NO_COLOR=1"} {
		if out := onTerminal(t, 80, []string{env}, "scan", "--demo"); strings.Contains(out, "\x1b") {
			t.Errorf("%s: color", env)
		}
	}
	// The terminal's own width holds where COLUMNS is not a width.
	for env, want := range map[string]int{"COLUMNS=60": 60, "COLUMNS=0": 80, "COLUMNS=3": 80, "COLUMNS=x": 80} {
		widest := 0
		for line := range strings.Lines(onTerminal(t, 80, []string{env, "NO_COLOR=1"}, "scan", "--demo")) {
			if !command.MatchString(line) {
				widest = max(widest, utf8.RuneCountInString(line)-1)
			}
		}
		if widest > want || widest < want-10 {
			t.Errorf("%s: %d columns, want %d", env, widest, want)
		}
	}
}
