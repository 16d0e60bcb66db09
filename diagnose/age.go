package diagnose

import (
	"fmt"
	"time"

	"github.com/zombiectl/zombiectl/scan"
)

// extremes returns the ages of the zombies that died first and last.
func extremes(zombies []*Zombie) (oldest, newest scan.Age) {
	for i, z := range zombies {
		if i == 0 || older(z.Age, oldest) {
			oldest = z.Age
		}
		if i == 0 || older(newest, z.Age) {
			newest = z.Age
		}
	}
	return oldest, newest
}

// older orders ages by what is known of them: the lower bound, which is the
// exact one but for steal, or else the upper.
func older(a, b scan.Age) bool {
	x, ok1 := a.AtLeast.Get()
	y, ok2 := b.AtLeast.Get()
	if ok1 && ok2 {
		return x > y
	}
	x, ok1 = a.AtMost.Get()
	y, ok2 = b.AtMost.Get()
	return ok1 && (!ok2 || x > y)
}

// AgeText says an age in one figure: "5m"; "~2h" when the interval is wide;
// "?" when it is not known how long at least.
func AgeText(a scan.Age) string {
	least, ok1 := a.AtLeast.Get()
	most, ok2 := a.AtMost.Get()
	switch {
	case !ok1:
		return "?"
	case least == 0 && !ok2:
		return "?"
	case least == 0 && !a.Clocked: // no clock told, only when it was born
		return "<" + duration(most)
	case !ok2 || !a.Clocked:
		return "~" + duration(least)
	case most-least > max(least/10, time.Second):
		return "~" + duration(least+(most-least)/2)
	default:
		return duration(least)
	}
}

// DurationText says a duration in its largest units, cut down.
func DurationText(d time.Duration) string { return duration(d) }

func duration(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%dms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < 10*time.Minute:
		return fmt.Sprintf("%dm%02ds", d/time.Minute, d%time.Minute/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm", d/time.Minute)
	case d < 10*time.Hour:
		return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
	case d < 2*day:
		return fmt.Sprintf("%dh", d/time.Hour)
	default:
		return fmt.Sprintf("%dd", d/day)
	}
}
