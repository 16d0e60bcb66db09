package cmd

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/zombiectl/zombiectl/scan"
)

func newCapture(s Streams) *cobra.Command {
	var src sourceFlags
	var only []int
	c := &cobra.Command{
		Use:   "capture [DIR]",
		Short: "Record what scan reads, to look at it elsewhere or later",
		Long: `Record what scan reads, to look at it elsewhere or later:

  zombiectl capture DIR
  zombiectl scan --from DIR

Prints the name of the directory. Environments and memory are never read;
command lines are recorded as they are.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
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
	return c
}
