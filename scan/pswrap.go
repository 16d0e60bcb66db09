package scan

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// maxWrapped is how many lines one process may take, and maxHead how many of
// them its columns.
const (
	maxWrapped = 16
	maxHead    = 8
	// A line that is longer has its columns, or none.
	maxHeadLen = 4096
)

func width(l string) int { return utf8.RuneCountInString(l) }

// measure takes the blanks from the ends of the lines, and finds the width of
// the widest line: what was wrapped was wrapped there.
func (t *psText) measure() {
	t.tails = make([]string, len(t.lines))
	least := 0
	for i, l := range t.lines {
		t.lines[i] = strings.TrimRight(l, " \t")
		t.tails[i] = l[len(t.lines[i]):]
		if t.lines[i] == "" {
			continue
		}
		t.width = max(t.width, width(l))
		if w := width(l); least == 0 || w < least {
			least = w
		}
	}
	if least < t.width {
		return
	}
	// All are as wide as the terminal: these blanks are of no line.
	clear(t.tails)
	t.width = 0
	for _, l := range t.lines {
		t.width = max(t.width, width(l))
	}
}

// headerAt returns the layout that a header at line i announces, and how many
// lines it takes; 0: there is none.
func (t *psText) headerAt(i int) (layout, int) {
	text := t.lines[i]
	best, ok := headerOf(text)
	lines := 0
	if ok {
		lines = 1
	} else if first, _, _ := strings.Cut(strings.TrimLeft(text, " "), " "); !isColumn(first) {
		return nil, 0
	}
	for n := 1; n < maxHead && len(text) <= maxHeadLen && t.wraps(i+n-1); n++ {
		text += t.joint(i+n-1) + t.lines[i+n]
		l, ok := headerOf(text)
		if ok && !slices.ContainsFunc(l, func(c column) bool { return !isColumn(c.name) }) {
			best, lines = l, n+1
		}
	}
	return best, lines
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
	// The rest of a long command line. What is a row of its own is none.
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
	cells, _ := s.split(text) // what was split since is of another line
	t.process(s, Line{Number: i + 1, Text: text}, cells, n > 1)
	return n
}

// head joins the lines from i until they have all columns, and returns how many
// those are; 0: they never have.
func (t *psText) head(s *splitter, i int) (string, int) {
	text, n := t.lines[i], 1
	if s.never(text) {
		return "", 0
	}
	for ; !s.whole(text); n++ {
		_, fits := s.split(text) // so that only the art of a tree is where the command should be
		if n == maxHead || len(text) > maxHeadLen || i+n == len(t.lines) || t.lines[i+n] == "" || !fits && !t.wraps(i+n-1) && !startsInArt(t.lines[i+n]) || t.begins(s, t.lines[i+n]) {
			if _, ok := s.split(t.lines[i]); ok {
				return t.lines[i], 1 // its name is like that art
			}
			return "", 0
		}
		text += t.joint(i+n-1) + t.lines[i+n]
	}
	return text, n
}

// never reports whether no process begins with a line, whatever is joined to it:
// where its PID would be there is another word, and one more behind that. Long
// texts of other things would take most of the time otherwise.
func (s *splitter) never(line string) bool {
	for _, c := range s.layout {
		line = strings.TrimLeft(line, " \t")
		end := strings.IndexAny(line, " \t")
		if end < 0 || c.kind == colDate || c.kind == colText || c.kind == colCommand {
			return false // too few words, or a cell of any number of them
		}
		if c.kind == colPID {
			return !c.kind.fits(line[:end])
		}
		line = line[end:]
	}
	return false
}

// startsInArt reports whether a line begins within the tree that ps draws.
func startsInArt(l string) bool {
	return strings.HasPrefix(l+" ", "| ") || strings.HasPrefix(l+" ", `\_ `)
}

// begins reports whether a line is one of its own, and not the rest of another.
func (t *psText) begins(s *splitter, l string) bool {
	if _, ok := headerOf(l); ok || isEllipsis(l) || strings.HasPrefix(l, "```") {
		return true
	}
	_, ok := s.split(l)
	return ok
}

// isWrapped reports whether there is more than one place where the text looks
// as if it had been wrapped.
func (t *psText) isWrapped(s *splitter) bool {
	if t.places == 0 {
		t.places = 1
		for i := range t.lines {
			if t.wraps(i) && !t.begins(s, t.lines[i+1]) {
				t.places++
			}
		}
	}
	return t.places > 2
}

// wraps reports whether line i was wrapped, so that line i+1 is the rest of
// it: the first word of that had no place.
func (t *psText) wraps(i int) bool {
	const narrow = 20
	if i+1 >= len(t.lines) || t.lines[i+1] == "" || t.width < narrow {
		return false
	}
	next, _, _ := strings.Cut(strings.TrimLeft(t.lines[i+1], " "), " ")
	// A letter may have counted as one, as the two columns that it takes, or as
	// the bytes that it is.
	return len(t.lines[i])+len(t.tails[i])+1+len(next) > t.width
}

// full reports whether line i reaches to the edge.
func (t *psText) full(i int) bool {
	return width(t.lines[i]) == t.width || len(t.lines[i]) == t.width
}

// joint is what stands between a wrapped line and its rest: the blanks that are
// there; nothing where it was cut at the edge, a blank where at a word.
func (t *psText) joint(i int) string {
	switch {
	case t.tails[i] != "":
		return t.tails[i]
	case t.full(i) && !strings.HasSuffix(t.lines[i], `\_`):
		return ""
	default:
		return " "
	}
}
