package observe

import (
	"sort"
	"time"

	"github.com/zombiectl/zombiectl/scan/facts"
)

// Rate is how fast zombies come, by the times at which those that are there
// died. It is unknown on fewer than five of them: two make a rate of anything.
type Rate struct {
	PerDay facts.Opt[float64]
	// Low and High bound PerDay, by how well the times of death are known and
	// by where in its interval the next death may be.
	Low, High facts.Opt[float64]
	Points    int
	Ongoing   bool // the last one died too recently to say that it is over
}

// MinSpan is how long deaths have to go on to be more than one burst.
const MinSpan = 10 * time.Second

// Day is the unit of rates.
const Day = 24 * time.Hour

// Timeline counts deaths over equal spans of time, from the first to now.
type Timeline struct {
	Span    time.Duration // from the first death to now
	Buckets []int         // oldest first
}

// timelineBuckets is as many as a line of text has room for.
const timelineBuckets = 24

// deathsOf returns how long ago zombies died, the longest ago
// first. Those of which that is not known are left out.
func deathsOf(zombies []*Zombie) []facts.Age {
	ages := make([]facts.Age, 0, len(zombies))
	for _, z := range zombies {
		if z.Age.AtLeast.Known() && z.Age.AtMost.Known() && z.Age.Clocked {
			ages = append(ages, z.Age)
		}
	}
	sort.Slice(ages, func(i, j int) bool { return Middle(ages[i]) > Middle(ages[j]) })
	return ages
}

// Middle is the best guess within an age's interval: steal makes the lower
// bound late, but seldom by much.
func Middle(a facts.Age) time.Duration {
	least, _ := a.AtLeast.Get()
	most, _ := a.AtMost.Get()
	return least + (most-least)/2
}

func width(a facts.Age) time.Duration {
	least, _ := a.AtLeast.Get()
	most, _ := a.AtMost.Get()
	return most - least
}

// rateOf computes how fast zombies of these ages came.
func rateOf(ages []facts.Age) Rate {
	r := Rate{Points: len(ages)}
	if len(ages) < MinPoints {
		return r
	}
	oldest, newest := ages[0], ages[len(ages)-1]
	span := Middle(oldest) - Middle(newest)
	if span < MinSpan {
		return r
	}
	gaps := float64(len(ages) - 1)
	perDay := func(n float64, d time.Duration) float64 { return n * float64(Day) / float64(d) }
	r.PerDay = facts.Some(perDay(gaps, span))
	slack := width(oldest) + width(newest)
	// Since the first death there have been so many: one fewer or one more
	// would have fitted into the same time.
	r.Low = facts.Some(min(perDay(gaps, span+slack), perDay(gaps, max(Middle(oldest), span))))
	r.High = facts.Some(perDay(gaps+1, max(span-slack, span/2)))
	r.Ongoing = Middle(newest) <= 3*span/time.Duration(gaps)+time.Second
	return r
}

// Steady reports whether the deaths are spread over their time, and no single burst.
func Steady(ages []facts.Age) bool {
	const shortest = 30 * time.Second
	if len(ages) < MinPoints {
		return false
	}
	span := Middle(ages[0]) - Middle(ages[len(ages)-1])
	if span < shortest {
		return false
	}
	for i := 1; i < len(ages); i++ {
		if Middle(ages[i-1])-Middle(ages[i]) > span/2 {
			return false
		}
	}
	return true
}

func timelineOf(ages []facts.Age) *Timeline {
	if len(ages) < MinPoints || Middle(ages[0]) < MinSpan {
		return nil
	}
	t := &Timeline{Span: Middle(ages[0]), Buckets: make([]int, timelineBuckets)}
	for _, a := range ages {
		i := int(float64(t.Span-Middle(a)) / float64(t.Span) * timelineBuckets)
		t.Buckets[min(max(i, 0), timelineBuckets-1)]++
	}
	return t
}

// extremes returns the ages of the zombies that died first and last.
func extremes(zombies []*Zombie) (oldest, newest facts.Age) {
	for i, z := range zombies {
		if i == 0 || Older(z.Age, oldest) {
			oldest = z.Age
		}
		if i == 0 || Older(newest, z.Age) {
			newest = z.Age
		}
	}
	return oldest, newest
}

// Older orders ages by their known bounds: the lower bound, which is the exact
// one but for steal, or else the upper.
func Older(a, b facts.Age) bool {
	x, ok1 := a.AtLeast.Get()
	y, ok2 := b.AtLeast.Get()
	if ok1 && ok2 {
		return x > y
	}
	x, ok1 = a.AtMost.Get()
	y, ok2 = b.AtMost.Get()
	return ok1 && (!ok2 || x > y)
}
