package words

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/scan/facts"
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

// Pointer returns nil for what is unknown.
func Pointer[T any](o facts.Opt[T]) *T {
	if v, ok := o.Get(); ok {
		return &v
	}
	return nil
}

// Told returns nil for a PID that a list of processes does not tell.
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
