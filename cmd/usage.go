package cmd

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// settleUsage puts cobra's own commands, and its words about a mistake on the
// command line, in line with the rest: one error, a hint, and no answer.
func settleUsage(root *cobra.Command) {
	root.Args = subcommand
	root.SetFlagErrorFunc(flagError)
	// Both would print their help for anything that they do not know.
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "help":
			c.Run, c.RunE = nil, help
			c.Short = "Print help about a command or a topic"
			c.Long = c.Short + "."
			c.Example = "  zombiectl help scan\n  zombiectl help environment\n  zombiectl help exit-codes"
		case "completion":
			c.Short = "Print the completion script for a shell"
			c.Long = c.Short + ". make install installs them."
			c.Example = "  source <(zombiectl completion bash)\n  zombiectl completion fish > ~/.config/fish/completions/zombiectl.fish"
			c.Args, c.RunE = subcommand, func(c *cobra.Command, _ []string) error { return c.Help() }
			for _, shell := range c.Commands() {
				shell.Args = noArgs
				shell.Example = "  zombiectl completion " + shell.Name()
			}
		}
	}
}

// help is "help", "help COMMAND..." and "help TOPIC".
func help(c *cobra.Command, args []string) error {
	of, rest, err := c.Root().Find(args)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return unknown(of, rest[0])
	}
	of.InitDefaultHelpFlag()
	return of.Help()
}

// subcommand is for a command that has others below it and takes nothing else.
func subcommand(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return unknown(c, args[0])
	}
	return nil
}

func unknown(c *cobra.Command, arg string) error {
	hint := seeHelp(c)
	if c.HasAvailableSubCommands() {
		hint = c.CommandPath() + " --help lists the commands"
	}
	err := fmt.Errorf("unknown command %q for %q", arg, c.CommandPath())
	var names []string
	for _, sub := range c.Commands() {
		switch {
		case slices.Contains(sub.SuggestFor, strings.ToLower(arg)):
			return didYouMean(err, sub.CommandPath())
		case sub.IsAvailableCommand() || sub.Name() == "help":
			names = append(names, sub.Name())
		}
	}
	if !c.HasParent() { // the argument of a command may come without it
		if _, notPID := parsePID(c, arg); notPID == nil {
			return didYouMean(err, "zombiectl scan "+arg)
		}
		if explained(arg) {
			return didYouMean(err, "zombiectl explain "+arg)
		}
		for _, t := range topics() {
			if len(near(arg, []string{t.name})) > 0 {
				return didYouMean(err, "zombiectl help "+t.name)
			}
		}
	}
	return suggest(err, arg, names, c.CommandPath()+" ", hint)
}

// seeHelp is the hint where nothing better is known.
func seeHelp(c *cobra.Command) string { return "see " + c.CommandPath() + " --help" }

// oneArg is for a command that takes one argument at most.
func oneArg(c *cobra.Command, args []string) error {
	if len(args) > 1 {
		return withHint(fmt.Errorf("%s takes one argument at most, got %d: %q", c.CommandPath(), len(args), args), seeHelp(c))
	}
	return nil
}

// noArgs is cobra.NoArgs in words that fit a command without subcommands.
func noArgs(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return withHint(fmt.Errorf("%s takes no arguments, got %q", c.CommandPath(), args[0]), seeHelp(c))
	}
	return nil
}

// parsePID returns the PID that an argument is.
func parsePID(c *cobra.Command, arg string) (int, error) {
	pid, err := strconv.Atoi(arg)
	if err != nil || pid < 1 || pid > math.MaxInt32 {
		return 0, withHint(fmt.Errorf("%q is not a PID", arg), seeHelp(c))
	}
	return pid, nil
}

// notNegative refuses a number or a duration below 0. Flags that the command does
// not have are passed over.
func notNegative(c *cobra.Command, flags ...string) error {
	for _, name := range flags {
		if f := c.Flags().Lookup(name); f != nil && strings.HasPrefix(f.Value.String(), "-") {
			return fmt.Errorf("--%s is negative", name)
		}
	}
	return nil
}

// given names the first of these flags that is on the command line, with its
// dashes; "": none is.
func given(c *cobra.Command, flags ...string) string {
	if i := slices.IndexFunc(flags, c.Flags().Changed); i >= 0 {
		return "--" + flags[i]
	}
	return ""
}

// flagError explains a mistake in a flag. The errors of strconv name its own
// functions.
func flagError(c *cobra.Command, err error) error {
	if unknown, ok := errors.AsType[unknownFlag](err); ok {
		return suggestFlag(c, err, cmp.Or(unknown.GetSpecifiedShortnames(), unknown.GetSpecifiedName()))
	}
	// Its last words are those of package time.
	if text, _, ok := strings.Cut(err.Error(), ": time: "); ok {
		return withHint(errors.New(text+": it is not a duration"), "300ms, 5s and 1h30m are durations")
	}
	if bad, ok := errors.AsType[*strconv.NumError](err); ok {
		why := "it is not a number"
		switch {
		case errors.Is(bad, strconv.ErrRange):
			why = "it is out of range"
		case bad.Func == "ParseBool":
			why = "it is neither true nor false"
		}
		err = errors.New(strings.Replace(err.Error(), bad.Error(), why, 1))
	}
	return withHint(err, seeHelp(c))
}

// unknownFlag is the library's error of that kind.
type unknownFlag interface {
	error
	GetSpecifiedName() string
	GetSpecifiedShortnames() string // -abc: abc
}

// suggestFlag returns the error of an unknown flag with the flag that was meant, or
// the format: --json.
func suggestFlag(c *cobra.Command, err error, name string) error {
	if formats, ok := c.GetFlagCompletionFunc("output"); ok {
		if list, _ := formats(c, nil, ""); slices.Contains(list, name) {
			return didYouMean(err, "-o "+name)
		}
	}
	return suggest(err, name, flagNames(c), "--", seeHelp(c))
}

// flagLine begins a flag in what the library prints as usage. The names are taken
// from there: to name the type of a flag would make that library a dependency.
var flagLine = regexp.MustCompile(`(?m)^ +(?:-\w, )?--([a-z-]+)`)

// flagNames are the flags of a command that are not hidden.
func flagNames(c *cobra.Command) []string {
	var names []string
	for _, m := range flagLine.FindAllStringSubmatch(c.LocalFlags().FlagUsages(), -1) {
		names = append(names, m[1])
	}
	return names
}

// failing remembers that a write failed: cobra does not, of a help text.
type failing struct {
	io.Writer
	err error
}

func (w *failing) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	if err != nil && w.err == nil {
		w.err = err
	}
	return n, err
}
