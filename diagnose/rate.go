package diagnose

import (
	"cmp"
	"slices"
	"time"

	"github.com/zombiectl/zombiectl/scan"
)

// Rate is how fast zombies come, by the times at which those that are there
// died. It is unknown on fewer than five of them: two make a rate of anything.
type Rate struct {
	PerDay scan.Opt[float64]
	// Low and High bound PerDay, by how well the times of death are known and
	// by where in its interval the next death may be.
	Low, High scan.Opt[float64]
	Points    int
	// Ongoing: the last one did not die so long ago that it must have ended.
	Ongoing bool
}

// minSpan is how long deaths have to go on to be more than one burst.
const minSpan = 10 * time.Second

// minPoints is how many points a claim about time has to rest on.
const minPoints = 5

const day = 24 * time.Hour

// Timeline counts deaths over equal spans of time, from the first to now.
type Timeline struct {
	Span    time.Duration // from the first death to now
	Buckets []int         // oldest first
}

// timelineBuckets is as many as a line of text has room for.
const timelineBuckets = 24

// deathsOf returns how long ago zombies died, the longest ago
// first. Those of which that is not known are left out.
func deathsOf(zombies []*Zombie) []scan.Age {
	ages := make([]scan.Age, 0, len(zombies))
	for _, z := range zombies {
		if z.Age.AtLeast.Known() && z.Age.AtMost.Known() && z.Age.Clocked {
			ages = append(ages, z.Age)
		}
	}
	slices.SortFunc(ages, func(a, b scan.Age) int { return cmp.Compare(middle(b), middle(a)) })
	return ages
}

// middle is the best guess within an age's interval: steal makes the lower
// bound late, but seldom by much.
func middle(a scan.Age) time.Duration {
	least, _ := a.AtLeast.Get()
	most, _ := a.AtMost.Get()
	return least + (most-least)/2
}

func width(a scan.Age) time.Duration {
	least, _ := a.AtLeast.Get()
	most, _ := a.AtMost.Get()
	return most - least
}

// rateOf tells how fast the zombies of a parent come.
func rateOf(p *Parent) Rate {
	ages := p.deaths
	r := Rate{Points: len(ages)}
	if len(ages) < minPoints {
		return r
	}
	oldest, newest := ages[0], ages[len(ages)-1]
	span := middle(oldest) - middle(newest)
	if span < minSpan {
		return r
	}
	gaps := float64(len(ages) - 1)
	perDay := func(n float64, d time.Duration) float64 { return n * float64(day) / float64(d) }
	r.PerDay = scan.Some(perDay(gaps, span))
	slack := width(oldest) + width(newest)
	// Since the first death there have been so many: one fewer or one more
	// would have fitted into the same time.
	r.Low = scan.Some(min(perDay(gaps, span+slack), perDay(gaps, max(middle(oldest), span))))
	r.High = scan.Some(perDay(gaps+1, max(span-slack, span/2)))
	r.Ongoing = middle(newest) <= 3*span/time.Duration(gaps)+time.Second
	return r
}

// steady reports whether the deaths are spread over their time, and no single
// burst.
func steady(ages []scan.Age) bool {
	const shortest = 30 * time.Second
	if len(ages) < minPoints {
		return false
	}
	span := middle(ages[0]) - middle(ages[len(ages)-1])
	if span < shortest {
		return false
	}
	for i := 1; i < len(ages); i++ {
		if middle(ages[i-1])-middle(ages[i]) > span/2 {
			return false
		}
	}
	return true
}

func timelineOf(p *Parent) *Timeline {
	ages := p.deaths
	if len(ages) < minPoints || middle(ages[0]) < minSpan {
		return nil
	}
	t := &Timeline{Span: middle(ages[0]), Buckets: make([]int, timelineBuckets)}
	for _, a := range ages {
		i := int(float64(t.Span-middle(a)) / float64(t.Span) * timelineBuckets)
		t.Buckets[min(max(i, 0), timelineBuckets-1)]++
	}
	return t
}
