package cmd

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/zombiectl/zombiectl/scan"
)

func newCapture(s Streams) *cobra.Command {
	var src sourceFlags
	var only []int
	var script bool
	c := &cobra.Command{
		Use:   "capture [DIR]",
		Short: "Record what scan reads, to look at it elsewhere or later",
		Long: `Record what scan reads, to look at it elsewhere or later:

  zombiectl capture DIR
  zombiectl scan --from DIR

Prints the name of the directory. Environments and memory are never read;
command lines are recorded as they are.

Where there is no zombiectl, a shell can look instead:

  kubectl exec POD -- sh -c "$(zombiectl capture --script)" | zombiectl scan --from -
  docker exec CONTAINER sh -c "$(zombiectl capture --script)" | zombiectl scan --from -
  zombiectl capture --script | ssh HOST sh | zombiectl scan --from -

--script prints a script for any POSIX shell (busybox ash, dash, bash) that
needs nothing but the shell and /proc. It starts no process, so it works where
none can be started any more. What a shell cannot read is unknown then:
arguments and the name of the executable (of processes the name of at most 15
bytes is left); the age of zombies that died on another CPU than the shell ran
on, but for bounds; how close users are to their limits; and the names of
containers and pods.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if script {
				if len(args) > 0 || c.Flags().NFlag() > 1 {
					return errors.New("--script prints a script and records nothing: it goes with nothing else")
				}
				_, err := io.WriteString(s.Out, scan.Script())
				return err
			}
			dir := "zombiectl-" + time.Now().UTC().Format("20060102-150405")
			if len(args) > 0 {
				dir = args[0]
			}
			r, err := src.open()
			if err != nil {
				return err
			}
			defer r.Close()
			done, err := scan.CaptureTo(dir, r, scan.Options{Settle: src.settle, Only: only, AllNamespaces: src.all}, "zombiectl "+Version())
			if err != nil {
				return err
			}
			fmt.Fprintf(s.Err, "zombiectl: recorded %d processes in %d files, %d bytes; command lines are in it as they are\n",
				len(done.Snapshot.Procs), done.Files, done.Bytes)
			_, err = fmt.Fprintln(s.Out, dir)
			return err
		},
	}
	src.add(c)
	c.Flags().IntSliceVar(&only, "only", nil, "record only these processes, their descendants and their ancestors")
	c.Flags().BoolVar(&script, "script", false, "print a shell script that looks where there is no zombiectl; --from reads what it prints")
	return c
}
