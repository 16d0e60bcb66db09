package cmd

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/zombiectl/zombiectl/pid1"
)

// newInit is for the list of commands and for "help init". An init itself is
// started by main, before there is any of this.
func newInit(s Streams) *cobra.Command {
	c := &cobra.Command{
		Use:                "init [options] [--] PROGRAM [ARGUMENTS]",
		Short:              "Be PID 1: run a program, forward signals to it, and reap orphans",
		DisableFlagParsing: true,
		RunE: func(_ *cobra.Command, args []string) error {
			return ended(pid1.Run(append([]string{"zombiectl", "init"}, args...), Version))
		},
	}
	c.SetHelpFunc(func(*cobra.Command, []string) {
		_, _ = io.WriteString(s.Out, pid1.FullHelp()) // cobra's help drops errors
	})
	return c
}
