package pslist

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

// text is the pasted text, which may have been wrapped on its way.
type text struct {
	lines  []string
	tails  []string // the blanks at the end of each line
	width  int      // at which it was wrapped, if it was
	places int      // where it seems to have been, and one; 0: not counted yet
}

func width(l string) int { return utf8.RuneCountInString(l) }

// measure takes the blanks from the ends of the lines, and finds the width of
// the widest line: wrapped lines were wrapped there.
func (t *text) measure() {
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
// lines it takes; 0: line i is not a header.
func (t *text) headerAt(i int) (layout, int) {
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

// head joins the lines from i until they have all columns, and returns how many
// those are; 0: they never have.
func (t *text) head(s *splitter, i int) (string, int) {
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

// startsInArt reports whether a line begins within the tree that ps draws.
func startsInArt(l string) bool {
	return strings.HasPrefix(l+" ", "| ") || strings.HasPrefix(l+" ", `\_ `)
}

// begins reports whether a line is one of its own, and not the rest of another.
func (t *text) begins(s *splitter, l string) bool {
	if _, ok := headerOf(l); ok || isEllipsis(l) || strings.HasPrefix(l, "```") {
		return true
	}
	_, ok := s.split(l)
	return ok
}

// isWrapped reports whether there is more than one place where the text looks
// as if it had been wrapped.
func (t *text) isWrapped(s *splitter) bool {
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
func (t *text) wraps(i int) bool {
	const narrow = 20
	if i+1 >= len(t.lines) || t.lines[i+1] == "" || t.width < narrow {
		return false
	}
	next, _, _ := strings.Cut(strings.TrimLeft(t.lines[i+1], " "), " ")
	// A letter may have counted as one, as the two columns that it takes, or as
	// the bytes that it is.
	return len(t.lines[i])+len(t.tails[i])+1+len(next) > t.width
}

func (t *text) full(i int) bool {
	return width(t.lines[i]) == t.width || len(t.lines[i]) == t.width
}

// joint is what stands between a wrapped line and its rest: the blanks that are
// there; nothing where it was cut at the edge, a blank where at a word.
func (t *text) joint(i int) string {
	switch {
	case t.tails[i] != "":
		return t.tails[i]
	case t.full(i) && !strings.HasSuffix(t.lines[i], `\_`):
		return ""
	default:
		return " "
	}
}

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
