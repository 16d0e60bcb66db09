package cmd

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

func newInstall(s Streams) *cobra.Command {
	return &cobra.Command{
		Use:   "install DIR",
		Short: "Copy this program into a directory: for an init container",
		Long: `Copy this program into a directory, as DIR/zombiectl.

It is for an init container that hands the program to the other containers of its
pod through a shared volume: the image has no cp. It prints the name of the copy.`,
		Example: `  zombiectl install /shared`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return withHint(errors.New("no directory given"), "zombiectl install /shared")
			}
			return oneArg(c, args)
		},
		RunE: func(_ *cobra.Command, args []string) error {
			to := filepath.Join(args[0], "zombiectl")
			if err := copyProgram(to); err != nil {
				return err
			}
			_, err := fmt.Fprintln(s.Out, to)
			return err
		},
	}
}

// copyProgram writes beside the target and renames: whoever runs the target
// finds all of the new file or all of the old one.
func copyProgram(to string) (err error) {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	in, err := os.Open(self)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.CreateTemp(filepath.Dir(to), ".zombiectl-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(out.Name())
		}
	}()
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Chmod(0o755), out.Close()); err != nil {
		return err
	}
	return os.Rename(out.Name(), to)
}
