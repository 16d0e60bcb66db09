package cmd

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/scan"
)

func newCapture(s Streams) *cobra.Command {
	var src sourceFlags
	var only []int
	var script bool
	var keep string
	c := &cobra.Command{
		Use:   "capture [DEST]",
		Short: "Record what scan reads, to look at it elsewhere or later",
		Long: `Record what scan reads, to look at it elsewhere or later.

DEST is a directory, a .tar.gz (.tgz, .tar), or - for a .tar.gz on standard output.
Without DEST it makes a directory and prints its name. A recording is safe to send:
environments and memory are never read, and of command lines only the program and
the names of flags are recorded, unless you say --args keep. The diagnosis is the
same.

Where zombiectl is not installed, a shell can look instead. --script prints a script
for any POSIX shell (busybox ash, dash, bash) that needs nothing but the shell and
/proc. It starts no process, so it works where no process can be started any more.
What a shell cannot read stays unknown:

- arguments and the name of the executable: the name of the process, at most 15
  bytes, is left;
- the exact age of zombies that died on another CPU than that of the shell;
- how close users are to their limits;
- the names of containers and pods.`,
		Example: `  zombiectl capture incident.tar.gz
  zombiectl scan --from incident.tar.gz
  kubectl exec web-0 -- sh -c "$(zombiectl capture --script)" | zombiectl scan --from -
  docker exec web sh -c "$(zombiectl capture --script)" | zombiectl scan --from -
  zombiectl capture --script | ssh node7 sh | zombiectl scan --from -`,
		SuggestFor: []string{"record", "dump", "save", "snapshot"},
		Args:       oneArg,
		RunE: func(c *cobra.Command, args []string) error {
			if script {
				if len(args) > 0 || c.Flags().NFlag() > 1 {
					return errors.New("--script only prints a script: it takes no DEST and no other flag")
				}
				_, err := io.WriteString(s.Out, scan.Script())
				return err
			}
			dest := "zombiectl-" + time.Now().UTC().Format("20060102-150405")
			if len(args) > 0 {
				dest = args[0]
			}
			if err := otherArchive(dest); err != nil {
				return err
			}
			if err := choose("--args", keep, argsChoices); err != nil {
				return err
			}
			if dest == "-" && s.Width > 0 {
				return withHint(errors.New("standard output is a terminal, and an archive is not for reading"), "zombiectl capture incident.tar.gz")
			}
			r, err := src.open()
			if err != nil {
				return err
			}
			defer r.Close()
			o := scan.Options{Settle: src.settle, Only: only, AllNamespaces: src.all, Redact: keep == "redact", Progress: &scan.Progress{}}
			stop := func() {}
			if isTerminal(s.Err) {
				stop = showProgress(s.Err, o.Progress, patience)
			}
			done, err := record(s, dest, r, o)
			stop() // before anything else is said there
			if err != nil {
				return err
			}
			fmt.Fprintf(s.Err, "zombiectl: recorded %s in %s, %s\n", english.Count(len(done.Snapshot.Procs), "process", "processes"),
				english.Count(done.Files, "file", "files"), english.Count(int(done.Bytes), "byte", "bytes"))
			arguments := "the values of arguments (--args keep records them), "
			if !o.Redact {
				arguments = ""
			}
			fmt.Fprintf(s.Err, "zombiectl: left out: %senvironments, memory, and all open files except pidfds and signalfds\n", arguments)
			if dest != "-" {
				_, err = fmt.Fprintln(s.Out, dest)
			}
			return err
		},
	}
	src.add(c)
	c.Flags().IntSliceVar(&only, "only", nil, "record only these PIDs, their descendants and their ancestors")
	c.Flags().StringVar(&keep, "args", "redact", "command lines: redact leaves out the values of arguments, keep records them as they are")
	c.Flags().BoolVar(&script, "script", false, "print a shell script that looks where there is no zombiectl; --from reads what it prints")
	return c
}

var argsChoices = []string{"redact", "keep"}

// otherArchive refuses the name of an archive of a kind that we do not write:
// nobody meant a directory of that name.
func otherArchive(dest string) error {
	name := strings.ToLower(dest)
	for _, end := range []string{".zip", ".gz", ".bz2", ".xz", ".zst", ".lz4", ".7z", ".rar", ".tbz", ".tbz2", ".txz", ".tzst"} {
		if strings.HasSuffix(name, end) && !strings.HasSuffix(name, ".tar.gz") {
			return withHint(fmt.Errorf("%s: a recording is a .tar.gz, a .tgz, a .tar or a directory", dest),
				"zombiectl capture "+strings.TrimSuffix(dest[:len(dest)-len(end)], ".tar")+".tar.gz")
		}
	}
	return nil
}

// record writes what dest names: an archive, by its ending, or a directory.
func record(s Streams, dest string, r *scan.Root, o scan.Options) (*scan.Capture, error) {
	tool := "zombiectl " + Version()
	if dest == "-" {
		return scan.CaptureArchive(s.Out, "standard output", true, r, o, tool)
	}
	if !r.Live() { // before there is a file
		return nil, fmt.Errorf("%s is a recording already", r.Name())
	}
	// From before there is a file; one that was there already stays.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, ends()...)
	defer signal.Stop(signals)
	ending := strings.ToLower(dest)
	packed := strings.HasSuffix(ending, ".tar.gz") || strings.HasSuffix(ending, ".tgz")
	if !packed && !strings.HasSuffix(ending, ".tar") {
		dir, err := scan.NewDir(dest)
		if err != nil {
			return nil, err
		}
		defer discardOn(signals, dir.Discard)()
		done, err := scan.CaptureTo(dir, r, o, tool)
		if err != nil {
			return nil, errors.Join(err, dir.Discard())
		}
		return done, nil
	}
	f, err := os.OpenFile(dest, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, err
	}
	discard := func() error { return os.Remove(dest) }
	defer discardOn(signals, discard)()
	done, err := scan.CaptureArchive(f, dest, packed, r, o, tool)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, errors.Join(err, discard())
	}
	return done, nil
}

// discardOn removes an incomplete recording when a signal ends the program, and
// lets the signal do so. The function that it returns stops that.
func discardOn(signals <-chan os.Signal, discard func() error) (stop func()) {
	done := make(chan struct{})
	go func() {
		select {
		case sig := <-signals:
			_ = discard()
			signal.Reset()
			if sig, ok := sig.(syscall.Signal); ok {
				_ = syscall.Kill(os.Getpid(), sig)
			}
		case <-done:
		}
	}()
	return func() { close(done) }
}
