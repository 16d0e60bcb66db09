package observe

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Program is a known program, by its name. The behavior of a process overrules
// it.
type Program struct {
	Name       string // as in the table; a trailing * matches any rest
	needs      string
	Kind       ProgramKind
	Reaps      Answer
	Sigterm    Answer
	Note       string // what else there is to know of it, in a few words
	OwnHandler bool   // a handler for SIGTERM is the runtime's, and proves nothing
}

// ProgramKind is what a program is there for.
type ProgramKind string

// The kinds of program.
const (
	InitProgram ProgramKind = "init"
	Supervisor  ProgramKind = "supervisor"
	Infra       ProgramKind = "infra" // a pod's sandbox process
	Shell       ProgramKind = "shell"
	Runtime     ProgramKind = "runtime"
	Server      ProgramKind = "server"
	Idle        ProgramKind = "idle" // starts no process
)

// IsInit reports whether the program is made to be PID 1.
func (p *Program) IsInit() bool {
	return p.Kind == InitProgram || p.Kind == Supervisor || p.Kind == Infra
}

//go:embed programs.tsv
var programTable string

var programs = sync.OnceValue(func() []Program {
	var table []Program
	for line := range strings.Lines(programTable) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		f := strings.Split(line, "\t")
		table = append(table, Program{
			Name: f[0], needs: f[1], Kind: ProgramKind(f[2]), Reaps: answerOf(f[3]), Sigterm: answerOf(f[4]), Note: f[5],
			OwnHandler: f[4] == "own",
		})
	}
	return table
})

func answerOf(s string) Answer {
	if s == "-" || s == "own" {
		return Unknown
	}
	return Answer(s)
}

// ProgramOf looks a process up by the names it goes by. The name that it
// runs under comes first: a supervisor written in Python is called that, and
// its executable is python.
func ProgramOf(p *facts.Process) *Program {
	args := ArgsOf(p)
	var found *Program
	for _, name := range Names(p) {
		if e := ProgramNamed(name, args); e != nil && (found == nil || found.Kind == Runtime) {
			found = e
		}
	}
	return found
}

// ProgramNamed looks a program up by its name and the arguments that it was
// called with; nil: the table does not know it.
func ProgramNamed(name string, args []string) *Program {
	for i := range programs() {
		e := &programs()[i]
		if e.matches(name) && e.fits(args) {
			return e
		}
	}
	return nil
}

func (p *Program) matches(name string) bool {
	if stem, ok := strings.CutSuffix(p.Name, "*"); ok {
		return strings.HasPrefix(name, stem)
	}
	// The kernel keeps 15 bytes of a name.
	return name == p.Name || len(name) == 15 && len(p.Name) > 15 && strings.HasPrefix(p.Name, name)
}

// fits reports whether the program was called in the way that the entry is
// about: "zombiectl init" is an init, "zombiectl scan" is not.
func (p *Program) fits(args []string) bool {
	if p.needs == "-" {
		return true
	}
	want := p.needs[1:]
	if i := slices.Index(args, "--"); i >= 0 {
		args = args[:i] // what follows is another program's
	}
	switch p.needs[0] {
	case '=':
		return len(args) > 1 && args[1] == want
	case '+':
		return slices.Contains(args, want)
	default:
		return !slices.Contains(args, want)
	}
}

// KnownSubreaper reports whether a program is one that makes itself a subreaper
// (PR_SET_CHILD_SUBREAPER), which /proc does not show.
func KnownSubreaper(p *facts.Process) bool {
	args := ArgsOf(p)
	switch {
	case strings.HasPrefix(p.Comm, "containerd-shim"), p.Comm == "conmon", p.Comm == "catatonit":
		return true
	case p.Comm == "systemd":
		return slices.Contains(args, "--user")
	case strings.HasPrefix(p.Comm, "tini"), p.Comm == "docker-init":
		if i := slices.Index(args, "--"); i >= 0 {
			args = args[:i] // what follows is another program's
		}
		return slices.Contains(args, "-s")
	}
	return false
}

// IsShim reports whether a process is a container runtime's shim, by its name.
func IsShim(p *facts.Process) bool { return p != nil && facts.IsShim(p.Comm) }

// Language is what a program is written in, as far as it matters to how it waits
// for its children. "": unknown; a C program looks like nothing in particular.
type Language string

// The languages whose way to wait is known.
const (
	Go          Language = "Go"
	Python      Language = "Python"
	Node        Language = "Node"
	Java        Language = "Java"
	Perl        Language = "Perl"
	Ruby        Language = "Ruby"
	PHP         Language = "PHP"
	ShellScript Language = "shell"
)

// runtimes are the languages whose way to wait is known, by the names of what
// runs their programs; a trailing * matches any rest.
var runtimes = []struct {
	language Language
	names    []string
}{
	{Python, []string{"python*", "gunicorn", "celery", "uwsgi"}},
	{Node, []string{"node", "nodejs"}},
	{Java, []string{"java"}},
	{Perl, []string{"perl*"}},
	{Ruby, []string{"ruby*", "puma*"}},
	{PHP, []string{"php*"}},
	{ShellScript, []string{"sh", "bash", "dash", "ash", "zsh", "ksh*", "mksh"}},
}

// LanguageOf guesses the language of a program by its names and its handlers.
func LanguageOf(p *facts.Process) Language {
	if p == nil {
		return ""
	}
	names := Names(p)
	for _, r := range runtimes {
		for _, want := range r.names {
			stem, open := strings.CutSuffix(want, "*")
			if slices.ContainsFunc(names, func(n string) bool { return n == want || open && strings.HasPrefix(n, stem) }) {
				return r.language
			}
		}
	}
	if Receives(p, facts.SIGCHLD).IsGo {
		return Go
	}
	return ""
}
