package cmd

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/report"
)

func newExplain(s Streams) *cobra.Command {
	var list bool
	say := func(d report.Document) error { return report.Write(s.Out, "text", d, s.plain()) }
	c := &cobra.Command{
		Use:   "explain [RULE or TOPIC]",
		Short: "Say what a rule means, how to confirm it by hand, and how to fix it",
		Long: `Say what a rule means, how to confirm it by hand, and how to fix it.
Without an argument, or with --list: list the rules and topics.`,
		Args: oneArg,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var names []string
			for _, r := range diagnose.Rules() {
				names = append(names, r.ID+"\t"+r.Title)
			}
			for _, t := range diagnose.Topics() {
				names = append(names, t.Name+"\t"+t.Title)
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if list && len(args) > 0 {
				return errors.New("--list takes no rule or topic")
			}
			if len(args) == 0 {
				return say(report.Catalogue())
			}
			if ids, err := diagnose.ParseRules(args); err == nil {
				return say(report.Rule(diagnose.FindRule(ids[0])))
			}
			if t := diagnose.FindTopic(strings.ToLower(args[0])); t != nil {
				return say(report.Topic(t))
			}
			return withHint(fmt.Errorf("no rule or topic %q", args[0]), "\"zombiectl explain\" lists them")
		},
	}
	c.Flags().BoolVar(&list, "list", false, "list the rules and topics")
	return c
}
