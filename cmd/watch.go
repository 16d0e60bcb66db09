package cmd

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/verdict"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report"
	"github.com/zombiectl/zombiectl/report/doc"
	"github.com/zombiectl/zombiectl/report/textpage"
	"github.com/zombiectl/zombiectl/scan"
	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/sys"
)

// watchFlags say how long to watch, and how often to look.
type watchFlags struct {
	interval, length time.Duration
	until, sort      string
}

// The ends that --until knows.
const (
	untilLeak  = "leak"
	untilClean = "clean"
)

func (f *watchFlags) check() error {
	switch {
	case f.interval <= 0:
		return errors.New("--interval is not above 0")
	case f.length < 0:
		return errors.New("--for is negative")
	case f.until != "" && f.until != untilLeak && f.until != untilClean:
		return fmt.Errorf("unknown --until %q: choose %s or %s", f.until, untilLeak, untilClean)
	case !slices.Contains(textpage.Sorts(), f.sort):
		return fmt.Errorf("unknown --sort %q: choose %s", f.sort, english.Or(textpage.Sorts()))
	}
	return nil
}

// asked reports whether there is to be a verdict at the end.
func (f *watchFlags) asked() bool { return f.length > 0 || f.until != "" }

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
		Long: `Look again and again: who leaks, how fast, and until when it lasts.

On a terminal it fills the screen; elsewhere, in the background and without a
terminal as its input, each change is a line, with -o json an object, and with
-o yaml a document of a stream.
Between full looks it reads only what can have changed.

With --for it ends with the exit codes of "check", for what came since it
began: 0 nothing that counts, 1 warning, 2 critical, 3 no answer. A test in CI,
which fails when there is a leak, or else as the tests do:

  zombiectl watch --for 1h & tests=0
  ./integration-tests || tests=$?
  kill $!; wait $! || exit
  exit $tests

It then ends at the signal, with the answer for the time until then.
--until leak ends with 1 as soon as somebody leaks, --until clean with 0 as
soon as no zombie is left; if that does not come to pass, --until clean ends
with 1. Without any of these it ends with 0 when it is told to.`,
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
	c.Flags().StringVar(&flags.sort, "sort", "net", "order on a terminal: "+english.Or(textpage.Sorts()))
	out.add(c, report.Watch(nil))
	return c
}

type watcher struct {
	s      Streams
	flags  watchFlags
	src    *sourceFlags
	policy verdict.Policy
	style  report.Style
	format string
	scan   *scan.Watch
	screen *fullScreen // nil: not on a terminal

	terminal io.Writer // where screen is shown

	view     doc.Watch
	events   []string // the latest, for the screen
	fullAt   time.Time
	fullCost time.Duration // CPU time of a full look
	noted    string
}

// How often everything is read, what pidfds do not tell included. However much
// that costs, it shall be no more than 2 % of a CPU.
const (
	fullEvery = 30 * time.Second
	fullShare = 50
	// bluntShare bounds the cost where every look is a full one: 5 %.
	bluntShare = 20
	maxEvents  = 200
)

func (w *watcher) run() error {
	// It allocates the same things again and again, and has time: memory that
	// stays small is worth more than speed here.
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, append(ends(), unix.SIGQUIT, unix.SIGCHLD, unix.SIGWINCH, unix.SIGTSTP, unix.SIGCONT)...)
	defer signal.Stop(signals)
	ended, stop := untilEnd(unix.SIGQUIT)
	defer stop()
	// One that nobody reads any more shall not keep it from ending.
	w.terminal = w.s.Out
	w.s.Out = &endable{Writer: w.s.Out, ctx: ended, patient: farewell}

	w.view.Interval = w.flags.interval
	began := time.Now()
	if err := w.look(true); err != nil {
		return err
	}
	var keys <-chan byte
	if w.s.Width > 0 && w.format == "text" && w.s.Getenv("TERM") != "dumb" && ours() {
		w.screen = &fullScreen{out: w.s.Out}
		keys = w.screen.read()
		defer w.screen.leave()
	}
	if err := w.show(); err != nil {
		return err
	}
	for next := began.Add(w.view.Interval); ; {
		if w.reached() || w.flags.length > 0 && time.Since(began) >= w.flags.length {
			return w.end()
		}
		at := next
		if end := began.Add(w.flags.length); w.flags.length > 0 && end.Before(at) {
			at = end
		}
		select {
		case <-time.After(time.Until(at)):
			if at != next {
				continue // the time is up: the last look comes at the end
			}
			if err := w.look(time.Since(w.fullAt) >= max(fullEvery, fullShare*w.fullCost)); err != nil {
				return err
			}
			if err := w.show(); err != nil {
				return err
			}
			// Counted from the end when a look took longer than the interval.
			if next = next.Add(w.view.Interval); next.Before(time.Now()) {
				next = time.Now().Add(w.view.Interval)
			}
		case sig := <-signals:
			if end, err := w.signal(sig); end || err != nil {
				return errors.Join(err, w.end())
			}
		case k := <-keys:
			if k == 'q' || k == 'Q' {
				return w.end()
			}
			if sorts := textpage.Sorts(); k == 's' || k == 'S' {
				w.flags.sort = sorts[(slices.Index(sorts, w.flags.sort)+1)%len(sorts)]
			}
			if err := w.redraw(); err != nil {
				return err
			}
		}
	}
}

// signal does what a signal asks for, and reports whether to end.
func (w *watcher) signal(sig os.Signal) (end bool, err error) {
	switch sig {
	case unix.SIGCHLD:
		sys.ReapAdopted()
	case unix.SIGWINCH:
		return false, w.redraw()
	case unix.SIGTSTP:
		w.screen.leave()
		return false, stop()
	case unix.SIGCONT:
		// Whoever stopped us had the terminal meanwhile, and may have it still.
		w.screen.leave()
		return false, w.redraw()
	default:
		return true, nil
	}
	return false, nil
}

func (w *watcher) look(full bool) error {
	// We have no children of our own: these were given to us. To watch for who
	// does not reap without reaping would not do.
	sys.ReapAdopted()
	before, wasSharp := cpuTime(), w.scan.Blunt() == nil
	take := w.scan.Quick
	if full {
		take = w.scan.Full
	}
	s, err := take()
	if err != nil {
		return err
	}
	d := diagnose.Diagnose(s, w.src.options())
	w.view.Full = full
	if w.view.Tally == nil {
		if w.src.filter.Set() && !d.Matched {
			return w.src.noMatch()
		}
		w.view.Tally = diagnose.NewTally(d)
	} else if w.view.Step, err = w.view.Tally.Add(d); err != nil {
		return err
	}
	cost := cpuTime() - before
	if full {
		w.fullAt, w.fullCost = time.Now(), cost
	}
	w.adjust(cost, full, wasSharp)
	return nil
}

// adjust keeps the cost bounded where there is no cheap way to look.
func (w *watcher) adjust(cost time.Duration, full, wasSharp bool) {
	w.view.Interval, w.view.Note = w.flags.interval, ""
	blunt := w.scan.Blunt()
	if blunt != nil {
		if least := bluntShare * cost; least > w.flags.interval {
			const step = 100 * time.Millisecond
			w.view.Interval = (least + step - 1).Truncate(step)
			w.view.Note = fmt.Sprintf("looks every %s and not every %s, to cost no more than 5 %% of a CPU: every process has to be read, because %v",
				w.view.Interval, w.flags.interval, blunt)
		}
	}
	if !full && (wasSharp || blunt != nil) {
		share := float64(cost) / float64(w.view.Interval)
		if was, ok := w.view.Cost.Get(); ok {
			share = was + (share-was)/8 // one look is noise
		}
		w.view.Cost = facts.Some(share)
	}
}

// cpuTime is what we have used until now, of all CPUs.
func cpuTime() time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func (w *watcher) show() error {
	if w.view.Note != "" && w.noted == "" && w.screen == nil {
		s := w.s
		fmt.Fprintf(s.Err, "zombiectl: %s\n", printable(w.view.Note))
	}
	w.noted = w.view.Note
	if w.screen != nil {
		stamp := time.Now().UTC().Format(time.TimeOnly) + " "
		for _, l := range w.view.Changes() {
			w.events = append(w.events, stamp+l)
		}
		w.events = w.events[max(0, len(w.events)-maxEvents):]
		return w.redraw()
	}
	if w.view.Step != nil && len(w.view.Changes()) == 0 {
		return nil
	}
	return w.write()
}

func (w *watcher) write() error {
	return report.Write(w.s.Out, w.format, report.Watch(&w.view), w.style)
}

func (w *watcher) redraw() error {
	if w.screen == nil || !ours() || !takes(w.terminal) { // the next one shows the same
		return nil
	}
	if !w.screen.on {
		w.screen.enter()
	}
	width, height := w.screen.size()
	style := w.style
	style.Width = width
	lines, err := textpage.Screen(&w.view, style, height, w.flags.sort, w.events)
	if err != nil {
		return err
	}
	return w.screen.draw(lines)
}

// reached reports whether what was waited for has come.
func (w *watcher) reached() bool {
	switch w.flags.until {
	case untilLeak:
		return w.view.Tally.Leaks()
	case untilClean:
		d := w.view.Tally.Last
		return len(d.Zombies) == 0 && !d.Blind
	}
	return false
}

// end takes a last look, says what it found where that was asked for, and
// gives the exit code.
func (w *watcher) end() error {
	reached := w.reached()
	w.screen.leave()
	w.screen = nil
	if !w.flags.asked() {
		return nil
	}
	if err := w.look(true); err != nil {
		return err
	}
	v, err := w.policy.JudgeTally(w.view.Tally)
	if err != nil {
		return err
	}
	w.until(&v, reached)
	w.view.Verdict = &v
	if w.format == "text" {
		err = errors.Join(w.show(), report.Write(w.s.Out, "text", report.Check(w.view.Tally.Last, v), w.style))
	} else {
		err = w.write()
	}
	if err != nil {
		return err
	}
	return ended(v.ExitCode)
}

// until makes what was waited for part of the verdict.
func (w *watcher) until(v *verdict.Verdict, reached bool) {
	fail := func(text string) {
		if v.ExitCode == exitOK || v.ExitCode == exitNoAnswer {
			v.Status, v.ExitCode = "WARNING", 1
		}
		v.Reasons = append([]verdict.Reason{{Severity: diagnose.Warning, Text: text}}, v.Reasons...)
	}
	switch {
	case w.flags.until == untilLeak && reached:
		for _, e := range w.view.Tally.Tracks() {
			if e.Leak && e.Now > 0 {
				fail(fmt.Sprintf("%s (PID %d) leaks: %s", e.Comm, e.PID, e.Leaking()))
			}
		}
		if v.ExitCode == exitOK {
			fail("somebody leaked")
		}
	case w.flags.until == untilClean && !reached:
		n := len(w.view.Tally.Last.Zombies)
		fail(fmt.Sprintf("%s %s left", english.Count(n, "zombie", "zombies"), english.Agree(n, "is", "are")))
	}
}
