package cmd

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/spf13/cobra"

	"github.com/zombiectl/zombiectl/diagnose/verdict"
	"github.com/zombiectl/zombiectl/report"
	"github.com/zombiectl/zombiectl/scan"
	"github.com/zombiectl/zombiectl/subreaper"
)

// aboutLooks are the flags of a check that mean nothing when it runs a command.
var aboutLooks = []string{"from", "min-age", "horizon", "max-age", "fail-on", "ignore", "allow-partial", "baseline", "container", "pod", "namespace"}

// checkCommand runs a command and judges the processes that it leaves. The
// command has standard output to itself, so its readers see the same as without
// us.
func checkCommand(c *cobra.Command, s Streams, src *sourceFlags, policy verdict.Policy, out *outputFlags, style report.Style, reportTo string, args []string) error {
	if flag := given(c, aboutLooks...); flag != "" {
		return errors.New(flag + " cannot be used with a command: it is about a look at processes that are there already")
	}
	if len(args) == 0 {
		return withHint(errors.New("no command after --"), "zombiectl check -- make test")
	}
	if err := notNegative(c, "settle"); err != nil {
		return err
	}
	if err := checkFormat(report.Left(nil, verdict.Verdict{}), out.format); err != nil {
		return err
	}
	// A mistake should not cost a run.
	to, done, err := verdictTo(s, reportTo)
	if err != nil {
		return err
	}
	run := exec.Command(args[0], args[1:]...)
	run.Stdin, run.Stdout, run.Stderr = s.In, s.Out, s.Err
	run.WaitDelay = max(src.settle, time.Millisecond)
	if root, err := scan.OpenLive("/"); err == nil {
		sparing(root)
		_ = root.Close()
	}
	left, err := subreaper.Run(run, src.settle)
	if err != nil {
		if e, ok := errors.AsType[*exec.Error](err); ok {
			err = e.Err // the rest is said here
		}
		return fmt.Errorf("running %q: %w", args[0], err)
	}
	v := policy.JudgeLeft(left)
	code := left.ExitCode(v)
	if err := errors.Join(report.Write(to, out.format, report.Left(left, v), style), done()); err != nil {
		if code == exitOK {
			return err
		}
		fmt.Fprintf(s.Err, "zombiectl: error: %s\n", printable(err.Error()))
	}
	return ended(code)
}

func verdictTo(s Streams, name string) (to io.Writer, done func() error, err error) {
	if name == "" {
		return s.Err, func() error { return nil }, nil
	}
	f, err := os.Create(name)
	if err != nil {
		return nil, nil, fmt.Errorf("--report: %w", err)
	}
	return f, f.Close, nil
}
