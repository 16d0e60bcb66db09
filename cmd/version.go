package cmd

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set at link time for a release.
var version = ""

// Version is the version of this program: the one it was linked with, the
// one of its module, or the commit it was built from.
func Version() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "devel-" + s.Value[:12]
		}
	}
	return "devel"
}

// versionFlag lets a command say the version too: --version, -V. Cobra's own flag
// would link its templates.
func versionFlag(c *cobra.Command, s Streams) {
	asked := c.Flags().BoolP("version", "V", false, "print the version")
	run := c.RunE
	c.RunE = func(c *cobra.Command, args []string) error {
		if *asked {
			return printVersion(s)
		}
		return run(c, args)
	}
}

func printVersion(s Streams) error {
	_, err := fmt.Fprintf(s.Out, "zombiectl %s %s/%s %s\n", Version(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	return err
}

func newVersion(s Streams) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  zombiectl version\n  zombiectl --version",
		Args:    noArgs,
		RunE:    func(*cobra.Command, []string) error { return printVersion(s) },
	}
}
