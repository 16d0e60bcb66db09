package cmd

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/report"
)

// explained reports whether there is a page of that name: of a rule or a topic.
func explained(name string) bool {
	_, err := diagnose.ParseRules([]string{name})
	return err == nil || diagnose.FindTopic(strings.ToLower(name)) != nil
}

func newExplain(s Streams) *cobra.Command {
	var list bool
	say := func(d report.Document) error { return report.Write(s.Out, "text", d, s.plain()) }
	c := &cobra.Command{
		Use:   "explain [RULE or TOPIC]",
		Short: "Say what a rule means, how to confirm it by hand, and how to fix it",
		Long: `Say what a rule means, how to confirm it by hand, and how to fix it.

Without an argument it lists the rules and topics.`,
		Example: `  zombiectl explain                     # lists all
  zombiectl explain Z201
  zombiectl explain never-waits
  zombiectl explain zombie              # a topic: what a zombie is`,
		SuggestFor: []string{"why", "man", "describe", "rule", "rules", "topic", "topics", "info"},
		Args:       oneArg,
		ValidArgsFunction: firstArg(func(*cobra.Command) []string {
			list := ruleCompletions()
			for _, t := range diagnose.Topics() {
				list = append(list, cobra.CompletionWithDesc(t.Name, t.Title))
			}
			return list
		}),
		RunE: func(_ *cobra.Command, args []string) error {
			if list && len(args) > 0 {
				return errors.New("--list takes no argument")
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
			names := ruleNames()
			for _, t := range diagnose.Topics() {
				names = append(names, t.Name)
			}
			return suggest(fmt.Errorf("no rule or topic is called %q", args[0]), args[0], names, "zombiectl explain ", "\"zombiectl explain\" lists them")
		},
	}
	c.Flags().BoolVar(&list, "list", false, "list the rules and topics")
	return c
}
