package cmd

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zombiectl/zombiectl/english"
)

// settleUsage puts cobra's own commands, and what it says of a mistake on the
// command line, in line with the rest: one error, a hint, and no answer.
func settleUsage(root *cobra.Command) {
	root.Args = subcommand
	root.SuggestionsMinimumDistance = 2
	root.SetFlagErrorFunc(flagError)
	// Both would print their help for anything that they do not know.
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "help":
			c.Run, c.RunE = nil, help
		case "completion":
			c.Args, c.RunE = subcommand, func(c *cobra.Command, _ []string) error { return c.Help() }
			for _, shell := range c.Commands() {
				shell.Args = noArgs
			}
		}
	}
}

// help is "help", and "help COMMAND...".
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
	hint := c.CommandPath() + " --help"
	if c.HasAvailableSubCommands() {
		hint += " lists the commands"
	} else {
		hint = "see " + hint
	}
	if near := c.SuggestionsFor(arg); len(near) > 0 {
		hint = c.CommandPath() + " " + english.Or(near) + "?"
	}
	return withHint(fmt.Errorf("unknown command %q for %q", arg, c.CommandPath()), hint)
}

// oneArg is for a command that takes one argument at most.
func oneArg(c *cobra.Command, args []string) error {
	if len(args) > 1 {
		return withHint(fmt.Errorf("%s takes one argument at most, got %d: %q", c.CommandPath(), len(args), args), "see "+c.CommandPath()+" --help")
	}
	return nil
}

// noArgs is cobra.NoArgs in words that fit a command without subcommands.
func noArgs(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return withHint(fmt.Errorf("%s takes no arguments, got %q", c.CommandPath(), args[0]), "see "+c.CommandPath()+" --help")
	}
	return nil
}

// parsePID returns the PID that an argument is.
func parsePID(c *cobra.Command, arg string) (int, error) {
	pid, err := strconv.Atoi(arg)
	if err != nil || pid < 1 || pid > math.MaxInt32 {
		return 0, withHint(fmt.Errorf("%q is not a PID", arg), "see "+c.CommandPath()+" --help")
	}
	return pid, nil
}

// notNegative refuses a number or a duration below 0. A flag that the command has
// not is none.
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

// flagError says what is wrong with a flag. What strconv says names its own
// functions.
func flagError(c *cobra.Command, err error) error {
	hint := "see " + c.CommandPath() + " --help"
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
	return withHint(err, hint)
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
