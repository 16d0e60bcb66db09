package cmd

import (
	"github.com/spf13/cobra"

	"github.com/zombiectl/zombiectl/diagnose"
)

// complete lets a shell complete the values of a flag.
func complete(c *cobra.Command, flag string, values ...string) {
	_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}

// firstArg lets a shell complete the only argument of a command.
func firstArg(list func(*cobra.Command) []string) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return list(c), cobra.ShellCompDirectiveNoFileComp
	}
}

// ruleCompletions are all rules, each with its title.
func ruleCompletions() []string {
	var list []string
	for _, r := range diagnose.Rules() {
		list = append(list, cobra.CompletionWithDesc(r.ID, r.Title))
	}
	return list
}
