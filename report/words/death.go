package words

import (
	"fmt"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/scan/facts"
	"github.com/zombiectl/zombiectl/sys"
)

// ExitText says how a process ended: "exit 3", "SIGSEGV, core dumped", "?".
func ExitText(e facts.Opt[facts.Exit]) string {
	v, ok := e.Get()
	switch {
	case !ok:
		return "?"
	case v.Signal == 0:
		return fmt.Sprintf("exit %d", v.Code)
	case v.CoreDumped:
		return sys.SignalName(v.Signal) + ", core dumped"
	default:
		return sys.SignalName(v.Signal)
	}
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

// deathNote says in the tree how and when a zombie died.
func deathNote(z *diagnose.Zombie) string {
	age := phrase.Age(z.Age)
	if age == "?" {
		return ExitText(z.Exit)
	}
	return ExitText(z.Exit) + "  dead " + age
}

// RateText says how fast zombies come, "?" where that is not known.
func RateText(r observe.Rate) string {
	perDay, ok := r.PerDay.Get()
	if !ok {
		return "?"
	}
	return phrase.Rate(perDay)
}
