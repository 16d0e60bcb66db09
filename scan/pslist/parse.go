// Package pslist makes a snapshot of the text that ps prints, which is the one
// other way into one. People paste it: without its header, from the middle,
// indented, wrapped, with other text around it. Facts without a column are
// unknown.
package pslist

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// MaxText bounds the text, in bytes: a hundred thousand processes take some 10 MiB.
// Lines are bounded too, since a process takes more memory than its line.
const (
	MaxText  = 64 << 20
	maxLines = 1 << 19
)

// Parse parses the text that ps or top printed, or what somebody pasted of
// it. It fails when no line of it is about a process. It never panics.
func Parse(b []byte) (*facts.Snapshot, error) {
	if len(b) > MaxText {
		return nil, fmt.Errorf("it has more than %d MiB of text, and no list of processes does", MaxText>>20)
	}
	if bytes.Count(b, []byte("\n")) > maxLines {
		return nil, fmt.Errorf("it has more than %d lines, and no list of processes does", maxLines)
	}
	t := &psText{seen: map[int]int{}, threads: map[int]int{}, list: &facts.Listing{}}
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
			t.list.Cut = append(t.list.Cut, facts.Line{Number: i + 1, Text: l})
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
		t.list.Broken = append(t.list.Broken, facts.Line{Number: i + 1, Text: l}) // a zombie, wherever it stands
		return 1
	}
	if len(t.junk) < maxJunk && (len(t.junk) == 0 || looksLikeProcess(l)) {
		t.junk = append(t.junk, facts.Line{Number: i + 1, Text: l})
	}
	t.list.Junk++
	return 1
}

func (t *psText) summary(l string) bool {
	l = strings.TrimSpace(l)
	if strings.Contains(l, cutDefunct) {
		return false
	}
	if hasPrefix(l, "top - ", "Threads:", "%Cpu", "Cpu(s):", "MiB Mem", "MiB Swap", "KiB Mem", "KiB Swap",
		"GiB Mem", "GiB Swap", "Mem:", "Swap:", "CPU:", "Load average:") {
		return true
	}
	rest, ok := strings.CutPrefix(l, "Tasks:")
	if f := strings.Fields(rest); ok && len(f) > 1 && strings.HasPrefix(f[1], "total") {
		if n, err := strconv.Atoi(f[0]); err == nil && n >= 0 {
			t.list.Tasks = facts.Some(n)
		}
		return true
	}
	return false
}

// row reads the process that begins at line i, and returns how many lines it
// takes; 0: none begins there.
func (t *psText) row(s *splitter, i int) int {
	text, n := t.head(s, i)
	if n == 0 {
		return 0
	}
	t.folded = t.folded || n > 1
	for j := i; j < i+n-1; j++ {
		rest := t.lines[j+1]
		t.lost = t.lost || t.tails[j] == "" && !t.full(j) && startsInArt(strings.TrimLeft(rest, " "))
	}
	// The rest of a long command line. A line that is a row of its own is not part
	// of it.
	for n < maxWrapped && t.wraps(i+n-1) {
		next := t.lines[i+n]
		if strings.HasSuffix(text, "<defunct>") || strings.HasSuffix(text, "]") && !strings.HasPrefix(strings.TrimLeft(next, " "), "<") || t.begins(s, next) {
			break
		}
		if _, k := t.head(s, i+n); k > 0 {
			break
		}
		if looksLikeProcess(next) && !t.isWrapped(s) {
			break // rather one that was damaged
		}
		if strings.Contains(next, cutDefunct) && strings.LastIndex(text, "[") <= strings.LastIndex(strings.TrimSuffix(text, "]"), "]") {
			break // a zombie that has lost its columns: no name in brackets is open here
		}
		text += t.joint(i+n-1) + next
		n++
	}
	cells, _ := s.split(text) // an earlier split may be of another line
	t.process(s, facts.Line{Number: i + 1, Text: text}, cells, n > 1)
	return n
}
