package htmlpage

import (
	"fmt"
	"slices"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/words"
)

// A chart of deaths has so many bars, in a box of such a size, which is stretched to
// the width of its place.
const (
	bars        = 30
	chartWidth  = 240
	chartHeight = 40
)

// agesOf is how long ago the zombies of a problem died, of which that is known.
func agesOf(of *diagnose.Problem) []time.Duration {
	var ages []time.Duration
	for _, parent := range of.Parents {
		for _, a := range parent.Deaths {
			ages = append(ages, observe.Middle(a))
		}
	}
	return ages
}

// spanOf is how long ago the first death was. 0: the deaths show nothing, as for
// a single death or a burst that is just over.
func spanOf(ages []time.Duration) time.Duration {
	if len(ages) < 2 || slices.Max(ages) < observe.MinSpan {
		return 0
	}
	return slices.Max(ages)
}

// counts spreads deaths over so many equal parts of a span, oldest first.
func counts(ages []time.Duration, span time.Duration) []int {
	out := make([]int, bars)
	for _, a := range ages {
		i := int(float64(span-a) / float64(span) * bars)
		out[min(max(i, 0), bars-1)]++
	}
	return out
}

// spark draws when the zombies of one problem died, on a scale of its own.
func (p sheet) spark(of *diagnose.Problem) {
	ages := agesOf(of)
	span := spanOf(ages)
	if span == 0 {
		return
	}
	caption := english.Count(len(ages), "death", "deaths") + " in " + english.Duration(span)
	p.in("figure", func() {
		in := counts(ages, span)
		p.chart(in, span, slices.Max(in), caption)
		p.line("figcaption", caption)
	}, "class", "spark")
}

// deaths draws when the zombies of each problem died, all on one scale.
func (p sheet) deaths() {
	type panel struct {
		number int
		ages   []time.Duration
		in     []int
	}
	var panels []panel
	var span time.Duration
	for i := range p.problems[:min(len(p.problems), maxCards)] {
		if ages := agesOf(&p.problems[i]); spanOf(ages) > 0 {
			panels = append(panels, panel{number: i + 1, ages: ages})
			span = max(span, spanOf(ages))
		}
	}
	if len(panels) == 0 {
		return
	}
	most := 0
	for i := range panels {
		panels[i].in = counts(panels[i].ages, span)
		most = max(most, slices.Max(panels[i].in))
	}
	p.section("When they died", func() {
		p.soft(fmt.Sprintf("A full bar is %s in %s, in every chart.", english.Count(most, "death", "deaths"), english.Duration(span/bars)))
		p.in("div", func() {
			for _, one := range panels {
				p.in("figure", func() {
					of := &p.problems[one.number-1]
					p.line("figcaption", fmt.Sprintf("%d  %s", one.number, p.panelName(of)))
					p.chart(one.in, span, most, english.Count(len(one.ages), "death", "deaths")+" in "+english.Duration(span))
					p.in("div", func() {
						p.line("span", english.Duration(span)+" ago")
						p.line("span", "now")
					}, "class", "ends-of-axis soft")
				})
			}
		}, "class", "panels")
	})
}

// panelName names whose zombies they are.
func (p sheet) panelName(of *diagnose.Problem) string {
	name := words.ParentCommand(*of.Parents[0])
	if n := len(of.Parents); n > 1 {
		name = fmt.Sprintf("%d × %s", n, name)
	}
	if of.Container != nil && of.Container.Engine != diagnose.NoContainer {
		name = words.ContainerText(of.Container) + ": " + name
	}
	return name
}

// chart draws counts as bars; most is that of a full one.
func (p sheet) chart(in []int, span time.Duration, most int, label string) {
	const w = float64(chartWidth) / bars
	p.in("svg", func() {
		p.line("line", "", "class", "axis", "x1", "0", "x2", pixels(chartWidth), "y1", pixels(chartHeight-.5), "y2", pixels(chartHeight-.5))
		for i, n := range in {
			if n == 0 {
				continue
			}
			each := span / bars
			from, to := span-each*time.Duration(i), max(0, span-each*time.Duration(i+1))
			h := max(2, chartHeight*float64(n)/float64(most))
			p.in("rect", func() {
				p.line("title", fmt.Sprintf("%s, %s to %s ago", english.Count(n, "death", "deaths"), english.Duration(from), english.Duration(to)))
			}, "class", "death", "x", pixels(float64(i)*w+.5), "y", pixels(chartHeight-h), "width", pixels(w-1), "height", pixels(h))
		}
	}, "viewBox", fmt.Sprintf("0 0 %d %d", chartWidth, chartHeight), "preserveAspectRatio", "none", "role", "img", "aria-label", label)
}

func pixels(v float64) string { return fmt.Sprintf("%.1f", v) }
