package words

import (
	"fmt"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/english"
)

// LimitLine says how much is used of a limit, by whom, and who set it.
func LimitLine(l *diagnose.Limit) string {
	line := fmt.Sprintf("%s %s of %d%s, zombies hold %d · %s · %s",
		l.Name, LimitUsed(l), l.Max, LimitShare(l, " (%d %%)"), l.Zombies, l.Path, l.SetBy)
	if n, ok := l.Refusals.Get(); ok && n > 0 {
		line += fmt.Sprintf(" · %d %s", n, english.Agree(int(min(n, 2)), "refusal", "refusals"))
	}
	if full := phrase.Full(l.Limit); full != "" {
		line += " · full in " + full
	}
	return line
}

// LimitUsed says at least how much is used, where more may be.
func LimitUsed(l *diagnose.Limit) string {
	used := OrUnknown(Pointer(l.Used))
	if l.LowerBound && l.Used.Known() {
		return "≥" + used
	}
	return used
}

// LimitShare formats the percentage that is used; "" when it is unknown.
func LimitShare(l *diagnose.Limit, format string) string {
	share, ok := l.Percent()
	if !ok {
		return ""
	}
	return fmt.Sprintf(format, share)
}
