package pid1

import (
	"errors"
	"strings"
)

// tiniVersion is the version of tini whose interface this is.
const tiniVersion = "0.19.0"

// A tiniFatal is an error that tini logs. All others are followed by its usage.
type tiniFatal string

func (f tiniFatal) Error() string { return string(f) }

// parseTini reads the command line as tini does.
func parseTini(args []string, lookup func(string) (string, bool)) (options, error) {
	o := options{dropIn: true, verbosity: levelWarn}
	if len(args) == 2 && args[1] == "--version" {
		o.print = printVersion
		return o, nil
	}
	rest, err := getopt(args[1:], o.flag, nil)
	if err == errStop { //nolint:errorlint // a mark, never wrapped
		return o, nil
	}
	if err != nil {
		return o, err
	}
	// "PROGRAM -- ARGS" is in its usage: the options ended at PROGRAM already, unless
	// another "--" did that.
	if len(rest) > 1 && rest[1] == "--" && args[len(args)-len(rest)-1] != "--" {
		rest = append(rest[:1:1], rest[2:]...)
	}
	if len(rest) == 0 {
		return o, errors.New("")
	}
	o.argv = rest
	o.environment(lookup)
	return o, nil
}

func tiniHelp(argv0 string) string {
	name := argv0[strings.LastIndexByte(argv0, '/')+1:]
	return name + " (tini version " + tiniVersion + ")\n" +
		"Usage: " + name + " [OPTIONS] PROGRAM -- [ARGS] | --version\n" + `
Execute a program under the supervision of a valid init process (` + name + `)

Command line options:

  --version: Show version and exit.
  -h: Show this help message and exit.
  -s: Register as a process subreaper (requires Linux >= 3.4).
  -p SIGNAL: Trigger SIGNAL when parent dies, e.g. "-p SIGKILL".
  -v: Generate more verbose output. Repeat up to 3 times.
  -w: Print a warning when processes are getting reaped.
  -g: Send signals to the child's process group.
  -e EXIT_CODE: Remap EXIT_CODE (from 0 to 255) to 0.
  -l: Show license and exit.

Environment variables:

  TINI_SUBREAPER: Register as a process subreaper (requires Linux >= 3.4).
  TINI_VERBOSITY: Set the verbosity level (default: 1).
  TINI_KILL_PROCESS_GROUP: Send signals to the child's process group.

`
}

// tiniSignal returns the number of a signal that tini's -p knows: those of POSIX,
// by their full names. 0: it does not know it.
func tiniSignal(name string) int {
	n := signalNumber(name)
	if name != signalName(n) || n == sigSTKFLT || n == sigIO || n == sigPWR || n > lastNamed {
		return 0
	}
	return n
}
