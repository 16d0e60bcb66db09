package cmd

import "github.com/spf13/cobra"

// New returns the commands, for the programs that document them: Execute is
// what runs one.
func New(s Streams) *cobra.Command { return newRoot(s) }
