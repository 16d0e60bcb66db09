package observe

import (
	"path"
	"regexp"
	"strings"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// CommandOf names a process for people: its command line where it has one,
// else the name that the kernel keeps, in the brackets that ps uses.
// It is raw: whoever prints it must sanitize it.
func CommandOf(p *facts.Process) string {
	if p == nil {
		return ""
	}
	if args, ok := Deep(p).Cmdline.Get(); ok && len(args) > 0 {
		return strings.Join(args, " ")
	}
	if p.Listed != nil && p.Listed.Command != "" && p.State != facts.Zombie {
		return p.Listed.Command
	}
	if p.State == facts.Zombie || p.KernelThread() {
		return "[" + p.Comm + "]"
	}
	return p.Comm
}

// Names returns the names that a process goes by: the one it runs under, and the
// base names of its first argument and of its executable, as far as they are
// known.
func Names(p *facts.Process) []string {
	names := []string{p.Comm}
	if args := ArgsOf(p); len(args) > 0 {
		names = append(names, Base(args[0]))
	}
	if exe, ok := ExeOf(p); ok {
		names = append(names, Base(exe))
	}
	return names
}

// ShortCommand names a process by the program it was called as: an interpreter by
// its script, since of a dozen processes called python3 each is another program.
func ShortCommand(p *facts.Process) string {
	args := ArgsOf(p)
	switch {
	case len(args) == 0 || args[0] == "":
		return p.Comm
	case len(args) > 1 && interpreter.MatchString(Base(args[0])) && PlainPath(args[1]) && args[1][0] != '-':
		return path.Base(args[1])
	default:
		return args[0]
	}
}

// interpreter is the name of a program whose first argument is the program that it runs.
var interpreter = regexp.MustCompile(`^((python|perl|ruby|php)[0-9.]*|node|nodejs|sh|bash|dash|ash|zsh|ksh|mksh)$`)

// Base is the name under which a program was called: without its directories,
// and without the '-' of a login shell.
func Base(arg string) string {
	name, _, _ := strings.Cut(arg, " ") // a process may have written a title over its arguments
	return strings.TrimPrefix(path.Base(strings.TrimSuffix(name, ":")), "-")
}

// ArgsOf returns the arguments of a process, the first of which is the name that
// it was called by (/proc/PID/cmdline); nil: they are unknown.
func ArgsOf(p *facts.Process) []string {
	if p != nil && p.Listed != nil && p.State != facts.Zombie {
		return strings.Fields(p.Listed.Command)
	}
	args, _ := Deep(p).Cmdline.Get()
	return args
}

// ExeOf returns the path of the program that a process runs (/proc/PID/exe).
func ExeOf(p *facts.Process) (string, bool) {
	exe, ok := Deep(p).Exe.Get()
	return strings.TrimSuffix(exe, " (deleted)"), ok
}
