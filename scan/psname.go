package scan

import (
	"path"
	"strings"
)

// defunct is what procps puts behind a zombie; cutDefunct is what is left of
// it at the edge of a narrow terminal, and no word of an ordinary line.
const (
	defunct    = "<defunct>"
	cutDefunct = "<defunct"
)

// taskComm is how much the kernel keeps of a name (TASK_COMM_LEN, less the 0).
// Only kernel threads may have more.
const taskComm = 15

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
	p.Listed.Command = p.command[:min(len(p.command), maxCmdline)]
	p.Comm = strings.TrimPrefix(path.Base(strings.TrimSuffix(first, ":")), "-")
	if p.State == Zombie {
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

// commandLines reports whether a list shows command lines: a zombie, which has
// none, looks different there. Names may have blanks and slashes as well
// ("tmux: server", "kworker/0:1"), so these alone show nothing. It is sure where
// no list of names can have what this one has.
func (t *psText) commandLines() (shown, sure bool) {
	l := t.list
	if l.HasColumn("CMD") && l.HasColumn("STIME") {
		return true, true // -f
	}
	columns := strings.Join(l.Columns, " ")
	if columns == podmanTop {
		return true, true
	}
	busybox := columns == "PID USER TIME COMMAND" || columns == anything
	names := t.namesOnly()
	for i := range t.procs {
		p := &t.procs[i]
		first, _, more := strings.Cut(p.command, " ")
		switch {
		case p.marked && !p.brackets: // it is what this is asked for
		case p.wrapped: // what is behind the first line may be something else
		case p.PID == 2 && p.command == "kthreadd":
			return false, false // or it would be in brackets
		case p.PID == 2 && p.command == "[kthreadd]":
			return true, true
		case path.Base(first) == "ps" && more:
			return true, true
		case p.command == "ps" && !busybox:
			names, shown, sure = true, false, false // without arguments it would not show these columns
		case more && len(p.command) > taskComm && columns != anything:
			shown, sure = true, sure || !strings.Contains(p.command, cutDefunct)
		case !names && (p.brackets && strings.Contains(p.command, "]") || strings.HasPrefix(p.command, "/") || strings.HasPrefix(p.command, "./")):
			shown = true
		}
	}
	return shown, sure
}

// namesOnly reports whether a list has the columns of -e, -j and -l. They may be
// those of -o too, so that command lines are still possible.
func (t *psText) namesOnly() bool {
	return strings.HasSuffix(strings.Join(t.list.Columns, " "), "TTY TIME CMD") && !t.list.HasColumn("STIME")
}
