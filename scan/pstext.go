package scan

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// The text that ps prints is the one other way into a Snapshot. People paste
// it: without its header, from the middle, indented, wrapped, with what stood
// around it. What it does not tell is unknown.

// maxText bounds it: a hundred thousand processes take some 10 MiB.
// Lines are bounded too, since a process takes more memory than its line.
const (
	maxText  = 64 << 20
	maxLines = 1 << 19
)

// isText allows some control characters: busybox and top write those in the
// names of processes as they are.
func isText(head []byte) bool {
	if isUTF16(head) {
		return true
	}
	controls := 0
	for _, c := range head {
		if c == 0 {
			return false
		}
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' && c != '\x1b' && c != '\b' && c != '\f' {
			controls++
		}
	}
	return controls*4 <= len(head)
}

// isUTF16 tells what the redirection of PowerShell writes.
func isUTF16(b []byte) bool {
	return bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff"))
}

func openText(r *bufio.Reader, name string) (*Root, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxText+1))
	if err != nil {
		return nil, cutShort(err)
	}
	if len(b) > maxText {
		return nil, fmt.Errorf("more than %d MiB of text, which no list of processes has", maxText>>20)
	}
	s, err := ParsePS(b)
	if err != nil {
		return nil, err
	}
	s.Source.Path = name
	return &Root{name: name, listed: s}, nil
}

// ParsePS parses the text that ps or top printed, or what somebody pasted of
// it. It fails when no line of it is about a process. It never panics.
func ParsePS(b []byte) (*Snapshot, error) {
	if bytes.Count(b, []byte("\n")) > maxLines {
		return nil, fmt.Errorf("more than %d lines, which no list of processes has", maxLines)
	}
	t := &psText{seen: map[int]int{}, threads: map[int]int{}, list: &Listing{}}
	t.lines = cleanLines(b)
	t.measure()
	t.guess = t.guessLayout()
	for i := 0; i < len(t.lines); {
		i += t.take(i)
	}
	t.lateThreads()
	if len(t.procs) == 0 && len(t.unread) == 0 {
		return nil, t.nothing()
	}
	return t.snapshot(), nil
}

// psText is a text being parsed.
type psText struct {
	lines  []string
	tails  []string // the blanks at the end of each line
	width  int      // at which it was wrapped, if it was
	folded bool     // it was wrapped within its columns
	lost   bool     // it was wrapped within the art of a tree, and blanks of that are gone
	places int      // where it seems to have been, and one; 0: not counted yet
	guess  splitter // of lines before any header; none: no layout
	header splitter // of the lines after one
	noPID  bool     // a header without a PID column was seen
	round  int      // headers so far: a list may be there several times

	list    *Listing
	procs   []psProcess
	seen    map[int]int // by PID: its index in procs
	threads map[int]int // by PID: the line of one that stood before its process, or without it
	beside  []psProcess // with a mark, of processes for which another line speaks: threads, earlier lists
	unread  []Unread
	first   int // the lines that the first and last process stand on
	last    int
	junk    []Line   // the first line that is no process, and those that may be one
	tree    []branch // the path to the last process in the tree art
	drawn   bool     // there is tree art
	kernel  bool     // the kernel threads are in it
	marks   bool     // <defunct> stands in it somewhere, whole
	shown   bool     // it shows command lines, by all that it looks like
	sure    bool     // and it cannot be names
}

// psProcess is one process as a list shows it.
type psProcess struct {
	Process
	round    int
	command  string
	art      int  // the column of its branch in the tree; -1: it has none
	parent   int  // by the tree; NoPID: none
	wrapped  bool // its line was put together of several
	marked   bool
	brackets bool
}

// branch is a process in the tree that ps draws.
type branch struct{ col, pid int }

// cleanLines splits a text into lines, without what terminals, mail and web
// pages put around them.
func cleanLines(b []byte) []string {
	if isUTF16(b) {
		b = fromUTF16(b)
	}
	text := strings.TrimPrefix(string(b), "\ufeff")
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.ReplaceAll(text, "\u00a0", " ")
	text = strings.ReplaceAll(text, "&lt;defunct&gt;", defunct)
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	quoted := true
	for i, l := range lines {
		if strings.IndexByte(l, '\x1b') >= 0 {
			l = withoutColors(l)
		}
		lines[i] = strings.TrimRight(l, "\r")
		quoted = quoted && (strings.Trim(l, " \t\r") == "" || strings.HasPrefix(strings.TrimLeft(lines[i], " \t"), ">"))
	}
	if quoted {
		for i, l := range lines {
			lines[i] = strings.TrimPrefix(strings.TrimLeft(l, " \t"), ">")
		}
	}
	return lines
}

func fromUTF16(b []byte) []byte {
	var order binary.ByteOrder = binary.LittleEndian
	if b[0] == 0xfe {
		order = binary.BigEndian
	}
	units := make([]uint16, 0, len(b)/2)
	for b = b[2:]; len(b) >= 2; b = b[2:] {
		units = append(units, order.Uint16(b))
	}
	return []byte(string(utf16.Decode(units)))
}

// withoutColors drops what grep --color writes: CSI ... m, and CSI ... K.
func withoutColors(l string) string {
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(l, "\x1b[")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		end := strings.IndexFunc(after, func(r rune) bool { return r != ';' && (r < '0' || r > '9') })
		if end < 0 || after[end] != 'm' && after[end] != 'K' {
			b.WriteString("\x1b[")
			l = after
			continue
		}
		l = after[end+1:]
	}
}

// guessLayout finds the standard list that most lines fit, for those that no
// header announces.
func (t *psText) guessLayout() splitter {
	const sample = 1000
	n := 0
	votes := make([]int, len(standard))
	last := make([]string, len(standard)) // PID
	try := make([]splitter, len(standard))
	for i, l := range standard {
		try[i].layout = l
	}
	for _, l := range t.lines {
		if _, ok := headerOf(l); ok || n == sample {
			break
		}
		if l != "" {
			n++
		}
	}
	for i := range try {
		for at, lines := 0, 0; lines < n; {
			if t.lines[at] == "" {
				at++
				continue
			}
			l, k := t.head(&try[i], at)
			if k == 0 {
				at, lines = at+1, lines+1
				continue
			}
			if cells, ok := try[i].split(l); ok && plausible(standard[i], l, cells, &last[i]) {
				votes[i]++
			}
			at, lines = at+k, lines+k
		}
	}
	best, loose := 0, len(standard)-1
	for i := range votes[:loose] {
		if votes[i] > votes[best] {
			best = i
		}
	}
	switch { // a wrapped list has some lines for each
	case votes[best] > 0 && votes[best]*8 >= n:
		return splitter{layout: standard[best]}
	case votes[loose]*2 > n:
		return splitter{layout: standard[loose]}
	default:
		return splitter{}
	}
}

// plausible refuses what fits the columns by accident. The first line about a
// process is about its leader, and others about its threads; a group and a
// session look the same as a thread and a number of them.
func plausible(l layout, line string, cells []word, last *string) bool {
	text := func(k columnKind) string {
		if i := l.index(k); i >= 0 {
			return line[cells[i].from:cells[i].to]
		}
		return ""
	}
	pid, tid := text(colPID), text(colTID)
	previous, again := *last, pid == *last
	*last = pid
	if tid != "" {
		return pid[0] != '0' && (tid == pid || again) && text(colThreads) != "0"
	}
	if len(l) == 3 {
		// Busybox sorts by PID. What has another column here, or one more, would
		// be a list that tells its zombies in another way.
		user, command := line[cells[1].from:cells[1].to], strings.TrimLeft(line[cells[2].from:], " \t")
		next, _, _ := strings.Cut(command, " ")
		other := func(w string) bool {
			return w == "" || colState.fits(w) || colNumber.fits(w) || colTime.fits(w) || isTTY(w)
		}
		return older(previous, pid) && user[0] >= 'A' && !other(user) && !other(next)
	}
	if len(l) == 4 && l.index(colPPID) >= 0 {
		// Which number is which only their size tells: a parent is the older.
		return older(text(colPPID), pid)
	}
	return pid[0] != '0' && !again
}

// older reports whether a PID is less than another.
func older(a, b string) bool { return len(a) < len(b) || len(a) == len(b) && a < b }

// take reads what begins at line i, and returns how many lines that was.
func (t *psText) take(i int) int {
	l := t.lines[i]
	switch {
	case l == "":
		return 1
	case t.summary(l):
		return 1
	}
	if layout, n := t.headerAt(i); n > 0 {
		t.header, t.tree = splitter{layout: layout, told: true}, nil
		t.round++
		return n
	}
	s := &t.guess
	if t.header.layout != nil {
		s = &t.header
	}
	if isEllipsis(l) {
		if len(t.list.Cut) < maxJunk {
			t.list.Cut = append(t.list.Cut, Line{Number: i + 1, Text: l})
		}
		return 1
	}
	if s.layout != nil {
		if n := t.row(s, i); n > 0 {
			return n
		}
	}
	if h := someFields(l); len(h) > 1 && !slices.Contains(h, "PID") && !slices.ContainsFunc(h, func(w string) bool { return !isColumn(w) }) {
		t.noPID = true
	}
	if strings.Contains(l, cutDefunct) && len(t.list.Broken) < maxJunk {
		t.list.Broken = append(t.list.Broken, Line{Number: i + 1, Text: l}) // a zombie, wherever it stands
		return 1
	}
	if len(t.junk) < maxJunk && (len(t.junk) == 0 || looksLikeProcess(l)) {
		t.junk = append(t.junk, Line{Number: i + 1, Text: l})
	}
	t.list.Junk++
	return 1
}

// maxJunk bounds the lines that are kept of those that are no processes.
const maxJunk = 1000

// isEllipsis reports whether a line stands for others that were left out.
func isEllipsis(l string) bool {
	l = strings.TrimSpace(l)
	switch strings.ToLower(strings.Trim(l, "[]()<> .…")) {
	case "":
		return strings.Contains(l, "..") || strings.Contains(l, "…")
	case "snip", "cut", "truncated", "omitted":
		return true
	}
	return false
}

// summary takes what top says above its list.
func (t *psText) summary(l string) bool {
	l = strings.TrimSpace(l)
	if strings.Contains(l, cutDefunct) {
		return false
	}
	for _, p := range []string{"top - ", "Threads:", "%Cpu", "Cpu(s):", "MiB Mem", "MiB Swap", "KiB Mem", "KiB Swap",
		"GiB Mem", "GiB Swap", "Mem:", "Swap:", "CPU:", "Load average:"} {
		if strings.HasPrefix(l, p) {
			return true
		}
	}
	rest, ok := strings.CutPrefix(l, "Tasks:")
	if f := strings.Fields(rest); ok && len(f) > 1 && strings.HasPrefix(f[1], "total") {
		if n, err := strconv.Atoi(f[0]); err == nil && n >= 0 {
			t.list.Tasks = Some(n)
		}
		return true
	}
	return false
}

// process takes one line of the list.
func (t *psText) process(s *splitter, l Line, cells []word, wrapped bool) {
	if t.first == 0 {
		t.first = l.Number
		t.list.Columns = s.names()
	}
	t.last = l.Number
	p := psProcess{round: t.round, art: -1, parent: NoPID, wrapped: wrapped}
	p.PPID = NoPID
	p.Listed = &Listed{Line: l}
	tid := 0
	bad := func(what string, w string) {
		t.unread = append(t.unread, Unread{File: lineFile(l.Number), Reason: fmt.Sprintf("%s %.32q", what, w)})
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
			p.State = State(w[0])
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

// lateThreads takes those whose processes stood below them, if anywhere.
func (t *psText) lateThreads() {
	for pid, line := range t.threads {
		if j, ok := t.seen[pid]; ok {
			t.procs[j].NumThreads = max(t.procs[j].NumThreads, 2)
			continue
		}
		t.unread = append(t.unread, Unread{PID: pid, File: lineFile(line),
			Reason: fmt.Sprintf("a thread of PID %d, which is not in the list itself", pid)})
	}
}

// place finds the parent in the tree that is drawn, by the columns of the
// branches.
func (t *psText) place(p *psProcess) int {
	for len(t.tree) > 0 && t.tree[len(t.tree)-1].col >= p.art {
		t.tree = t.tree[:len(t.tree)-1]
	}
	parent := NoPID
	if n := len(t.tree); n > 0 {
		parent = t.tree[n-1].pid
	}
	t.tree = append(t.tree, branch{p.art, p.PID})
	return parent
}

// add adds a process. One that stands there again, in a later list, is told
// about by both.
func (t *psText) add(p psProcess) {
	j, ok := t.seen[p.PID]
	if !ok {
		t.seen[p.PID] = len(t.procs)
		t.procs = append(t.procs, p)
		return
	}
	q := &t.procs[j]
	if q.round == p.round {
		t.unread = append(t.unread, Unread{PID: p.PID, File: lineFile(p.Listed.Number),
			Reason: fmt.Sprintf("PID %d stands in line %d already", p.PID, q.Listed.Number)})
		return
	}
	if p.PPID == NoPID {
		p.PPID = q.PPID
	}
	if p.parent == NoPID {
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

// nothing says why nothing was understood.
func (t *psText) nothing() error {
	if t.noPID {
		return errors.New("its header has no PID column: ps -eo pid,ppid,stat,args is what is needed")
	}
	if t.round > 0 {
		return errors.New("there is the header of a list, and no process below it")
	}
	if len(t.junk) == 0 {
		return errors.New("there is nothing in it")
	}
	return fmt.Errorf("is neither an archive (.tar, .tar.gz) nor the text that ps prints: no line of %d is about a process", len(t.lines))
}
