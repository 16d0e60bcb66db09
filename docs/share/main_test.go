package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/zombiectl/zombiectl/cmd"
)

// TestWrite: every command has a page, with its flags, its examples and its exit
// codes, in which troff finds no mistakes; and three shells have a script.
func TestWrite(t *testing.T) {
	dir := t.TempDir()
	if err := write(dir, "1.2.3"); err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
		}
		return string(b)
	}
	groff, _ := exec.LookPath("groff")
	pages := 0
	var each func(*cobra.Command)
	each = func(c *cobra.Command) {
		name := "man/man1/" + strings.ReplaceAll(c.CommandPath(), " ", "-") + ".1"
		text := read(name)
		pages++
		for _, want := range []string{"\n.SH NAME", "zombiectl 1.2.3"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s has no %q", name, want)
			}
		}
		if c.Example != "" && !strings.Contains(text, "\n.SH EXAMPLE") {
			t.Errorf("%s has no example", name)
		}
		if groff != "" {
			out, err := exec.CommandContext(t.Context(), groff, "-man", "-Tascii", "-ww", "-z", filepath.Join(dir, name)).CombinedOutput()
			if err != nil || len(out) > 0 {
				t.Errorf("%s: %v: %s", name, err, out)
			}
		}
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() && !sub.IsAdditionalHelpTopicCommand() {
				each(sub)
			}
		}
	}
	each(cmd.New(cmd.Streams{}))
	if pages < 15 {
		t.Errorf("%d pages", pages)
	}
	for name, wants := range map[string][]string{
		"man/man1/zombiectl.1":                     {"\n.SH COMMANDS", "\n.SH ENVIRONMENT", `\fBNO_COLOR\fP`, "\n.SH EXIT STATUS OF PROBE"},
		"man/man1/zombiectl-check.1":               {"\n.SH EXIT STATUS\n", "\n.SH EXIT STATUS OF CHECK -- COMMAND\n", `max-zombies`},
		"man/man1/zombiectl-init.1":                {"--kill-remaining"},
		"man/man1/kubectl-zombies.1":               {".so man1/zombiectl-pods.1"},
		"bash-completion/completions/zombiectl":    {"__start_zombiectl"},
		"zsh/site-functions/_zombiectl":            {"#compdef zombiectl"},
		"fish/vendor_completions.d/zombiectl.fish": {"complete -c zombiectl"},
	} {
		text := strings.ReplaceAll(read(name), `\-`, "-")
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%s has no %q", name, want)
			}
		}
	}
	if text := read("man/man1/zombiectl-init.1"); strings.Contains(text, "This program was built") {
		t.Error("how this test was built is in the page of init")
	}
}

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{".so x": `\&.so x`, "'a": `\&'a`, `a\b --c`: `a\eb \-\-c`} {
		if got := escape(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
