package cmd_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/zombiectl/zombiectl/cmd"
)

// ask runs a command line with a terminal of that many columns, 0: with a pipe,
// and returns its answer.
func ask(t *testing.T, width int, args ...string) (out, errs string, code int) {
	t.Helper()
	var o, e bytes.Buffer
	code = cmd.Execute(args, cmd.Streams{In: strings.NewReader(""), Out: &o, Err: &e, Width: width, Getenv: func(name string) string {
		return map[string]string{"LANG": "C.UTF-8", "NO_COLOR": "1"}[name]
	}})
	return o.String(), e.String(), code
}

// commands calls f for every command that somebody may type.
func commands(c *cobra.Command, f func(*cobra.Command)) {
	for _, sub := range c.Commands() {
		if !sub.Hidden {
			f(sub)
			commands(sub, f)
		}
	}
}

// TestHelp: the help of every command fits, and is complete.
func TestHelp(t *testing.T) {
	seen := 0
	commands(cmd.New(cmd.Streams{}), func(c *cobra.Command) {
		path := strings.Fields(c.CommandPath())[1:]
		for _, width := range []int{0, 60, 80, 200} {
			out, errs, code := ask(t, width, append([]string{"help"}, path...)...)
			if code != 0 || errs != "" {
				t.Fatalf("%v: exit code %d: %s", path, code, errs)
			}
			for line := range strings.Lines(out) {
				most := 99
				if width == 60 || width == 80 {
					most = width
				}
				paste := strings.HasPrefix(line, "  ") && strings.Contains(line, "zombie") || strings.HasPrefix(line, "\t") // is never cut
				if n := utf8.RuneCountInString(line) - 1; n > most && !(paste && n < 99) && c.Name() != "init" {
					t.Errorf("%v: a line of %d on a terminal of %d: %s", path, n, width, line)
				}
			}
		}
		if c.Runnable() && c.GroupID == "" && c.Parent().Parent() == nil {
			t.Errorf("%v stands in no group of the help", path)
		}
		seen++
	})
	if seen < 15 {
		t.Errorf("%d commands", seen)
	}
	out, _, _ := ask(t, 80, "--help")
	for _, want := range []string{"\nFind and explain:\n  scan ", "\nMore help:\n  environment ", "\nFlags:\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

// noExample are commands that read their own command line, or are topics.
var noExample = []string{"init", "environment", "exit-codes"}

// TestExamples: every command has examples, and they are commands with flags and
// arguments that exist.
func TestExamples(t *testing.T) {
	root := cmd.New(cmd.Streams{})
	commands(root, func(c *cobra.Command) {
		if slices.Contains(noExample, c.Name()) {
			return
		}
		if c.Example == "" {
			t.Errorf("%s has no example", c.CommandPath())
		}
		own := 0
		for line := range strings.Lines(c.Example) {
			of, args := example(t, line)
			found, rest, err := of.Find(args)
			if err != nil {
				t.Errorf("%s: %v", line, err)
				continue
			}
			if strings.HasPrefix(found.CommandPath(), c.CommandPath()) {
				own++
			}
			if err := found.ParseFlags(rest); err != nil {
				t.Errorf("%s: %v", line, err)
				continue
			}
			if err := found.ValidateArgs(found.Flags().Args()); err != nil {
				t.Errorf("%s: %v", line, err)
			}
		}
		if own == 0 && c.Example != "" {
			t.Errorf("no example of %s is one", c.CommandPath())
		}
	})
}

// ours is where a command of ours begins in an example, and where it ends.
var ours = regexp.MustCompile(`(zombiectl|kubectl zombies)((?: [^#|>);]*)?)`)

// example returns the arguments of the command of ours in a line, and the commands,
// whose flags have not been set.
func example(t *testing.T, line string) (*cobra.Command, []string) {
	t.Helper()
	m := ours.FindStringSubmatch(line)
	if m == nil {
		t.Errorf("no command of ours in %q", line)
		return cmd.New(cmd.Streams{}), nil
	}
	args := strings.Fields(strings.Trim(m[2], `" `))
	if m[1] != "zombiectl" {
		args = append([]string{"pods"}, args...)
	}
	return cmd.New(cmd.Streams{}), args
}

// TestExamplesRun: those that need neither root nor files nor a cluster do work.
func TestExamplesRun(t *testing.T) {
	run := 0
	commands(cmd.New(cmd.Streams{}), func(c *cobra.Command) {
		for line := range strings.Lines(c.Example) {
			_, args := example(t, line)
			switch {
			case len(args) == 0 || args[0] != "explain" && args[0] != "help" && args[0] != "version" && args[0] != "completion" &&
				!slices.Contains(args, "--demo") && !slices.Contains(args, "--list"):
				continue
			}
			if out, errs, code := ask(t, 0, args...); code != 0 || out == "" || errs != "" {
				t.Errorf("%s: exit code %d: %s", line, code, errs)
			}
			run++
		}
	})
	if run < 10 {
		t.Errorf("%d examples were run", run)
	}
}

// TestExitCodesComplete: what each command exits with is written down.
func TestExitCodesComplete(t *testing.T) {
	known := map[string]bool{}
	for _, e := range cmd.ExitCodes() {
		known[strings.Fields(e.Command)[0]] = true
	}
	for _, c := range cmd.New(cmd.Streams{}).Commands() {
		if c.Runnable() && !c.Hidden && !known[c.Name()] {
			t.Errorf("what %s exits with is not in ExitCodes", c.Name())
		}
		delete(known, c.Name())
	}
	for name := range known {
		t.Errorf("%s is no command", name)
	}
}

// TestEnvironmentComplete: every variable that this package reads has its line in
// "help environment".
func TestEnvironmentComplete(t *testing.T) {
	out, _, _ := ask(t, 0, "help", "environment")
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	read := regexp.MustCompile(`(?:env|set|Getenv)\("([A-Z_]+)"\)`)
	found := 0
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		for _, m := range read.FindAllStringSubmatch(string(b), -1) {
			found++
			if !strings.Contains(out, "\n  "+m[1]+" ") {
				t.Errorf("%s reads %s, and the help does not say so", name, m[1])
			}
		}
	}
	if found < 6 {
		t.Errorf("%d variables are read", found)
	}
}
