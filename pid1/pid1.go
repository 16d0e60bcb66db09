// Package pid1 is an init: it runs one program, passes signals on to it, reaps
// every orphan that comes to it, and exits as its program exited. It does all
// that tini 0.19 does, and some of what dumb-init does.
//
// It imports nothing of ours but its own entry, and is started before the
// command line library is built: an init is small, and quick to start.
package pid1

import (
	"fmt"
	"os"

	"github.com/zombiectl/zombiectl/pid1/entry"
)

// Is reports whether a command line, with the program's name, is one of an init:
// "zombiectl init ...", or zombiectl under the name of tini or docker-init.
func Is(args []string) bool { return entry.IsInit(args) }

// Start is Run for a command line that starts a program, and nothing for any other.
func Start(args []string) (code int, ran bool) {
	if !Is(args) {
		return 0, false
	}
	o, err := parseArgs(args)
	if err != nil || o.print != printNothing {
		return 0, false
	}
	return o.run(), true
}

// Run is the init. args is the command line, with the program's name; version
// names this program where tini prints its version. It returns the exit code.
func Run(args []string, version func() string) int {
	o, err := parseArgs(args)
	if err != nil {
		return complain(args, o, err)
	}
	switch o.print {
	case printHelp:
		if o.dropIn {
			return tell(os.Stdout, tiniHelp(args[0]))
		}
		return tell(os.Stdout, FullHelp())
	case printLicense:
		return tell(os.Stdout, license)
	case printVersion:
		if o.dropIn {
			return tell(os.Stdout, fmt.Sprintf("tini version %s (zombiectl %s)\n", tiniVersion, version()))
		}
		return tell(os.Stdout, fmt.Sprintf("zombiectl init %s\n", version()))
	}
	return o.run()
}

func parseArgs(args []string) (options, error) {
	if entry.DropIn(args[0]) {
		return parseTini(args, os.LookupEnv)
	}
	return parse(args[2:], os.LookupEnv)
}

func tell(to *os.File, text string) int {
	if _, err := to.WriteString(text); err != nil {
		return exitTini
	}
	return 0
}

// complain explains a mistake in the command line, in the words of the program
// that we were called as.
func complain(args []string, o options, err error) int {
	if !o.dropIn {
		fmt.Fprintf(os.Stderr, "zombiectl: error: init: %v\nzombiectl: hint: zombiectl init --help\n", err)
		return exitUsage
	}
	if fatal, ok := err.(tiniFatal); ok { //nolint:errorlint // made in this package, never wrapped
		o.newLog().fatal("%s", string(fatal))
		return exitTini
	}
	if text := err.Error(); text != "" {
		fmt.Fprintf(os.Stderr, "%s: %s\n", args[0], text)
	}
	fmt.Fprint(os.Stderr, tiniHelp(args[0]))
	return exitTini
}
