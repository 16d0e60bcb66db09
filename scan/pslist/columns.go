package pslist

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

func (l layout) index(k columnKind) int {
	return slices.IndexFunc(l, func(c column) bool { return c.kind == k })
}

// Bounds of a header: of its columns, ps knows about a hundred, and of those
// whose cells may have more than one word.
const (
	maxColumns = 128
	maxTexts   = 6
)

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

func hasPrefix(s string, one ...string) bool {
	return slices.ContainsFunc(one, func(prefix string) bool { return strings.HasPrefix(s, prefix) })
}

func isTTY(w string) bool {
	return w == "?" || w == "-" || w == "??" || w == "console" || hasPrefix(w, "pts/", "lxc/", "tty", "hvc", "xvc", "vc/", "sclp")
}

func isDigits(w string) bool { return w != "" && strings.Trim(w, "0123456789") == "" }

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

// looksLikeProcess: some words, and a number among them.
func looksLikeProcess(l string) bool {
	f := someFields(l)
	return len(f) >= 3 && slices.ContainsFunc(f, isDigits)
}

// someFields returns the words that a line begins with: more than any header
// has, and not all of a line that somebody made very long.
func someFields(line string) []string { return strings.Fields(line[:min(len(line), 4096)]) }

// defunct is the mark that procps puts behind a zombie; cutDefunct is the rest
// of it at the edge of a narrow terminal, and never a word of an ordinary line.
const (
	defunct    = "<defunct>"
	cutDefunct = "<defunct"
)

// taskComm is how much the kernel keeps of a name (TASK_COMM_LEN, less the 0).
// Only kernel threads may have more.
const taskComm = 15
