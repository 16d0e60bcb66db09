package phrase

import (
	"testing"
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
)

func TestRate(t *testing.T) {
	for rate, want := range map[float64]string{1.1: "1.1/day", 240: "10.0/h", 43200: "30.0/min", 864000: "10.0/s"} {
		if got := Rate(rate); got != want {
			t.Errorf("%v: %q, want %q", rate, got, want)
		}
	}
}

func TestAge(t *testing.T) {
	some := func(d time.Duration) facts.Opt[time.Duration] { return facts.Some(d) }
	for want, a := range map[string]facts.Age{
		"?":      {AtMost: some(time.Hour)},
		"5m00s":  {AtLeast: some(5 * time.Minute), AtMost: some(5*time.Minute + 100*time.Millisecond), Clocked: true},
		"~2h00m": {AtLeast: some(time.Hour), AtMost: some(3 * time.Hour), Clocked: true},
		"~1h00m": {AtLeast: some(time.Hour), Clocked: true},
	} {
		if got := Age(a); got != want {
			t.Errorf("%+v: %q, want %q", a, got, want)
		}
	}
}
