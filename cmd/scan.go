package cmd

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/zombiectl/zombiectl/report"
)

func newScan(s Streams) *cobra.Command {
	var src sourceFlags
	var out outputFlags
	c := &cobra.Command{
		Use:   "scan [PID]",
		Short: "Report zombies: who does not reap them, why, and what to do",
		Long: `Report zombies: who does not reap them, why, and what to do.

With a PID, the answer is about that process: why is this zombie still there, or
does this process reap its children? It shows the chain of its parents too, and
what each of them waits for.

The exit code does not depend on what was found. Use "zombiectl check" where it has
to.`,
		Example: `  zombiectl scan                              # this machine, or this container
  zombiectl scan --demo                       # the bundled incident
  zombiectl scan 1                            # does PID 1 reap?
  zombiectl scan --container web              # one container of this node
  zombiectl scan --from incident.tar.gz       # a recording: see capture
  ps -eo pid,ppid,stat,comm | zombiectl scan --from -
  zombiectl scan -o html > zombies.html       # a page to share`,
		SuggestFor: []string{"ps", "list", "ls", "show", "report", "find", "diagnose", "status", "run"},
		Args:       oneArg,
		RunE: func(c *cobra.Command, args []string) error {
			if src.demo && c.Flags().Changed("from") {
				return errors.New("--demo and --from cannot be used together")
			}
			style, err := out.style(s)
			if err != nil {
				return err
			}
			if len(args) > 0 {
				if c.Flags().Changed("since") {
					return errors.New("--since cannot be used with a PID")
				}
				if src.all || src.filter.Set() {
					return errors.New("--container, --pod, --namespace and --all-namespaces cannot be used with a PID")
				}
				pid, err := parsePID(c, args[0])
				if err != nil {
					return err
				}
				return scanProcess(s, &src, &out, style, pid)
			}
			d, err := src.lookSince(c, "since")
			if err != nil {
				return err
			}
			return report.Write(s.Out, out.format, report.Diagnosis(d), style)
		},
	}
	src.addJudging(c)
	c.Flags().BoolVar(&src.demo, "demo", false, "look at the bundled recording: the incident that this program was made for, rebuilt with real processes")
	c.Flags().String("since", "", "an earlier recording: say which zombies are new, which were reaped, and which parents gained some")
	out.add(c, report.Diagnosis(nil))
	c.Flags().BoolVar(&out.all, "all", false, "with -o tree: every process, not only what has to do with zombies")
	return c
}

func scanProcess(s Streams, src *sourceFlags, out *outputFlags, style report.Style, pid int) error {
	if err := checkFormat(report.Process(nil), out.format); err != nil {
		return err
	}
	if out.all {
		return errors.New("--all cannot be used with a PID")
	}
	v, err := src.inspect(pid)
	if err != nil {
		return err
	}
	return report.Write(s.Out, out.format, report.Process(v), style)
}
