package diagnose

import (
	_ "embed"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/zombiectl/zombiectl/scan"
)

// program is what is known of a program by its name. What a process is seen
// doing beats it.
type program struct {
	name    string
	needs   string
	kind    string
	reaps   Answer
	sigterm Answer
	note    string
	// ownHandler: a handler for SIGTERM is the runtime's, and proves nothing.
	ownHandler bool
}

// isInit reports whether the program is made to be PID 1.
func (p *program) isInit() bool {
	return p.kind == "init" || p.kind == "supervisor" || p.kind == "infra"
}

//go:embed programs.tsv
var programTable string

var programs = sync.OnceValue(func() []program {
	var table []program
	for line := range strings.Lines(programTable) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		f := strings.Split(line, "\t")
		table = append(table, program{
			name: f[0], needs: f[1], kind: f[2], reaps: answerOf(f[3]), sigterm: answerOf(f[4]), note: f[5],
			ownHandler: f[4] == "own",
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

// knownProgram looks a process up by the names it goes by. The name that it
// runs under comes first: a supervisor written in Python is called that, and
// its executable is python.
func knownProgram(p *scan.Process) *program {
	args := argsOf(p)
	var found *program
	for _, name := range Names(p) {
		if e := lookUp(name, args); e != nil && (found == nil || found.kind == "runtime") {
			found = e
		}
	}
	return found
}

func lookUp(name string, args []string) *program {
	for i := range programs() {
		e := &programs()[i]
		if e.matches(name) && e.fits(args) {
			return e
		}
	}
	return nil
}

func (p *program) matches(name string) bool {
	if stem, ok := strings.CutSuffix(p.name, "*"); ok {
		return strings.HasPrefix(name, stem)
	}
	// The kernel keeps 15 bytes of a name.
	return name == p.name || len(name) == 15 && len(p.name) > 15 && strings.HasPrefix(p.name, name)
}

// fits reports whether the program was called in the way that the entry is
// about: "zombiectl init" is an init, "zombiectl scan" is not.
func (p *program) fits(args []string) bool {
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

// base is the name under which a program was called: without its directories,
// and without the '-' of a login shell.
func base(arg string) string {
	name, _, _ := strings.Cut(arg, " ") // a process may have written a title over its arguments
	return strings.TrimPrefix(path.Base(strings.TrimSuffix(name, ":")), "-")
}

func argsOf(p *scan.Process) []string {
	if p != nil && p.Listed != nil && p.State != scan.Zombie {
		return strings.Fields(p.Listed.Command)
	}
	if p == nil || p.Deep == nil {
		return nil
	}
	args, _ := p.Deep.Cmdline.Get()
	return args
}
