package pslist

import (
	"path"
	"strings"
)

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

// podmanTop is the header of "podman top", which reads /proc itself.
const podmanTop = "USER PID PPID %CPU ELAPSED TTY TIME COMMAND"
