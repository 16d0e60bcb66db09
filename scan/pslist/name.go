package pslist

import (
	"path"
	"strings"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// name finds what a process is called by its command, and what marks there are
// of a zombie.
func (p *psProcess) name() {
	if p.inBrackets(p.command) {
		return
	}
	if name, ok := strings.CutSuffix(p.command, " "+defunct); ok {
		// A word too many before the brackets: of a name with a blank in the
		// column before, or of columns that are not quite the right ones.
		if i := strings.Index(name, " ["); i >= 0 && strings.HasSuffix(name, "]") && p.inBrackets(p.command[i+1:]) {
			return
		}
		if name = strings.TrimRight(name, " "); len(name) <= taskComm {
			p.marked, p.Comm = true, name
			return
		}
	}
	p.asCommand()
}

// asCommand names a process by its command line.
func (p *psProcess) asCommand() {
	first, _, _ := strings.Cut(p.command, " ")
	if first == "" {
		return
	}
	p.Listed.Command = p.command[:min(len(p.command), facts.MaxCmdline)]
	p.Comm = strings.TrimPrefix(path.Base(strings.TrimSuffix(first, ":")), "-")
	if p.State == facts.Zombie {
		p.Comm = p.command // one without brackets: it has no command line, so this is a name
	}
	p.Comm = p.Comm[:min(len(p.Comm), taskComm)]
}

// inBrackets takes a name in brackets, with or without the mark of a zombie,
// and what an edge left of both.
func (p *psProcess) inBrackets(command string) bool {
	in, ok := strings.CutPrefix(command, "[")
	if !ok {
		return false
	}
	name, mark, closed := cutLast(in, "]")
	switch mark = strings.TrimSpace(mark); {
	case mark != "" && strings.HasPrefix(defunct, mark):
		p.marked = true
	case mark != "" && !strings.Contains(mark, "defunct") && mark[0] != '<' && mark[len(mark)-1] != '>': // arguments
		return false
	case mark == "" && strings.HasPrefix(in, " ") && (!closed || strings.HasSuffix(name, " ")):
		return false // the program [, with arguments, of which the last is ]
	case !closed:
		name = in
	}
	p.brackets, p.Comm = true, name
	return true
}

func cutLast(s, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
