package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/scan"
)

// docAge is a span of time within bounds, in seconds: how long ago a zombie died.
type docAge struct {
	AtLeast *float64 `json:"atLeast"`
	AtMost  *float64 `json:"atMost"`
}

// docExit is how a process ended: by itself with a code, or by a signal. The
// other of the two is left out.
type docExit struct {
	How        string  `json:"how"`
	Code       *int    `json:"code,omitempty"`
	Signal     *string `json:"signal,omitempty"`
	CoreDumped bool    `json:"coreDumped"`
}

func newDocAge(a scan.Age) docAge { return docAge{seconds(a.AtLeast), seconds(a.AtMost)} }

func seconds(d scan.Opt[time.Duration]) *float64 {
	v, ok := d.Get()
	if !ok {
		return nil
	}
	s := v.Round(time.Microsecond).Seconds()
	return &s
}

func newDocExit(e scan.Opt[scan.Exit]) *docExit {
	v, ok := e.Get()
	switch {
	case !ok:
		return nil
	case v.Signal != 0:
		name := scan.SignalName(v.Signal)
		return &docExit{How: "signaled", Signal: &name, CoreDumped: v.CoreDumped}
	default:
		return &docExit{How: "exited", Code: &v.Code}
	}
}

// exitText says how a process ended: "exit 3", "SIGSEGV, core dumped", "?".
func exitText(e scan.Opt[scan.Exit]) string {
	v, ok := e.Get()
	switch {
	case !ok:
		return "?"
	case v.Signal == 0:
		return fmt.Sprintf("exit %d", v.Code)
	case v.CoreDumped:
		return scan.SignalName(v.Signal) + ", core dumped"
	default:
		return scan.SignalName(v.Signal)
	}
}

// ageRange says both bounds, for those who want to know how sure an age is.
func ageRange(a scan.Age) string {
	least, ok1 := a.AtLeast.Get()
	most, ok2 := a.AtMost.Get()
	switch {
	case ok1 && ok2:
		return fmt.Sprintf("%s to %s", exact(least), exact(most))
	case ok1:
		return "over " + exact(least)
	case ok2:
		return "under " + exact(most)
	default:
		return "?"
	}
}

// exact says a duration to the millisecond while that means something.
func exact(d time.Duration) string {
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
	age := diagnose.AgeText(z.Age)
	if age == "?" {
		return exitText(z.Exit)
	}
	return exitText(z.Exit) + "  dead " + age
}

// rateText says how fast zombies come, "?" where that is not known.
func rateText(r diagnose.Rate) string {
	perDay, ok := r.PerDay.Get()
	if !ok {
		return "?"
	}
	return diagnose.RateText(perDay)
}

// sparkline draws counts as bars; none is a dot.
func sparkline(counts []int) string {
	bars := []rune("▁▂▃▄▅▆▇█")
	most := slices.Max(counts)
	var b strings.Builder
	for _, n := range counts {
		if n == 0 {
			b.WriteRune('·')
			continue
		}
		b.WriteRune(bars[(n*len(bars)-1)/most])
	}
	return b.String()
}
