package pid1

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/pid1/entry"
)

type options struct {
	dropIn bool     // called tini: its words, its exit codes
	print  printed  // instead of running anything
	argv   []string // the program and its arguments

	subreaper   bool         // -s
	parentDeath int          // -p: the signal; 0: none
	verbosity   int          // -v: see log.go
	warnReaped  bool         // -w
	group       bool         // -g: signals go to the program's process group
	toZero      map[int]bool // -e: exit codes that become 0

	setsid    bool           // the program gets a session of its own
	rewrite   map[int]int    // signals that are passed on as others; 0: not at all
	remaining *time.Duration // how long what remains has between SIGTERM and SIGKILL; nil: it is left alone
	report    format         // when the program has exited
	reportOn  int            // the signal that asks for a report; 0: none
}

func (o *options) newLog() log {
	l := log{name: "zombiectl", level: o.verbosity, pid: os.Getpid()}
	if o.dropIn {
		l.name = "tini"
	}
	if l.level < 0 {
		l.level = levelTrace // tini's number has no sign
	}
	return l
}

type printed int

const (
	printNothing printed = iota
	printHelp
	printVersion
	printLicense
)

type format int

const (
	noReport format = iota
	textReport
	jsonReport
)

// defaultGrace is how long the ten seconds are that Docker gives a container
// between SIGTERM and SIGKILL; Kubernetes gives thirty.
const defaultGrace = 5 * time.Second

// short are the options with one letter, for getopt(3): a colon after those
// that have an argument. They are the same for both of our names.
const short = "hlswgve:p:"

// getopt takes the short options from the front of args, and returns the rest.
// It tries long first. The options end at the first argument that is not one, or
// behind "--".
func getopt(args []string, each func(letter byte, value string) error, long func(args []string) (int, error)) ([]string, error) {
	for len(args) > 0 {
		arg := args[0]
		if arg == "--" {
			return args[1:], nil
		}
		if len(arg) < 2 || arg[0] != '-' {
			break
		}
		args = args[1:]
		if arg[1] == '-' && long != nil {
			n, err := long(append([]string{arg}, args...))
			if err != nil {
				return args, err
			}
			args = args[n-1:]
			continue
		}
		for i := 1; i < len(arg); i++ {
			letter := arg[i]
			at := strings.IndexByte(short, letter)
			if at < 0 || letter == ':' {
				return args, fmt.Errorf("invalid option -- '%c'", letter)
			}
			value := ""
			if at+1 < len(short) && short[at+1] == ':' {
				switch {
				case i+1 < len(arg):
					value = arg[i+1:]
				case len(args) > 0:
					value, args = args[0], args[1:]
				default:
					return args, fmt.Errorf("option requires an argument -- '%c'", letter)
				}
				i = len(arg)
			}
			if err := each(letter, value); err != nil {
				return args, err
			}
		}
	}
	return args, nil
}

// errStop ends the options early: the text that was asked for is to be printed.
var errStop = errors.New("")

// flag takes one short option, the same for both of our names.
func (o *options) flag(letter byte, value string) error {
	switch letter {
	case 'h':
		o.print = printHelp
		return errStop
	case 'l':
		o.print = printLicense
		return errStop
	case 's':
		o.subreaper = true
	case 'w':
		o.warnReaped = true
	case 'g':
		o.group = true
	case 'v':
		o.verbosity++
	case 'e':
		code, err := exitCode(value)
		if err != nil {
			return o.wrong('e', value, "an exit code from 0 to 255")
		}
		if o.toZero == nil {
			o.toZero = map[int]bool{}
		}
		o.toZero[code] = true
	case 'p':
		n := signalNumber(value)
		if o.dropIn {
			n = tiniSignal(value)
		}
		if n == 0 {
			return o.wrong('p', value, "a signal, such as SIGTERM")
		}
		o.parentDeath = n
	}
	return nil
}

func (o *options) wrong(letter byte, value, wanted string) error {
	if o.dropIn {
		return tiniFatal(fmt.Sprintf("Not a valid option for -%c: %s", letter, value))
	}
	return fmt.Errorf("-%c needs %s, not %q", letter, wanted, value)
}

// exitCode reads a number as strtol(3) does in base ten: white space before it
// and a sign are skipped, and nothing at all is 0.
func exitCode(s string) (int, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(strings.TrimLeft(s, " \t\n\v\f\r"))
	if err != nil || n < 0 || n > 255 {
		return 0, errors.New("not an exit code")
	}
	return n, nil
}

// environment reads the variables of tini. They count more than the options.
func (o *options) environment(lookup func(string) (string, bool)) {
	if _, ok := lookup("TINI_SUBREAPER"); ok {
		o.subreaper = true
	}
	if _, ok := lookup("TINI_KILL_PROCESS_GROUP"); ok {
		o.group = true
	}
	if v, ok := lookup("TINI_VERBOSITY"); ok {
		o.verbosity = leadingNumber(v)
	}
}

// leadingNumber is atoi(3).
func leadingNumber(s string) int {
	s = strings.TrimLeft(s, " \t\n\v\f\r")
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || end == 0 && (s[end] == '-' || s[end] == '+')) {
		end++
	}
	n, _ := strconv.Atoi(s[:end]) // no number: 0
	return n
}

// parse reads the command line of zombiectl init, from behind "init".
func parse(args []string, lookup func(string) (string, bool)) (options, error) {
	o := options{verbosity: levelWarn}
	rest, err := getopt(args, o.flag, o.long)
	if err == errStop { //nolint:errorlint // a mark, never wrapped
		return o, nil
	}
	if err != nil {
		return o, err
	}
	if len(rest) == 0 {
		return o, errors.New("no program given")
	}
	o.argv = rest
	o.environment(lookup)
	// The kernel sends these to us for a terminal that is the program's, so they
	// are caught only where it has a session of its own.
	for _, n := range []int{sigTTIN, sigTTOU} {
		if _, rewritten := o.rewrite[n]; !o.setsid && (rewritten || n == o.reportOn) {
			return o, fmt.Errorf("%s can reach an init only with --setsid", signalName(n))
		}
	}
	// An orphan that does not come to us when its parent exits cannot be found
	// again.
	o.subreaper = o.subreaper || o.remaining != nil
	return o, nil
}

// long takes one long option, and says how many arguments it took.
func (o *options) long(args []string) (int, error) {
	name, value, given := strings.Cut(args[0], "=")
	took := 1
	argument := func() (string, error) {
		if given {
			return value, nil
		}
		if len(args) < 2 {
			return "", fmt.Errorf("%s needs an argument", name)
		}
		took = 2
		return args[1], nil
	}
	if given && (name == "--help" || name == "--version" || name == "--setsid") {
		return took, fmt.Errorf("%s does not take an argument", name)
	}
	switch name {
	case "--help":
		o.print = printHelp
		return took, errStop
	case "--version":
		o.print = printVersion
		return took, errStop
	case "--setsid":
		o.setsid = true
	case "--rewrite":
		v, err := argument()
		if err != nil {
			return took, err
		}
		from, to, ok := strings.Cut(v, ":")
		f, t := signalNumber(from), signalNumber(to)
		if !ok || f == 0 || t == 0 && to != "0" {
			return took, fmt.Errorf("--rewrite needs SIGNAL:SIGNAL or SIGNAL:0, such as 15:3 or SIGTERM:SIGQUIT, not %q", v)
		}
		if !catchable(f) {
			return took, fmt.Errorf("--rewrite %s: %s cannot reach an init", v, signalName(f))
		}
		if o.rewrite == nil {
			o.rewrite = map[int]int{}
		}
		o.rewrite[f] = t
	case "--kill-remaining":
		grace := defaultGrace
		if given {
			var err error
			if grace, err = time.ParseDuration(value); err != nil || grace < 0 {
				return took, fmt.Errorf("--kill-remaining needs a duration, such as 5s, not %q", value)
			}
		}
		o.remaining = &grace
	case "--report":
		switch {
		case !given, value == "text":
			o.report = textReport
		case value == "json":
			o.report = jsonReport
		default:
			return took, fmt.Errorf("--report needs text or json, not %q", value)
		}
	case "--report-on":
		v, err := argument()
		if err != nil {
			return took, err
		}
		if o.reportOn = signalNumber(v); o.reportOn == 0 {
			return took, fmt.Errorf("--report-on needs a signal, such as SIGUSR2, not %q", v)
		}
		if !catchable(o.reportOn) {
			return took, fmt.Errorf("--report-on %s: it cannot reach an init", v)
		}
	default:
		return took, fmt.Errorf("unknown option %q", args[0])
	}
	return took, nil
}

// catchable reports whether a signal is one that we pass on.
func catchable(n int) bool { return entry.Caught(n) && n != sigCHLD }
