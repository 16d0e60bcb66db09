package cmd

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/report"
)

func newExplain(s Streams) *cobra.Command {
	var list bool
	var src sourceFlags
	var pid int
	say := func(d report.Document) error {
		style := s.plain()
		style.Color = s.colors()
		return report.Write(s.Out, "text", d, style)
	}
	c := &cobra.Command{
		Use:   "explain [RULE or TOPIC]",
		Short: "Say what a rule means, how to confirm it by hand, and how to fix it",
		Long: `Say what a rule means, how to confirm it by hand, and how to fix it.

Without an argument it lists the rules and topics. With --pid, the commands on the
page are those for that zombie or parent.`,
		Example: `  zombiectl explain                     # lists all
  zombiectl explain Z201
  zombiectl explain never-waits
  zombiectl explain Z201 --pid 42       # with the commands for parent 42
  zombiectl explain zombie              # a topic: what a zombie is`,
		SuggestFor: []string{"why", "man", "describe", "rule", "rules", "topic", "topics", "info"},
		Args:       oneArg,
		RunE: func(c *cobra.Command, args []string) error {
			about := c.Flags().Changed("pid")
			switch {
			case list && len(args) > 0:
				return errors.New("--list takes no argument")
			case about && len(args) == 0:
				return withHint(errors.New("--pid needs a rule, and none is given"), "zombiectl explain Z201 --pid "+strconv.Itoa(pid))
			case len(args) == 0:
				return say(report.Catalogue())
			}
			if ids, err := diagnose.ParseRules(args); err == nil {
				r := diagnose.FindRule(ids[0])
				if !about {
					return say(report.Rule(r))
				}
				page, err := src.fillIn(r, pid)
				if err != nil {
					return err
				}
				return say(report.Page(page))
			}
			if t := diagnose.FindTopic(strings.ToLower(args[0])); t != nil {
				if about {
					return errors.New("--pid can be used with a rule, not with a topic")
				}
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
	c.Flags().IntVar(&pid, "pid", 0, "fill this zombie or parent into the commands of the page")
	src.addFrom(c)
	return c
}

// fillIn returns the page of a rule with the commands for one process.
func (f *sourceFlags) fillIn(r *diagnose.Rule, pid int) (string, error) {
	if pid < 1 {
		return "", fmt.Errorf("--pid: %d is not a PID", pid)
	}
	snap, err := f.snapshot(pid)
	if err != nil {
		return "", err
	}
	p := snap.Find(pid)
	if p == nil {
		return "", noProcess(snap, pid)
	}
	zombies := strings.HasPrefix(r.ID, "Z1") || r.ID == "Z311" // what PID is on their pages
	return fillIn(report.Runbook(r), zombies, observe.New(snap, observe.Options{}), p), nil
}
