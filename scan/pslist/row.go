package pslist

import (
	"fmt"
	"math"
	"path"
	"strconv"
	"strings"

	"github.com/zombiectl/zombiectl/scan/facts"
)

func (t *psText) process(s *splitter, l facts.Line, cells []word, wrapped bool) {
	if t.first == 0 {
		t.first = l.Number
		for _, c := range s.layout {
			t.list.Columns = append(t.list.Columns, c.name)
		}
	}
	t.last = l.Number
	p := psProcess{round: t.round, art: -1, parent: facts.NoPID, wrapped: wrapped}
	p.PPID = facts.NoPID
	p.Listed = &facts.Listed{Line: l}
	tid := 0
	bad := func(what string, w string) {
		t.unread = append(t.unread, facts.Unread{File: lineFile(l.Number), Reason: fmt.Sprintf("%s %.32q", what, w)})
	}
	for i, c := range s.layout {
		w := l.Text[cells[i].from:cells[i].to]
		switch c.kind {
		case colPID:
			n, ok := parsePID(w)
			if !ok || n == 0 {
				bad("no process has the PID", w)
				return
			}
			p.PID = n
		case colPPID:
			n, ok := parsePID(w)
			if !ok && w != "-" {
				bad("no process has the parent", w)
				return
			}
			if ok {
				p.PPID = n
			}
		case colPGID:
			p.PGRP, _ = parsePID(w)
		case colSID:
			p.Session, _ = parsePID(w)
		case colTID:
			tid, _ = parsePID(w)
		case colThreads:
			p.NumThreads, _ = parsePID(w)
		case colState:
			p.State = facts.State(w[0])
			if strings.Contains(w, "l") { // multi-threaded
				p.NumThreads = max(p.NumThreads, 2)
			}
		case colTime:
			p.UTime, _ = cpuTime(w)
		case colDate:
			p.Listed.Start = w
		case colCommand:
			if p.command == "" || i == len(s.layout)-1 { // the last one is the longest
				relative := i == len(s.layout)-1 && rightAligned(s.layout, i-1)
				p.art, p.command = treeArt(l.Text, cells[i], relative)
				if wrapped && relative && p.art >= 0 {
					p.art = p.art/artStep*artStep + artFirst // a blank may have gone where the line was broken
				}
			}
		}
	}
	p.name()
	if tid != 0 && tid != p.PID { // one of its threads
		t.thread(p)
		return
	}
	if p.art >= 0 {
		t.drawn = true
	}
	p.parent = t.place(&p)
	t.add(p)
}

// parsePID parses a PID as the kernel has them: to 2^22, and less than 2^31 in
// any case.
func parsePID(w string) (int, bool) {
	n, err := strconv.ParseUint(w, 10, 64)
	return int(n), err == nil && n <= math.MaxInt32
}

// rightAligned reports whether the cells of a column end where its header
// ends, however long they are.
func rightAligned(l layout, i int) bool {
	return i >= 0 && (l[i].kind == colTime || l[i].kind == colNumber || l[i].kind == colPID || l[i].kind == colPPID)
}

// What each level of a tree takes, and where the first branch is: " \_ " behind a
// blank.
const (
	artStep  = 4
	artFirst = 2
)

// treeArt returns the column of the branch that ps draws before a command (" |
// \_ "), -1 when there is none, and the command.
func treeArt(line string, cell word, relative bool) (int, string) {
	text := line[cell.from:cell.to]
	i := 0
	for i < len(text) && (text[i] == ' ' || text[i] == '|' || text[i] == '\t') {
		i++
	}
	rest, ok := strings.CutPrefix(text[i:], `\_ `)
	if !ok {
		return -1, strings.Trim(text, " \t")
	}
	if !relative { // the cells before it are of any width
		i += cell.from
	}
	return i, strings.Trim(rest, " \t")
}

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
