package words

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/sys"
)

// Answer returns an answer, unknown where nobody asked.
func Answer(a diagnose.Answer) string { return string(cmp.Or(a, diagnose.Unknown)) }

// Origin returns where a zombie came from, unknown where nobody asked.
func Origin(o observe.Descent) string { return string(cmp.Or(o, observe.UnknownDescent)) }

// OrUnknown shows a fact, "?" when it is not known.
func OrUnknown[T any](v *T) string {
	if v == nil {
		return "?"
	}
	return fmt.Sprint(*v)
}

// Pointer returns nil for an unknown value.
func Pointer[T any](o facts.Opt[T]) *T {
	if v, ok := o.Get(); ok {
		return &v
	}
	return nil
}

// Told returns nil for a PID that a list of processes does not show.
func Told(pid int) *int {
	if pid == facts.NoPID {
		return nil
	}
	return &pid
}

// UID returns the real user ID, nil when it is unknown.
func UID(p *facts.Process) *int {
	if p.Deep == nil {
		return nil
	}
	if s, ok := p.Deep.Status.Get(); ok {
		return Pointer(s.UID)
	}
	return nil
}

// RFC3339 returns a time in UTC; nil when it is unknown, and for years that RFC 3339
// cannot write, as a damaged recording may give.
func RFC3339(t time.Time, ok bool) *string {
	t = t.UTC()
	if !ok || t.Year() < 0 || t.Year() > 9999 {
		return nil
	}
	return new(t.Format(time.RFC3339))
}

// Seconds returns a duration in seconds, nil when it is unknown.
func Seconds(d facts.Opt[time.Duration]) *float64 {
	v, ok := d.Get()
	if !ok {
		return nil
	}
	return new(v.Round(time.Microsecond).Seconds())
}

// Rooted makes a path below the root that was read one that can be pasted.
func Rooted(file string) string {
	if file == "" || strings.HasPrefix(file, "/") || !strings.Contains(file, "/") { // a line of a list
		return file
	}
	return "/" + file
}

// Bounded cuts what a process may make as long as it likes, for the formats
// that programs read.
func Bounded(command string) string {
	const most = 4096 // bytes
	if len(command) <= most {
		return command
	}
	return command[:most] + "…"
}

// ExitText says how a process exited: "exit 3", "SIGSEGV, core dumped", "?".
func ExitText(e facts.Opt[facts.Exit]) string {
	if v, ok := e.Get(); ok {
		return sys.ExitText(v.Signal, v.Code, v.CoreDumped)
	}
	return "?"
}

// AgeRange says both bounds, for those who want to know how sure an age is.
func AgeRange(a facts.Age) string {
	least, ok1 := a.AtLeast.Get()
	most, ok2 := a.AtMost.Get()
	switch {
	case ok1 && ok2:
		return fmt.Sprintf("%s to %s", Exact(least), Exact(most))
	case ok1:
		return "over " + Exact(least)
	case ok2:
		return "under " + Exact(most)
	default:
		return "?"
	}
}

// Exact says a duration to the millisecond while that means something.
func Exact(d time.Duration) string {
	switch {
	case d < time.Minute:
		return d.Round(time.Millisecond).String()
	case d < time.Hour:
		return d.Round(100 * time.Millisecond).String()
	default:
		return d.Round(time.Second).String()
	}
}

// LimitLine says how much is used of a limit, by whom, and who set it.
func LimitLine(l *diagnose.Limit) string {
	line := fmt.Sprintf("%s %s of %s%s, zombies hold %s · %s · %s",
		l.Name, LimitUsed(l), english.Number(l.Max), LimitShare(l, " (%d %%)"), english.Number(l.Zombies), l.Path, l.SetBy)
	if n, ok := l.Refusals.Get(); ok && n > 0 {
		line += " · " + english.Count(int(min(n, math.MaxInt)), "refusal", "refusals")
	}
	if full := phrase.Full(l.Limit); full != "" {
		line += " · full in " + full
	}
	return line
}

// LimitUsed says at least how much is used, where more may be.
func LimitUsed(l *diagnose.Limit) string {
	used, ok := l.Used.Get()
	switch {
	case !ok:
		return "?"
	case l.LowerBound:
		return "≥" + english.Number(used)
	default:
		return english.Number(used)
	}
}

// LimitShare formats the percentage that is used; "" when it is unknown.
func LimitShare(l *diagnose.Limit, format string) string {
	share, ok := l.Percent()
	if !ok {
		return ""
	}
	return fmt.Sprintf(format, share)
}
