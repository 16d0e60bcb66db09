package cmd_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/zombiectl/zombiectl/cmd"
)

// demo returns the bundled report, as a terminal of that many columns gets it (0:
// a pipe) with these variables in the environment and no others.
func demo(t *testing.T, width int, env string) string {
	t.Helper()
	variables := map[string]string{}
	for v := range strings.FieldsSeq(env) {
		name, value, _ := strings.Cut(v, "=")
		variables[name] = value
	}
	var out, errs bytes.Buffer
	code := cmd.Execute([]string{"scan", "--demo"}, cmd.Streams{
		In: strings.NewReader(""), Out: &out, Err: &errs, Width: width,
		Getenv: func(name string) string { return variables[name] },
	})
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	return out.String()
}

func TestLocale(t *testing.T) {
	for _, c := range []struct {
		width int
		env   string
		ascii bool
	}{
		{80, "", true},
		{0, "", false},
		{80, "LANG=C.UTF-8", false},
		{80, "LANG=de_DE.utf8", false},
		{80, "LANG=en_US", true},
		{0, "LANG=en_US", false},
		{80, "LANG=C", true},
		{0, "LANG=C", true},
		{0, "LC_ALL=POSIX LANG=C.UTF-8", true},
		{80, "LC_CTYPE=C.UTF-8 LANG=C", false},
		{80, "LC_ALL=C LC_CTYPE=C.UTF-8", true},
	} {
		t.Run(fmt.Sprintf("%d columns %s", c.width, c.env), func(t *testing.T) {
			if got := !strings.Contains(demo(t, c.width, c.env), "├"); got != c.ascii {
				t.Errorf("ASCII: %v, want %v", got, c.ascii)
			}
		})
	}
}

func TestColors(t *testing.T) {
	for _, c := range []struct {
		width int
		env   string
		color bool
	}{
		{80, "", true},
		{0, "", false},
		{80, "NO_COLOR=1", false},
		{80, "NO_COLOR=", true},
		{80, "NO_COLOR=1 CLICOLOR_FORCE=1 FORCE_COLOR=1", false},
		{80, "CLICOLOR=0", false},
		{80, "CLICOLOR=1", true},
		{0, "CLICOLOR=1", false},
		{0, "CLICOLOR_FORCE=1", true},
		{0, "CLICOLOR_FORCE=0", false},
		{0, "FORCE_COLOR=1", true},
		{0, "FORCE_COLOR=0", false},
		{80, "TERM=dumb", false},
		{80, "TERM=dumb FORCE_COLOR=3", true},
	} {
		t.Run(fmt.Sprintf("%d columns %s", c.width, c.env), func(t *testing.T) {
			if got := strings.Contains(demo(t, c.width, c.env), "\x1b["); got != c.color {
				t.Errorf("color: %v, want %v", got, c.color)
			}
		})
	}
}
