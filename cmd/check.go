package cmd

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/verdict"
	"github.com/zombiectl/zombiectl/report"
)

// policyFlags are the thresholds of a check, some of them as text still.
type policyFlags struct {
	verdict.Policy
	warning, critical string
	failOn, ignore    []string
}

func (f *policyFlags) add(c *cobra.Command) {
	fl := c.Flags()
	fl.IntVar(&f.MaxZombies, "max-zombies", 0, "more zombies than this are a warning")
	fl.DurationVar(&f.MaxAge, "max-age", 0, "a zombie that has been dead for longer than this is a warning, however few there are; 0: any age")
	fl.StringVar(&f.warning, "warning", "", "range of the number of zombies, instead of --max-zombies (5, 10:, ~:5, @1:5)")
	fl.StringVar(&f.critical, "critical", "", "range of the number of zombies that is critical")
	fl.StringSliceVar(&f.failOn, "fail-on", nil, "rules that count as a warning, whatever their severity (Z302,Z303)")
	fl.StringSliceVar(&f.ignore, "ignore", nil, "rules that do not count; the zombies that they are about do not count either")
	fl.BoolVar(&f.AllowPartial, "allow-partial", false, "pass also when not every process could be seen (Z901)")
}

// thresholdFlags are those that policyFlags adds.
var thresholdFlags = []string{"max-zombies", "max-age", "warning", "critical", "fail-on", "ignore", "allow-partial"}

func (f *policyFlags) policy(c *cobra.Command) (verdict.Policy, error) {
	p := f.Policy
	if err := notNegative(c, "max-zombies", "max-orphans", "max-age"); err != nil {
		return p, err
	}
	if f.warning != "" && c.Flags().Changed("max-zombies") {
		return p, errors.New("--max-zombies and --warning cannot be used together")
	}
	var err error
	for _, r := range []struct {
		flag, text string
		to         **verdict.Range
	}{{"--warning", f.warning, &p.Warning}, {"--critical", f.critical, &p.Critical}} {
		if !c.Flags().Changed(r.flag[2:]) {
			continue
		}
		if *r.to, err = verdict.ParseRange(r.text); err != nil {
			return p, fmt.Errorf("%s: %w", r.flag, err)
		}
	}
	if p.FailOn, err = parseRules("--fail-on", f.failOn); err != nil {
		return p, err
	}
	p.Ignore, err = parseRules("--ignore", f.ignore)
	return p, err
}

// parseRules returns the ids of the rules that a flag names.
func parseRules(flag string, list []string) ([]string, error) {
	ids, err := diagnose.ParseRules(list)
	if err == nil {
		return ids, nil
	}
	err = fmt.Errorf("%s: %w", flag, err)
	for _, name := range list {
		if _, unknown := diagnose.ParseRules([]string{name}); unknown != nil {
			return nil, suggest(err, name, ruleNames(), flag+" ", "\"zombiectl explain\" lists the rules")
		}
	}
	return nil, err
}

// ruleNames are the ids and the names of all rules.
func ruleNames() []string {
	var names []string
	for _, r := range diagnose.Rules() {
		names = append(names, r.ID, r.Name)
	}
	return names
}

func newCheck(s Streams) *cobra.Command {
	var src sourceFlags
	var out outputFlags
	var thresholds policyFlags
	var reportTo string
	c := &cobra.Command{
		Use:   "check [flags] [-- COMMAND [ARG...]]",
		Short: "Hold the diagnosis against thresholds: for CI and monitors",
		Long: `Hold the diagnosis against thresholds: for CI and monitors.

With a command, it runs the command, passes its output and signals on, and judges
the children that the command leaves behind: zombies and running orphans. The
verdict goes to standard error. When the command fails, its exit code is the answer;
otherwise that of the check is. Running orphans are left alone.`,
		Example: `  zombiectl check                                  # any zombie is a warning
  zombiectl check --max-zombies 10 --critical 100
  zombiectl check --max-age 1h --ignore Z105
  zombiectl check --baseline before.tar.gz         # only what is new since then
  zombiectl check -- make test                     # does this command leave children behind?
  zombiectl check -o junit > zombies.xml`,
		SuggestFor:            []string{"test", "verify", "assert", "alert"},
		DisableFlagsInUseLine: true,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 && c.ArgsLenAtDash() != 0 {
				return withHint(fmt.Errorf("%s takes no arguments, got %q", c.CommandPath(), args[0]), "a command comes after --: zombiectl check -- "+args[0])
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			policy, err := thresholds.policy(c)
			if err != nil {
				return err
			}
			style, err := out.style(s)
			if err != nil {
				return err
			}
			if c.ArgsLenAtDash() == 0 {
				return checkCommand(c, s, &src, policy, &out, style, reportTo, args)
			}
			if flag := given(c, "max-orphans", "report"); flag != "" {
				return errors.New(flag + " can only be used with a command")
			}
			d, err := src.lookSince(c, "baseline")
			if err != nil {
				return err
			}
			v := policy.Judge(d)
			if err := report.Write(s.Out, out.format, report.Check(d, v), style); err != nil {
				return err
			}
			return ended(v.ExitCode)
		},
	}
	src.addJudging(c)
	thresholds.add(c)
	c.Flags().IntVar(&thresholds.MaxOrphans, "max-orphans", 0, "with a command: more running processes than this, left by it, are a warning")
	c.Flags().String("baseline", "", "an earlier recording: only zombies and findings that are new since then count")
	c.Flags().StringVar(&reportTo, "report", "", "with a command: write the verdict to this file instead of standard error")
	out.add(c, report.Check(nil, verdict.Verdict{}))
	return c
}
