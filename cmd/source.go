package cmd

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/fixtures"
	"github.com/zombiectl/zombiectl/scan"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// sourceFlags are the flags of every command that looks.
type sourceFlags struct {
	from    string
	demo    bool
	settle  time.Duration
	minAge  time.Duration
	horizon time.Duration
	command *cobra.Command // that has them
	all     bool           // namespaces
	filter  diagnose.Filter
}

func (f *sourceFlags) add(c *cobra.Command) {
	f.addFrom(c)
	c.Flags().BoolVar(&f.all, "all-namespaces", false, "judge the PID 1 of every PID namespace, also of those without zombies")
}

func (f *sourceFlags) addFrom(c *cobra.Command) {
	c.Flags().StringVar(&f.from, "from", "/", "what to look at: a root directory or its proc directory, live or recorded; a .tar or .tar.gz of one; the output of ps, of top -b, or of the script that capture --script prints; - for one of these on standard input")
	c.Flags().DurationVar(&f.settle, "settle", scan.DefaultSettle,
		"look again at zombies and their parents after this long, before any parent is blamed; 0: one look only")
	f.command = c
}

// addJudging is add, for the commands that judge.
func (f *sourceFlags) addJudging(c *cobra.Command) {
	f.add(c)
	c.Flags().DurationVar(&f.minAge, "min-age", diagnose.DefaultMinAge, "zombies known to be younger do not count: their parent may be about to reap them")
	c.Flags().DurationVar(&f.horizon, "horizon", diagnose.DefaultHorizon, "a limit on processes that zombies will reach within this time is critical (Z402); 0: do not predict")
	c.Flags().StringVar(&f.filter.Container, "container", "", "only this container: its name, or at least the first 6 digits of its ID")
	c.Flags().StringVar(&f.filter.Pod, "pod", "", "only this pod: its name, or the first digits of its UID")
	c.Flags().StringVar(&f.filter.Namespace, "namespace", "", "only pods in this Kubernetes namespace")
}

func (f *sourceFlags) open() (*scan.Root, error) {
	if err := notNegative(f.command, "settle", "min-age", "horizon"); err != nil {
		return nil, err
	}
	if f.demo {
		return scan.OpenFS(fixtures.Demo(), "the bundled incident")
	}
	var r *scan.Root
	var err error
	if f.from == "-" {
		r, err = scan.OpenReader(f.command.InOrStdin(), "standard input")
	} else {
		r, err = scan.Open(f.from)
	}
	if errors.Is(err, fs.ErrPermission) {
		return nil, withHint(err, "run zombiectl as root, or as the owner of that file")
	}
	if err != nil {
		return nil, withHint(err, "--from takes a root directory, its proc directory, a recording that \"zombiectl capture\" wrote (also as .tar or .tar.gz), or the output of ps")
	}
	return sparing(r), nil
}

// sparing makes this program do with one processor where few PIDs are left to
// it: each thread takes one, and a Go program that cannot have another thread
// crashes.
func sparing(r *scan.Root) *scan.Root {
	if r.FewPIDs() {
		runtime.GOMAXPROCS(1)
	}
	return r
}

func (f *sourceFlags) look() (*diagnose.Diagnosis, error) {
	d, err := f.lookAny()
	if err == nil && f.filter.Set() && !d.Matched {
		return nil, f.noMatch()
	}
	return d, err
}

// lookAny is look, where the filter may match nothing.
func (f *sourceFlags) lookAny() (*diagnose.Diagnosis, error) {
	s, err := f.snapshot()
	if err != nil {
		return nil, err
	}
	return diagnose.Diagnose(s, f.options()), nil
}

// noMatch: a container without zombies is to be found too, else a mistyped name
// would look like a clean one.
func (f *sourceFlags) noMatch() error {
	return withHint(fmt.Errorf("no process here is known to be in %s", phrase.Filter(f.filter)),
		"\"zombiectl scan --all-namespaces\" lists the containers here; only root on the node can read their names")
}

// inspect looks at one process and those above it.
func (f *sourceFlags) inspect(pid int) (*diagnose.Process, error) {
	s, err := f.snapshot(pid)
	if err != nil {
		return nil, err
	}
	if v := diagnose.Inspect(s, pid, f.options()); v != nil {
		return v, nil
	}
	return nil, noProcess(s, pid)
}

// noProcess is the error when nothing is known about a process.
func noProcess(s *facts.Snapshot, pid int) error {
	for _, u := range s.Unread {
		if u.File == fmt.Sprintf("proc/%d/stat", pid) {
			return fmt.Errorf("process %d could not be read: /%s: %s", pid, u.File, u.Reason)
		}
	}
	err := fmt.Errorf("no process has PID %d", pid)
	if s.Source.Path != "/" {
		err = fmt.Errorf("%s: %w", s.Source.Path, err)
	}
	if m, ok := s.Mount.Get(); ok && m.HidePID != "" {
		return withHint(err, "/proc is mounted with hidepid="+m.HidePID+": root with CAP_SYS_PTRACE sees all processes")
	}
	return err
}

func (f *sourceFlags) snapshot(focus ...int) (*facts.Snapshot, error) {
	r, err := f.open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var progress scan.Progress
	if w := f.command.ErrOrStderr(); isTerminal(w) {
		defer showProgress(w, &progress, patience)()
	}
	o := f.scanOptions(focus...)
	o.Progress = &progress
	return scan.Look(r, o)
}

func (f *sourceFlags) scanOptions(focus ...int) scan.Options {
	return scan.Options{Settle: f.settle, Focus: focus, AllNamespaces: f.all || f.filter.Set()}
}

func (f *sourceFlags) options() diagnose.Options {
	return diagnose.Options{MinAge: f.minAge, Horizon: f.horizon, AllNamespaces: f.all || f.filter.Set(), Filter: f.filter}
}

// lookSince is look, and a comparison with the earlier recording that a flag
// names, if it does. That is read first: it may be none. The filter need match
// nothing in it: containers without zombies are not recorded.
func (f *sourceFlags) lookSince(c *cobra.Command, flag string) (*diagnose.Diagnosis, error) {
	if !c.Flags().Changed(flag) {
		return f.look()
	}
	earlier := *f
	earlier.from, earlier.demo = c.Flags().Lookup(flag).Value.String(), false
	flag = "--" + flag
	switch earlier.from {
	case "":
		return nil, errors.New(flag + " is empty: it takes a recording")
	case "-":
		if f.from == "-" {
			return nil, fmt.Errorf("--from and %s are both -, but there is only one standard input", flag)
		}
	}
	then, err := earlier.lookAny()
	if err != nil {
		return nil, withHint(fmt.Errorf("%s: %w", flag, err), flag+" takes a recording that \"zombiectl capture\" wrote")
	}
	d, err := f.look()
	if err != nil {
		return nil, err
	}
	if d.Since, err = diagnose.Compare(then, d); err != nil {
		return nil, withHint(fmt.Errorf("%s: %s: %w", flag, earlier.from, err), "compare with a recording of the same container or machine; a new pod or container has none of the old zombies: record it now, and compare with that later")
	}
	return d, nil
}
