package pslist

import (
	"slices"
	"strings"
)

// word is a part of a line between blanks.
type word struct{ from, to int }

const (
	maxWords    = 256 // of a line that are looked at
	maxTextCell = 16  // words of a text that others follow
)

func words(to []word, line string) []word {
	for i := 0; i < len(line) && len(to) < maxWords; {
		if line[i] == ' ' || line[i] == '\t' {
			i++
			continue
		}
		from := i
		for i < len(line) && line[i] != ' ' && line[i] != '\t' {
			i++
		}
		to = append(to, word{from, i})
	}
	return to
}

type splitter struct {
	layout
	told  bool // by a header
	line  string
	words []word
	cells []word
	// tried has a bit for each word of each column from which nothing fits:
	// without it a hostile line could be tried in very many ways.
	tried []uint64
}

// split returns a cell for each column: the command, when it is last, with the
// blanks before it. They are valid until the next call.
func (s *splitter) split(line string) ([]word, bool) {
	s.line, s.words = line, words(s.words[:0], line)
	s.cells = slices.Grow(s.cells[:0], len(s.layout))[:len(s.layout)]
	clear(s.tried)
	if len(s.words) < len(s.layout) {
		return nil, false
	}
	return s.cells, s.fit(0, 0)
}

// whole reports whether a line has all cells, and the last of them more than
// the art of a tree, where that was wrapped.
func (s *splitter) whole(line string) bool {
	cells, ok := s.split(line)
	return ok && strings.Trim(line[cells[len(cells)-1].from:], ` |\_`+"\t") != ""
}

func (s *splitter) fit(col, at int) bool {
	if col == len(s.layout) {
		return at == len(s.words) && at < maxWords
	}
	if at == len(s.words) {
		return false
	}
	bit := col*maxWords + at
	if len(s.tried) > 0 && s.tried[bit/64]>>(bit%64)&1 != 0 {
		return false
	}
	kind := s.layout[col].kind
	if kind == colCommand && col == len(s.layout)-1 {
		from := 0
		if at > 0 {
			from = s.words[at-1].to
		}
		s.cells[col] = word{from, len(s.line)}
		return true
	}
	try := func(n int) bool {
		if at+n > len(s.words) {
			return false
		}
		s.cells[col] = word{s.words[at].from, s.words[at+n-1].to}
		return s.fit(col+1, at+n)
	}
	switch kind {
	case colDate:
		for _, n := range [...]int{6, 5, 2, 3, 1} { // three are often two, and a number in the next column
			if at+n <= len(s.words) && s.isDate(at, n) && try(n) {
				return true
			}
		}
	case colText, colCommand:
		if at+1 < len(s.words) && s.line[s.words[at+1].from] == '(' && try(2) {
			return true // a security label and its mode: "docker-default (enforce)"
		}
		for n := 1; n <= maxTextCell; n++ {
			if try(n) {
				return true
			}
		}
	default:
		w := s.words[at]
		text := s.line[w.from:w.to]
		// Below a header a number alone is a time too, in seconds (times, cputimes).
		if (kind.fits(text) || kind == colTime && s.told && isDigits(text)) && try(1) {
			return true
		}
	}
	if len(s.tried) == 0 {
		s.tried = make([]uint64, (len(s.layout)*maxWords+63)/64)
	}
	s.tried[bit/64] |= 1 << (bit % 64)
	return false
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

// isDate reports whether n words may be a point in time: "Nov13", "23:36",
// "11月13"; "Nov 13", "13. Nov", "de nov.13", "Thg 1113"; "de nov. 13"; "Tue Nov
// 24 23:36:20 2026", and the same where the month is two words.
func (s *splitter) isDate(at, n int) bool {
	text := func(i int) string { return s.line[s.words[at+i].from:s.words[at+i].to] }
	digits := func(w string) bool { return strings.ContainsAny(w, "0123456789") }
	letters := func(w string) bool { return w[0] >= 'A' && !digits(w) && !strings.Contains(w, ":") }
	switch n {
	case 6, 5:
		return strings.Contains(text(n-2), ":") && isDigits(text(n-1)) && len(text(n-1)) == 4
	case 3:
		return letters(text(0)) && !strings.Contains(text(1), ":") && isDigits(text(2)) && len(text(2)) <= 2
	case 2:
		a, b := text(0), text(1)
		if digits(a) && strings.HasSuffix(a, ".") {
			a, b = b, strings.TrimSuffix(a, ".")
		}
		if b = strings.TrimSuffix(b, "."); b == "" {
			return false
		}
		joined := isDigits(b) && len(b) <= 4 || b[0] >= 'A' && digits(b) && !strings.ContainsAny(b, ":/")
		return letters(a) && joined
	default:
		w := text(0)
		return digits(w) && (strings.Contains(w, ":") || !isDigits(w) || len(w) == 4) || w == "-"
	}
}
