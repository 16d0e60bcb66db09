package pslist

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
)

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

// looksLikeProcess: some words, and a number among them.
func looksLikeProcess(l string) bool {
	f := someFields(l)
	return len(f) >= 3 && slices.ContainsFunc(f, isDigits)
}

// someFields returns the words that a line begins with: more than any header
// has, and not all of a line that somebody made very long.
func someFields(line string) []string { return strings.Fields(line[:min(len(line), 4096)]) }
