package cmd

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/sys"
)

// mostCompletions are as many as anybody can choose from.
const mostCompletions = 1000

// choices are the values that a flag or an argument may have, each with a tab and
// its description, in the order in which they are shown. Those behind an empty one
// are shown to who has begun to type.
type choices func(*cobra.Command) []string

// fixed are choices that need no look.
func fixed(values ...string) choices { return func(*cobra.Command) []string { return values } }

// answer answers a shell: with those choices that begin with the typed text.
// most is how many arguments there are; 0: any number.
func answer(list choices, most int) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		const directive = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
		if most > 0 && len(args) >= most {
			return nil, directive
		}
		all := slices.Clone(list(c))
		if i := slices.Index(all, ""); i > 0 && typed == "" {
			all = all[:i]
		}
		all = slices.DeleteFunc(all, func(s string) bool {
			word, _, _ := strings.Cut(s, "\t")
			return word == "" || len(word) < len(typed) || !strings.EqualFold(word[:len(typed)], typed) || slices.Contains(args, word)
		})
		return all[:min(len(all), mostCompletions)], directive
	}
}

// listed completes the last of several values that commas join.
func listed(one cobra.CompletionFunc) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		at := strings.LastIndexByte(typed, ',') + 1
		list, directive := one(c, args, typed[at:])
		for i, s := range list {
			list[i] = typed[:at] + s
		}
		return list, directive
	}
}

// ruleChoices are all rules, each with its title.
func ruleChoices(*cobra.Command) []string {
	var list []string
	for _, r := range diagnose.Rules() {
		list = append(list, r.ID+"\t"+r.Title)
	}
	return list
}

// signalChoices are the signals as people type them, without SIG: those that stop a
// process are refused.
func signalChoices(*cobra.Command) []string {
	var list []string
	for n := 1; n < 32; n++ {
		if n < sys.SIGSTOP || n > sys.SIGTTOU {
			list = append(list, strings.TrimPrefix(sys.SignalName(n), "SIG"))
		}
	}
	return list
}
