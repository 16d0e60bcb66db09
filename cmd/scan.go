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
		Use:   "scan",
		Short: "Report zombies, who does not reap them, why, and what to do",
		Long: `Report zombies, who does not reap them, why, and what to do.

Exits 0 when it could look, whatever it found, and 3 when it could not.
Use "check" for an exit code that tells what was found.`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if src.demo && c.Flags().Changed("from") {
				return errors.New("--demo and --from exclude each other")
			}
			style, err := out.style(s)
			if err != nil {
				return err
			}
			d, err := src.lookSince(c, "since")
			if err != nil {
				return err
			}
			return report.Write(s.Out, out.format, d, style)
		},
	}
	src.add(c)
	src.addMinAge(c)
	src.addHorizon(c)
	c.Flags().BoolVar(&src.demo, "demo", false, "look at the bundled recording: the incident this program was made for, rebuilt with real processes")
	c.Flags().String("since", "", "an earlier recording: say which zombies are new, which were reaped, and who gained")
	out.add(c, report.Formats())
	c.Flags().BoolVar(&out.all, "all", false, "with -o tree: every process, not only what has to do with zombies")
	return c
}
