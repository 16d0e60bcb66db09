package cmd_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/zombiectl/zombiectl/cmd"
)

// tics are turns of phrase that a reader in a hurry stumbles over.
var tics = regexp.MustCompile(`(?i)cannot be told|(?:"|x|it|that|PID 1|which) is no \w|\bin view\b|\b(?:it|that|who|which|processes) lives?\b|\bpassing\b|\bcolour|\bbehaviour|\bhonour|\bfor so long\b`)

// TestHelpVoice: help is in plain sentences, and a flag's text is a phrase without
// a capital or a period.
func TestHelpVoice(t *testing.T) {
	commands(cmd.New(cmd.Streams{}), func(c *cobra.Command) {
		path := strings.Fields(c.CommandPath())[1:]
		if len(path) > 1 {
			return // the library's own
		}
		out, _, _ := ask(t, 200, append([]string{"help"}, path...)...)
		for line := range strings.Lines(out) {
			if m := tics.FindString(line); m != "" {
				t.Errorf("%v says %q: %s", path, m, line)
			}
		}
		if strings.HasSuffix(c.Short, ".") || c.Short == strings.ToLower(c.Short[:1])+c.Short[1:] {
			t.Errorf("%v: %q is not a title", path, c.Short)
		}
	})
	if !tics.MatchString("x is no PID") || tics.MatchString("there is no zombie in it") {
		t.Error("the control does not hold")
	}
}

// TestErrorVoice: an error is lower case, in one line, without a period; and what to
// type is in a hint.
func TestErrorVoice(t *testing.T) {
	for _, line := range []string{
		"nonsense", "scann", "scan x", "scan 0", "scan --demo --from /", "scan --demo -o xml", "scan --from /nowhere", "scan --settle -1s", "scan --settle soon",
		"scan --nonsense", "scan --demo 4711", "scan --demo --pod x", "check x", "check --ignore Z999", "check --warning x", "check --", "check --report /tmp/x",
		"check --max-zombies x", "capture x.zip", "capture --args x y", "capture --script x", "explain Z999", "explain --pid 1", "simulate", "simulate x", "simulate Z901",
		"simulate --list x", "install", "probe --timeout 0s", "pods --kubectl /nonexistent", "help x", "completion x", "version x", "reap x", "watch x",
	} {
		out, errs, code := ask(t, 0, strings.Fields(line)...)
		if code != 3 || out != "" {
			t.Errorf("%s: exit code %d: %s", line, code, out)
		}
		for l := range strings.Lines(errs) {
			text, ok := strings.CutPrefix(l, "zombiectl: error: ")
			if !ok {
				text, ok = strings.CutPrefix(l, "zombiectl: hint: ")
			}
			text = strings.TrimSuffix(text, "\n")
			if !ok || text == "" || strings.HasSuffix(text, ".") || strings.ToLower(text[:1]) != text[:1] && !regexp.MustCompile(`^Z\d`).MatchString(text) || tics.MatchString(text) {
				t.Errorf("%s: %q", line, l)
			}
		}
		if !strings.HasPrefix(errs, "zombiectl: error: ") {
			t.Errorf("%s: no error first: %q", line, errs)
		}
	}
}
