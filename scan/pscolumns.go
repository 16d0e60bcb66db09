package scan

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// columnKind is what a column of ps holds, as far as it matters here.
type columnKind int

const (
	colWord   columnKind = iota // one word that nobody needs
	colNumber                   // a number, with a unit perhaps
	colText                     // some words
	colPID
	colPPID
	colPGID
	colSID
	colTID
	colThreads
	colState
	colTTY
	colTime // CPU time
	colDate // when it started: from one to five words
	colCommand
)

type column struct {
	name string
	kind columnKind
}

// columnKinds are the headers that ps and top print (ps(1), STANDARD FORMAT
// SPECIFIERS; top(1)), busybox included.
var columnKinds = map[string]columnKind{
	"PID": colPID, "TGID": colPID, "PPID": colPPID, "PGID": colPGID, "PGRP": colPGID,
	"SID": colSID, "SESS": colSID, "SESSION": colSID,
	"LWP": colTID, "SPID": colTID, "TID": colTID, "NLWP": colThreads, "THCNT": colThreads,
	"S": colState, "STAT": colState, "STATE": colState,
	"TT": colTTY, "TTY": colTTY, "TIME": colTime, "TIME+": colTime,
	"START": colDate, "STIME": colDate, "STARTED": colDate, "LSTART": colDate,
	"COMMAND": colCommand, "CMD": colCommand, "COMM": colCommand, "ARGS": colCommand,
	"USER": colWord, "UID": colWord, "EUSER": colWord, "RUSER": colWord, "EUID": colWord, "RUID": colWord,
	"GROUP": colWord, "GID": colWord, "EGID": colWord, "RGID": colWord, "F": colWord, "ADDR": colWord, "WCHAN": colWord,
	"ELAPSED": colWord, "CLS": colWord, "POL": colWord, "FLAGS": colWord, "VIRT": colNumber, "RES": colNumber, "SHR": colNumber,
	"%CPU": colNumber, "%MEM": colNumber, "%VSZ": colNumber, "C": colNumber, "CP": colNumber, "CPU": colNumber,
	"VSZ": colNumber, "RSS": colNumber, "RSZ": colNumber, "SZ": colNumber, "SIZE": colNumber, "PSR": colNumber,
	"PRI": colWord, "NI": colWord, "PR": colWord, "RTPRIO": colWord, "TPGID": colWord,
	"LABEL": colText, "CGROUP": colText, "SUPGRP": colText, "UNIT": colText,
	"PENDING": colWord, "BLOCKED": colWord, "IGNORED": colWord, "CAUGHT": colWord, "NAMESPACE": colWord, "PIDNS": colWord,
}

func isColumn(name string) bool {
	_, ok := columnKinds[name]
	return ok
}

// layout is the columns of one kind of list.
type layout []column

func layoutOf(header string) layout {
	var l layout
	for name := range strings.FieldsSeq(header) {
		kind, ok := columnKinds[name]
		if !ok {
			kind = colText
		}
		l = append(l, column{name, kind})
	}
	return l
}

// someFields returns the words that a line begins with: more than any header
// has, and not all of a line that somebody made very long.
func someFields(line string) []string { return strings.Fields(line[:min(len(line), 4096)]) }

func (l layout) index(k columnKind) int {
	return slices.IndexFunc(l, func(c column) bool { return c.kind == k })
}

func (l layout) names() []string {
	names := make([]string, len(l))
	for i, c := range l {
		names[i] = c.name
	}
	return names
}

// Bounds of a header: of its columns, ps knows about a hundred, and of those
// whose cells may have more than one word.
const (
	maxColumns = 128
	maxTexts   = 6
)

// headerOf returns the layout that a header line announces.
func headerOf(line string) (layout, bool) {
	words := someFields(line)
	if len(words) < 2 || len(words) > maxColumns || !slices.Contains(words, "PID") {
		return nil, false
	}
	known := 0
	for _, w := range words {
		if isColumn(w) {
			known++
		}
		if isDigits(w) || strings.Contains(w, cutDefunct) {
			return nil, false
		}
	}
	if known*2 < len(words) {
		return nil, false
	}
	l := layoutOf(line)
	if last := &l[len(l)-1]; last.kind == colText && l.index(colCommand) < 0 {
		last.kind = colCommand // translated: top prints COM. in French
	}
	if last := &l[len(l)-1]; last.name == "S" && l[0].name == "UID" && slices.ContainsFunc(l, func(c column) bool { return c.name == "C" }) {
		last.kind = colWord // what the edge left of the STIME of -f, and no state
	}
	texts := 0
	for _, c := range l {
		if c.kind == colText || c.kind == colCommand || c.kind == colDate {
			texts++
		}
	}
	return l, texts <= maxTexts
}

// anything is the list of busybox as Debian builds it. Nearly any line fits it.
const anything = "PID USER COMMAND"

// standard are the lists that are recognized without their header, the
// telling ones first.
var standard = func() []layout {
	var out []layout
	for _, header := range []string{
		"UID PID PPID C STIME TTY TIME CMD",                         // -f
		"USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND",    // u
		"PPID PID PGID SID TTY TPGID STAT UID TIME COMMAND",         // j
		"F UID PID PPID PRI NI VSZ RSS WCHAN STAT TTY TIME COMMAND", // l
		"F S UID PID PPID C PRI NI ADDR SZ WCHAN TTY TIME CMD",      // -l
		"S UID PID PPID C PRI NI RSS SZ WCHAN TTY TIME CMD",         // -ly
		"UID PID PPID C SZ RSS PSR STIME TTY TIME CMD",              // -F
		"UID PID PPID LWP C NLWP STIME TTY TIME CMD",                // -fL
		"UID PID PPID PGID SID C STIME TTY TIME CMD",                // -fj
		"PID USER PR NI VIRT RES SHR S %CPU %MEM TIME+ COMMAND",     // top
		"PID PPID USER STAT VSZ %VSZ CPU %CPU COMMAND",              // top of busybox
		"PID PPID USER STAT VSZ %VSZ %CPU COMMAND",                  // the same on one CPU
		"PID PGID SID TTY TIME CMD",                                 // -j
		"PID TTY STAT TIME COMMAND",                                 // x
		"PID TTY TIME CMD",                                          // -e
		"PID USER VSZ STAT COMMAND",                                 // busybox
		"PID USER TIME COMMAND",                                     // busybox, small
		// What people filter for zombies with grep, which loses the header.
		"PID PPID STAT COMMAND",
		"STAT PPID PID COMMAND",
		"PPID PID STAT COMMAND",
		"STAT PID PPID COMMAND",
		anything, // the last: see guessLayout
	} {
		out = append(out, layoutOf(header))
	}
	return out
}()

// word is a part of a line between blanks.
type word struct{ from, to int }

const (
	maxWords    = 256 // of a line that are looked at
	maxTextCell = 16  // words of a text that others follow
)

// words appends those of a line, at most maxWords.
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

// splitter splits lines into the cells of a layout.
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

// fits reports whether a word may stand in a column.
func (k columnKind) fits(w string) bool {
	switch k {
	case colPID, colPPID, colPGID, colSID, colTID, colThreads:
		return isDigits(w) || w == "-" && k != colPID || isDigits(strings.TrimPrefix(w, "-")) && k != colPID
	case colNumber:
		return w == "-" || w[0] >= '0' && w[0] <= '9' && strings.Trim(w, "0123456789.,:kKmMgGtT%") == ""
	case colState:
		return strings.IndexByte("RSDZTtXxKWPIN", w[0]) >= 0 && strings.Trim(w[1:], "<NLsl+WPV>") == ""
	case colTTY:
		return isTTY(w)
	case colTime:
		return w[0] >= '0' && w[0] <= '9' && (strings.ContainsAny(w, ":hd") || strings.HasSuffix(w, "s")) && strings.Trim(w, "0123456789:.,-hdms") == ""
	default:
		return true
	}
}

func isTTY(w string) bool {
	if w == "?" || w == "-" || w == "??" || w == "console" {
		return true
	}
	for _, p := range []string{"pts/", "lxc/", "tty", "hvc", "xvc", "vc/", "sclp"} {
		if strings.HasPrefix(w, p) {
			return true
		}
	}
	return false
}

func isDigits(w string) bool {
	for i := range len(w) {
		if w[i] < '0' || w[i] > '9' {
			return false
		}
	}
	return w != ""
}

// cpuTime parses what ps shows of CPU time: "00:01:25", "1-02:03:04", "93:34",
// "0:07.50" (minutes); "1h23", "10d05" of busybox; "1m2.5s" of podman; in ticks
// of 1/100 s.
func cpuTime(w string) (uint64, bool) {
	if d, err := time.ParseDuration(w); err == nil && d >= 0 {
		return uint64(d / (time.Second / facts.UserHZ)), true
	}
	seconds := 0.0
	days, rest, ok := strings.Cut(w, "-")
	if !ok {
		days, rest = "0", w
	}
	d, err := strconv.ParseUint(days, 10, 32)
	if err != nil {
		return 0, false
	}
	units := map[string][2]float64{"h": {3600, 60}, "d": {86400, 3600}}
	for sep, u := range units {
		if a, b, ok := strings.Cut(rest, sep); ok {
			x, err1 := strconv.ParseUint(a, 10, 32)
			y, err2 := strconv.ParseUint(b, 10, 32)
			return uint64((float64(x)*u[0] + float64(y)*u[1]) * facts.UserHZ), err1 == nil && err2 == nil
		}
	}
	for part := range strings.SplitSeq(strings.ReplaceAll(rest, ",", "."), ":") {
		v, err := strconv.ParseFloat(part, 64)
		if err != nil || v < 0 || v > math.MaxUint32 {
			return 0, false
		}
		seconds = seconds*60 + v
	}
	return uint64((float64(d)*86400 + seconds) * facts.UserHZ), seconds < math.MaxUint32
}
