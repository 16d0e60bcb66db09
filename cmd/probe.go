package cmd

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/reap"
	"github.com/zombiectl/zombiectl/report"
	"github.com/zombiectl/zombiectl/report/doc"
	"github.com/zombiectl/zombiectl/scan"
)

// orphanCommand is what probe executes to make its orphan.
const orphanCommand = "probe-orphan"

func newProbe(s Streams) *cobra.Command {
	var out outputFlags
	var timeout time.Duration
	var force bool
	c := &cobra.Command{
		Use:   "probe",
		Short: "Prove by experiment whether PID 1 here reaps orphans",
		Long: `Prove by experiment whether PID 1 here reaps orphans, or the nearest subreaper
where there is one.

It makes one orphan, which says who adopted it and exits with 0, and waits until
that orphan is really gone. If nobody reaps it, that one zombie stays for as long as
its adopter runs, under the name zombiectl-probe: one probe, one zombie.

It also says whether PID 1 acts on SIGTERM. It reads that; it sends nothing.

Where PID 1 is known to reap with side effects (Z309), it refuses without --force.`,
		Example: `  zombiectl probe
  kubectl exec web-0 -- zombiectl probe
  docker exec web zombiectl probe -o json`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			if timeout <= 0 {
				return errors.New("--timeout is not above 0")
			}
			style, err := out.style(s)
			if err != nil {
				return err
			}
			return probe(s, &out, style, timeout, force)
		},
	}
	c.Flags().DurationVar(&timeout, "timeout", 2*time.Second, "an orphan that is still there so long after it exited is not reaped")
	c.Flags().BoolVar(&force, "force", false, "also where PID 1 is known to reap with side effects")
	out.add(c, report.Probe(nil))
	return c
}

func probe(s Streams, out *outputFlags, style report.Style, timeout time.Duration, force bool) error {
	root, err := scan.Open("/")
	if err != nil {
		return err
	}
	defer root.Close()
	snap, err := scan.Look(sparing(root), scan.Options{Settle: scan.DefaultSettle})
	if err != nil {
		return err
	}
	d := diagnose.Diagnose(snap, diagnose.Options{})
	if why := reap.Hazard(snap); why != "" && !force {
		return withHint(fmt.Errorf("nothing was tried: %s", why), "zombiectl probe --force tries it all the same")
	}
	v := &doc.Probe{Diagnosis: d, By: doc.Doer{PID: os.Getpid(), UID: os.Getuid()}, Timeout: timeout}
	ctx, stop := untilEnd()
	defer stop()
	p, err := reap.RunProbe(ctx, root, reap.ProbeOptions{
		Timeout: timeout, Command: []string{"/proc/self/exe", orphanCommand},
		Log: logTo(&v.Actions, s, v.By, d),
	})
	stop() // nothing is to be tidied up any more
	if err != nil {
		return err
	}
	v.Reaps, v.Why, v.Orphan, v.Left, v.Took = p.Reaps, p.Why, p.Orphan, p.Left, p.Took
	v.Adopter, v.Comm, v.Subreaper = p.Adopter, p.Comm, p.Subreaper()
	for i := range d.Namespaces {
		if d.Namespaces[i].Ours {
			v.PID1 = d.Namespaces[i].PID1
		}
	}
	v.ExitCode = map[diagnose.Answer]int{diagnose.Yes: exitOK, diagnose.No: exitLeft, diagnose.Unknown: exitNoAnswer}[p.Reaps]
	if err := report.Write(s.Out, out.format, report.Probe(v), style); err != nil {
		return err
	}
	return ended(v.ExitCode)
}

// newOrphan is the command behind orphanCommand. Nobody types it.
func newOrphan() *cobra.Command {
	return &cobra.Command{
		Use: orphanCommand, Hidden: true, DisableFlagParsing: true,
		RunE: func(_ *cobra.Command, args []string) error { return reap.Orphan(args) },
	}
}
