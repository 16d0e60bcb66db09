package pslist

import (
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// snapshot makes one of all that was read.
func (t *psText) snapshot() *facts.Snapshot {
	l := t.list
	s := &facts.Snapshot{Source: facts.Source{Kind: facts.Text}, Listing: l, Unread: t.unread}
	t.shown, t.sure = t.commandLines()
	shown := t.shown
	for i := range t.procs {
		// Among command lines a zombie is in brackets: this is "grep <defunct>".
		p := &t.procs[i]
		if p.marked && !p.brackets && shown {
			p.marked = false
			if p.State != facts.Zombie {
				p.asCommand()
			}
		}
		t.marks = t.marks || strings.Contains(p.Listed.Text, defunct)
		t.kernel = t.kernel || p.PID == 2 && p.brackets && p.Comm == "kthreadd"
		if !shown && t.namesOnly() && !p.brackets && !p.marked {
			p.Comm = p.command[:min(len(p.command), taskComm)]
		}
	}
	l.Zombies = t.zombieMark()
	t.drawn = t.drawn && !t.lost
	l.Parents = t.hasColumn(colPPID)
	l.ParentsByTree = !l.Parents && t.drawn
	if t.hasColumn(colTime) {
		s.Host.UserHZ = facts.Some(uint64(facts.UserHZ))
	}
	_, pid1 := t.seen[1]
	s.Procs = make([]facts.Process, 0, len(t.procs))
	for i := range t.procs {
		p := &t.procs[i]
		t.settle(p, pid1)
		s.Procs = append(s.Procs, p.Process)
	}
	facts.SortProcesses(s.Procs)
	facts.SortUnread(s.Unread)
	slices.Sort(l.Doubtful)
	t.doubtBeside()
	t.sortJunk()
	return s
}

func (t *psText) hasColumn(k columnKind) bool {
	return t.guess.layout.index(k) >= 0 && t.header.layout == nil || t.header.layout.index(k) >= 0
}

// zombieMark finds by what a zombie would be known in this list.
func (t *psText) zombieMark() facts.ZombieMark {
	l := t.list
	switch {
	case t.hasColumn(colState):
		return facts.ByState
	case slices.ContainsFunc(t.procs, func(p psProcess) bool { return p.marked && p.brackets }):
		return facts.ByDefunct
	case !t.shown: // a mark behind one name does not show that others would have theirs
		return facts.Unmarked
	case strings.Join(l.Columns, " ") == podmanTop:
		return facts.ByBrackets
	case l.HasColumn("C", "%CPU", "%MEM", "STIME", "START", "STARTED", "LSTART", "TTY", "CMD", "WCHAN"):
		return facts.ByDefunct // procps
	default:
		return facts.ByBrackets
	}
}

// settle decides what the line alone does not: state, parent, and what a name
// in brackets means.
func (t *psText) settle(p *psProcess, pid1 bool) {
	l := t.list
	switch {
	case p.PPID != facts.NoPID:
	case t.drawn && p.parent != facts.NoPID:
		p.PPID = p.parent
	case t.drawn && p.art < 0 && pid1 && p.PID > 2:
		p.PPID = 1 // at the edge of the tree; see Listing.ParentsByTree
	}
	// Kernel threads are children of kthreadd, which is PID 2.
	if p.brackets && !p.marked && (p.PPID == 2 || p.PID == 2 && p.Comm == "kthreadd") {
		p.Flags |= facts.FlagKernelThread
	}
	switch {
	case p.State != 0:
	case p.marked:
		p.State = facts.Zombie
	case l.Zombies == facts.Unmarked, t.mayBeZombie(p):
		l.Doubtful = append(l.Doubtful, p.PID)
	}
}

// sortJunk finds the lines between processes that may be about one. Where a list
// was wrapped, the lines at its start and end too may be parts of one.
func (t *psText) sortJunk() {
	for _, l := range t.junk {
		if (l.Number > t.first && l.Number < t.last || t.folded) && looksLikeProcess(l.Text) && len(t.list.Broken) < maxJunk {
			t.list.Broken = append(t.list.Broken, l)
			t.list.Junk--
		} else if t.list.Example.Number == 0 {
			t.list.Example = l
		}
	}
	sort.Slice(t.list.Broken, func(i, j int) bool { return t.list.Broken[i].Number < t.list.Broken[j].Number })
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
		case p.wrapped: // the text behind the first line may be something else
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
