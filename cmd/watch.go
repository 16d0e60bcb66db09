package cmd

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/zombiectl/zombiectl/cmd/watchview"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report"
	"github.com/zombiectl/zombiectl/scan"
)

func newWatch(s Streams) *cobra.Command {
	var src sourceFlags
	var out outputFlags
	var thresholds policyFlags
	var flags watchFlags
	c := &cobra.Command{
		Use:   "watch",
		Short: "Look again and again: who leaks, how fast, and when the limits will be reached",
		Example: `  zombiectl watch
  zombiectl watch --for 1h --max-zombies 10   # with a verdict at the end
  zombiectl watch --until leak
  zombiectl watch --interval 10s -o json > changes.jsonl`,
		Long: `Look again and again: who leaks, how fast, and when the limits will be reached.

On a terminal it fills the screen and is used like htop: ? shows the keys, Enter
says why a parent does not reap, and q leaves the last verdict on the screen.
Elsewhere, in the background, and without a terminal as its input each change is
a line, with -o json an object, and with -o yaml a document of a stream.
Between full looks it reads only what can have changed.

With --for it ends with the exit codes of "check", for what came since it
began: 0 nothing that counts, 1 warning, 2 critical, 3 no answer. A signal ends
it before, with the answer for the time until then. This test in CI fails when
there was a leak; otherwise it exits as the tests do:

  zombiectl watch --for 1h & tests=0
  ./integration-tests || tests=$?
  kill $!; wait $! || exit
  exit $tests

--until leak ends with 1 as soon as a parent leaks. --until clean ends with 0 as
soon as no zombie is left, and with 1 if that does not happen. Without any of
these flags the watch runs until it is told to end, and exits 0.`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := flags.check(); err != nil {
				return err
			}
			if flag := given(c, thresholdFlags...); flag != "" && !flags.asked() {
				return withHint(fmt.Errorf("%s is for the verdict at the end, and none was asked for", flag), "add --for or --until")
			}
			policy, err := thresholds.policy(c)
			if err != nil {
				return err
			}
			style, err := out.style(s)
			if err != nil {
				return err
			}
			r, err := src.open()
			if err != nil {
				return err
			}
			defer r.Close()
			w := &watcher{s: s, flags: flags, src: &src, policy: policy, style: style, format: out.format}
			if w.scan, err = scan.NewWatch(r, src.scanOptions()); err != nil {
				return withHint(err, "\"zombiectl scan --from\" looks at recordings")
			}
			defer w.scan.Close()
			switch err := w.run(); {
			case !errors.Is(err, errUnread):
				return err
			case flags.asked():
				return exitCode(exitNoAnswer)
			}
			return nil
		},
	}
	src.addJudging(c)
	thresholds.add(c)
	c.Flags().DurationVar(&flags.interval, "interval", 2*time.Second, "the time between looks")
	c.Flags().DurationVar(&flags.length, "for", 0, "how long to watch; 0: until it is told to end")
	c.Flags().StringVar(&flags.until, "until", "", "end before: leak (exit code 1), or clean (0)")
	c.Flags().StringVar(&flags.sort, "sort", "net", "order on a terminal: "+english.Or(watchview.Sorts()))
	out.add(c, report.Watch(nil))
	return c
}
