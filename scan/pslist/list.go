package pslist

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/zombiectl/zombiectl/scan/facts"
)

type psText struct {
	text
	folded bool     // it was wrapped within its columns
	lost   bool     // it was wrapped within the art of a tree, and blanks of that are gone
	guess  splitter // of lines before any header; none: no layout
	header splitter // of the lines after one
	noPID  bool     // a header without a PID column was seen
	round  int      // headers so far: a list may be there several times

	list    *facts.Listing
	procs   []psProcess
	seen    map[int]int // by PID: its index in procs
	threads map[int]int // by PID: the line of one that stood before its process, or without it
	beside  []psProcess // with a mark, of processes for which another line speaks: threads, earlier lists
	unread  []facts.Unread
	first   int // the lines that the first and last process stand on
	last    int
	junk    []facts.Line // the first line that is not a process, and those that may be one
	tree    []branch     // the path to the last process in the tree art
	drawn   bool         // there is tree art
	kernel  bool         // the kernel threads are in it
	marks   bool         // <defunct> stands in it somewhere, whole
	shown   bool         // it shows command lines, by all that it looks like
	sure    bool         // and it cannot be names
}

type psProcess struct {
	facts.Process
	round    int
	command  string
	art      int  // the column of its branch in the tree; -1: it has none
	parent   int  // by the tree; NoPID: none
	wrapped  bool // its line was put together of several
	marked   bool
	brackets bool
}

type branch struct{ col, pid int }

// maxJunk bounds the lines that are kept of those that are not processes.
const maxJunk = 1000

// thread takes a line about a thread that is not the first of its process.
func (t *psText) thread(p psProcess) {
	t.setBeside(p)
	if j, ok := t.seen[p.PID]; ok {
		t.procs[j].NumThreads = max(t.procs[j].NumThreads, 2)
	} else if _, ok := t.threads[p.PID]; !ok {
		t.threads[p.PID] = p.Listed.Number
	}
}

// setBeside keeps a line that does not speak for its process, where it has a mark.
func (t *psText) setBeside(p psProcess) {
	if strings.Contains(p.Listed.Text, cutDefunct) {
		t.beside = append(t.beside, p)
	}
}

func (t *psText) lateThreads() {
	for pid, line := range t.threads {
		if j, ok := t.seen[pid]; ok {
			t.procs[j].NumThreads = max(t.procs[j].NumThreads, 2)
			continue
		}
		t.unread = append(t.unread, facts.Unread{PID: pid, File: lineFile(line),
			Reason: fmt.Sprintf("a thread of PID %d, which is not in the list itself", pid)})
	}
}

// place finds the parent in the tree that is drawn, by the columns of the
// branches.
func (t *psText) place(p *psProcess) int {
	for len(t.tree) > 0 && t.tree[len(t.tree)-1].col >= p.art {
		t.tree = t.tree[:len(t.tree)-1]
	}
	parent := facts.NoPID
	if n := len(t.tree); n > 0 {
		parent = t.tree[n-1].pid
	}
	t.tree = append(t.tree, branch{p.art, p.PID})
	return parent
}

// add adds a process. One that stands there again, in a later list, has the
// facts of both.
func (t *psText) add(p psProcess) {
	j, ok := t.seen[p.PID]
	if !ok {
		t.seen[p.PID] = len(t.procs)
		t.procs = append(t.procs, p)
		return
	}
	q := &t.procs[j]
	if q.round == p.round {
		t.unread = append(t.unread, facts.Unread{PID: p.PID, File: lineFile(p.Listed.Number),
			Reason: fmt.Sprintf("PID %d stands in line %d already", p.PID, q.Listed.Number)})
		return
	}
	if p.PPID == facts.NoPID {
		p.PPID = q.PPID
	}
	if p.parent == facts.NoPID {
		p.parent = q.parent
	}
	if p.State == 0 {
		p.State = q.State
	}
	p.Listed.Start = cmp.Or(p.Listed.Start, q.Listed.Start)
	p.marked = p.marked || q.marked
	t.setBeside(*q)
	t.procs[j] = p
}

func lineFile(n int) string { return "line " + strconv.Itoa(n) }

// nothing says why nothing was understood.
func (t *psText) nothing() error {
	if t.noPID {
		return errors.New("its header has no PID column: use ps -eo pid,ppid,stat,args")
	}
	if t.round > 0 {
		return errors.New("there is a header, but no process below it")
	}
	if len(t.junk) == 0 {
		return errors.New("it is empty")
	}
	none := "the only line does not describe a process"
	if n := len(t.lines); n > 1 {
		none = fmt.Sprintf("none of the %d lines describes a process", n)
	}
	return errors.New("it is neither an archive (.tar, .tar.gz) nor the output of ps: " + none)
}
