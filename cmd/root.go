// Package cmd is the command line: flags in, exit code out. It holds no
// judgement and reads no /proc.
package cmd

import (
	"errors"
	"fmt"
	"io"
	"path"
	"runtime/debug"
	"slices"

	"github.com/spf13/cobra"
)

// linked are the commands that the program is also called by, through links to
// it in its image: "kubectl debug --image … -- scan" runs a program of that name.
var linked = []string{"scan", "check", "capture", "explain", "reap", "probe", "watch"}

// Called returns the arguments of a command line, by what the program was called
// as: its first word says which command.
func Called(argv []string) []string {
	if len(argv) == 0 {
		return nil
	}
	name := path.Base(argv[0])
	switch name {
	case pluginName:
		return append([]string{"pods"}, argv[1:]...)
	case pluginCompletion:
		return append([]string{cobra.ShellCompRequestCmd, "pods"}, argv[1:]...)
	}
	if slices.Contains(linked, name) {
		return append([]string{name}, argv[1:]...)
	}
	return argv[1:]
}

// Execute runs the command line and returns the exit code.
//
// Everything but the answer goes to standard error with a "zombiectl:" prefix.
// No capitalized initials and no periods at the end.
func Execute(args []string, s Streams) int {
	// One look allocates some tens of megabytes and is over. Collecting garbage on
	// the way would cost more than it frees: the collector has to stop the threads
	// that read, and those are in one system call after the other.
	debug.SetGCPercent(1000)
	// With very many processes it would no longer cost more than it saves.
	if s.env("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(256 << 20)
	}
	root := New(s)
	root.SetArgs(args)
	root.SetIn(s.In)
	out := &failing{Writer: s.Out}
	root.SetOut(out)
	root.SetErr(s.Err)
	if len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd) {
		root.SetErr(io.Discard) // nobody is to see it between two keys
		settleCompletion(root)
	}
	err := root.Execute()
	if err == nil {
		err = out.err
	}
	var code exitCode
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &code):
		return int(code)
	}
	fmt.Fprintf(s.Err, "zombiectl: error: %s\n", printable(err.Error()))
	if h, ok := errors.AsType[hinted](err); ok {
		fmt.Fprintf(s.Err, "zombiectl: hint: %s\n", h.hint)
	}
	return exitNoAnswer
}

// New returns the commands. Execute runs one; a program that documents them asks
// them for their help and their flags.
func New(s Streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "zombiectl",
		Short: "Find zombie processes and name who does not reap them",
		Long: `zombiectl finds zombie (defunct) processes, names the parent that does not reap
them, and says why and what to do. It reads /proc, or a recording of it.`,
		Example: `  zombiectl scan --demo     # what a report looks like
  zombiectl scan            # this machine, or this container
  zombiectl scan 1          # does PID 1 reap?
  zombiectl explain Z301    # what a rule means, and what to do`,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	if s.Out != nil {
		root.SetOut(s.Out) // cobra's completion command keeps the writer of now
	}
	versionFlag(root, s)
	root.AddCommand(newScan(s), newCheck(s), newWatch(s), newCapture(s), newReap(s), newProbe(s), newOrphan(), newExplain(s), newSimulate(s), newInit(s), newInstall(s), newPods(s), newVersion(s))
	for _, t := range topics() {
		root.AddCommand(newTopic(s, &t))
	}
	settleUsage(root)
	settleHelp(root, s)
	return root
}
