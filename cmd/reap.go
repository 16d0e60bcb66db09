package cmd

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/reap"
	"github.com/zombiectl/zombiectl/report"
	"github.com/zombiectl/zombiectl/report/doc"
	"github.com/zombiectl/zombiectl/scan"
	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/sys"
)

// exitLeft is the code of reap when zombies are left.
const exitLeft = 1

type reapFlags struct {
	src         sourceFlags
	out         outputFlags
	options     reap.Options
	how         reap.How
	of          int // the PID that was given as the argument; 0: none
	signal      string
	dryRun, yes bool
}

func newReap(s Streams) *cobra.Command {
	var f reapFlags
	c := &cobra.Command{
		Use:   "reap [PID]",
		Short: "Clear zombies: wait for our own, nudge the parents of others",
		Example: `  zombiectl reap                                  # nudge the parents, and see what helped
  zombiectl reap 4711 --dry-run                   # the plan for one zombie, or one parent
  zombiectl reap --all
  zombiectl reap --parent 42 --signal CONT        # a parent that is stopped
  zombiectl reap --parent 42 --terminate-parent   # ends the parent; asks before`,
		Long: `Clear zombies, gently, and report what really became of each.

It waits for zombies that are its own children, and prints the exit status of
each. It has children when it was executed in place of their parent: "exec
zombiectl reap" in a shell, which is gone afterwards. To the parents of others it
sends SIGCHLD where that can help, and again while it does. Where that cannot
help, it says why, and prints the command that would.

With a PID: only that zombie, or only the zombies of that parent.

It changes nothing but that. When more than one container, PID namespace or user
can be seen, it prints the plan and wants a PID, --pid, --parent or --all.

--signal and --terminate-parent are stronger, and are refused where they would
do harm: to PID 1 of a namespace, an ancestor of this program, a container
runtime, a daemon of the node; and, unless --force is given, to a parent that is
stopped (but for SIGCONT), about zombies that have been dead for less than a
minute, and where an ancestor might inherit them that is not known to reap.`,
		Args: oneArg,
		RunE: func(c *cobra.Command, args []string) (err error) {
			if len(args) > 0 {
				if f.of, err = parsePID(c, args[0]); err != nil {
					return err
				}
			}
			return f.run(c, s)
		},
	}
	f.src.addFrom(c)
	fl := c.Flags()
	fl.IntSliceVar(&f.options.PIDs, "pid", nil, "only these zombies")
	fl.IntSliceVar(&f.options.Parents, "parent", nil, "only the zombies of these parents")
	fl.BoolVar(&f.options.All, "all", false, "all that can be seen, though they belong to several containers, PID namespaces or users")
	fl.BoolVar(&f.dryRun, "dry-run", false, "print the plan, and do nothing")
	fl.DurationVar(&f.how.Wait, "wait", time.Second, "how long to look, after a signal, whether it helps; it ends as soon as it does")
	fl.StringVar(&f.signal, "signal", "", "send the parent this signal in place of SIGCHLD (CONT: for a parent that is stopped)")
	fl.BoolVar(&f.options.Terminate, "terminate-parent", false, "end the parent by SIGTERM: the process that inherits its zombies reaps them")
	fl.BoolVar(&f.yes, "yes", false, "do not ask before --signal or --terminate-parent")
	fl.BoolVar(&f.options.Force, "force", false, "also when the parent is stopped, a zombie has been dead for less than a minute, or an ancestor might inherit it")
	fl.BoolVar(&f.how.NoPidfd, "no-pidfd", false, "on kernels before 5.3: send signals by PID; a process that gets the PID in that moment would be hit")
	f.out.add(c, report.Reap(nil))
	return c
}

// check settles the flags before anything is read.
func (f *reapFlags) check(c *cobra.Command) error {
	o := &f.options
	if c.Flags().Changed("signal") {
		n, ok := sys.ParseSignal(f.signal)
		if !ok {
			return withHint(fmt.Errorf("unknown signal %q", f.signal), "give a name or a number: CONT, SIGCONT, 18")
		}
		o.Signal = n
	}
	if err := notNegative(c, "wait"); err != nil {
		return err
	}
	chosen := o.Chosen() || f.of != 0
	switch {
	case f.of != 0 && o.Chosen():
		return errors.New("a PID and --pid or --parent exclude each other")
	case o.All && chosen:
		return errors.New("--all excludes a choice by PID, --pid or --parent")
	case o.Terminate && o.Signal != 0:
		return errors.New("--terminate-parent and --signal exclude each other")
	case o.Stronger() && !chosen:
		return withHint(errors.New("--signal and --terminate-parent need a chosen parent"), "add --parent PID, or --pid ZOMBIE")
	}
	return nil
}

func (f *reapFlags) run(c *cobra.Command, s Streams) error {
	if err := f.check(c); err != nil {
		return err
	}
	o := &f.options
	if o.Stronger() && !f.yes && !f.dryRun && !s.Interactive {
		return withHint(errors.New("there is no terminal to ask on"), "add --yes to go on without being asked, or --dry-run to print the plan")
	}
	style, err := f.out.style(s)
	if err != nil {
		return err
	}
	root, err := f.src.open()
	if err != nil {
		return err
	}
	defer root.Close()
	if !root.Live() && !f.dryRun {
		return withHint(fmt.Errorf("%s is a recording: nothing can be reaped in it", root.Name()), "add --dry-run to print the plan")
	}
	self := os.Getpid()
	look := scan.Options{Settle: f.src.settle}
	if root.Live() {
		// Closer: we, so that we know who is above us and with whom we share what;
		// and who may inherit the zombies of the parents that were chosen.
		o.Self = self
		look.Focus = append([]int{self}, o.Parents...)
		if f.of != 0 {
			look.Focus = append(look.Focus, f.of)
		}
	}
	snap, err := scan.Look(root, look)
	if err != nil {
		return err
	}
	if f.of != 0 {
		f.choose(snap)
	}
	if who, ok := snap.Self.Get(); ok && !root.Live() {
		o.Self = who.PID // the plan is that of who made the recording
	}
	// Every zombie that is there at the second look is meant, however young.
	plan, err := reap.Make(observe.New(snap, observe.Options{}), *o)
	if err != nil {
		return err
	}
	by := doc.Doer{PID: self, UID: os.Getuid()}
	r := &doc.Reap{Diagnosis: plan.Diagnosis, DryRun: f.dryRun, By: by, Unchosen: plan.Unchosen, Steps: plan.Steps}
	var failed error
	if !f.dryRun && plan.Unchosen == "" {
		ctx, stop := untilEnd()
		f.how.Confirm = f.confirm(s)
		f.how.Log = logTo(&r.Actions, s, by, plan.Diagnosis)
		failed = reap.Do(ctx, root, plan, f.how)
		stop() // nothing is to be tidied up any more
	}
	r.ExitCode = f.exitCode(plan, failed)
	if failed == nil {
		if err := report.Write(s.Out, f.out.format, report.Reap(r), style); err != nil {
			return err
		}
	}
	switch {
	case errors.Is(failed, reap.ErrNoPidfd):
		return withHint(failed, "add --no-pidfd to send signals by PID all the same")
	case failed != nil:
		return failed
	case plan.Unchosen != "":
		return withHint(errors.New(plan.Unchosen+": nothing was done"), "choose with a PID, --pid or --parent, or add --all")
	}
	return ended(r.ExitCode)
}

// choose makes the argument a choice: of a zombie, or of a parent.
func (f *reapFlags) choose(s *facts.Snapshot) {
	if q := s.Find(f.of); q == nil || q.State == facts.Zombie {
		f.options.PIDs = []int{f.of}
	} else {
		f.options.Parents = []int{f.of}
	}
}

// exitCode is 0 when no zombie is left, 1 when some are, 3 when nothing could be
// tried, or when there may be more than can be seen.
func (f *reapFlags) exitCode(p *reap.Plan, failed error) int {
	if failed != nil || p.Unchosen != "" {
		return exitNoAnswer
	}
	switch left := p.Left(); {
	case left == 0 && p.Diagnosis.Blind && !f.options.Chosen():
		return exitNoAnswer
	case left == 0:
		return exitOK
	case !f.dryRun && left == p.Zombies() && p.Hindered():
		return exitNoAnswer
	}
	return exitLeft
}

// confirm returns the question before something stronger than a nudge.
func (f *reapFlags) confirm(s Streams) func(*reap.Step) bool {
	in := bufio.NewReader(s.In)
	return func(step *reap.Step) bool {
		if f.yes {
			return true
		}
		p := step.Parent.Process
		fmt.Fprintf(s.Err, "zombiectl: Send %s to %s (PID %d), the parent of %s?", sys.SignalName(step.Signal), printable(observe.CommandOf(p)), p.PID, english.Count(len(step.Zombies), "zombie", "zombies"))
		for i, h := range step.Heirs {
			lead := [...]string{" They may pass to ", " or to "}[min(i, 1)]
			fmt.Fprintf(s.Err, "%sPID %d (%s)", lead, h.Process.PID, printable(h.Process.Comm))
		}
		if len(step.Heirs) > 0 {
			fmt.Fprint(s.Err, ".")
		}
		fmt.Fprint(s.Err, " [y/N] ")
		line, err := in.ReadString('\n')
		answer := strings.ToLower(strings.TrimSpace(line))
		return err == nil && (answer == "y" || answer == "yes")
	}
}

// logTo reports each action on standard error, and keeps it for the report.
func logTo(actions *[]reap.Action, s Streams, by doc.Doer, d *diagnose.Diagnosis) func(reap.Action) {
	return func(a reap.Action) {
		*actions = append(*actions, a)
		fmt.Fprintf(s.Err, "zombiectl: %s\n", by.Line(a, d))
	}
}
