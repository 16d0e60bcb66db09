package phrase

import (
	"fmt"

	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/english"
)

// limitNames are what people call the limits.
var limitNames = map[string]string{
	observe.PidsMax: "pids limit", observe.NProc: "process limit of its user", observe.ThreadsMax: "thread limit of the machine", observe.PidMax: "PID limit of the machine",
}

// LimitName is what people call a limit.
func LimitName(l *observe.Limit) string { return limitNames[l.Name] }

// LimitSentence says how full a limit is, and when it will be reached.
func LimitSentence(l *observe.Limit) string {
	said := "The " + LimitName(l) + " is " + fullness(l)
	if t := TimeToFull(l); t != "" {
		said += " and will be reached in " + t
	}
	return said + "."
}

// LimitHeadline says it in a few words: "pids limit 96 % full, by zombies; fork fails in about 12m".
func LimitHeadline(l *observe.Limit, byZombies bool) string {
	said := LimitName(l) + " " + fullness(l)
	if byZombies {
		said += ", by zombies"
	}
	used, known := l.Used.Get()
	switch t := TimeToFull(l); {
	case known && used >= l.Max:
		said += "; fork fails"
	case t != "":
		said += "; fork fails in " + t
	}
	return said
}

// fullness says how much of a limit is used.
func fullness(l *observe.Limit) string {
	share, known := l.Percent()
	used, _ := l.Used.Get()
	switch {
	case !known:
		return fmt.Sprintf("%d, and its use is unknown", l.Max)
	case used >= l.Max:
		return "full"
	case l.LowerBound:
		return fmt.Sprintf("at least %d %% full", share)
	default:
		return fmt.Sprintf("%d %% full", share)
	}
}

// TimeToFull is the best guess of when a limit is reached: "about 12m"; "": it
// is unknown.
func TimeToFull(l *observe.Limit) string {
	best, ok := l.FullIn.Get()
	if used, _ := l.Used.Get(); !ok || used >= l.Max {
		return ""
	}
	return "about " + english.Duration(best)
}
