package htmlpage

import (
	"fmt"
	"slices"
	"time"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/metrics"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
)

// Figures are drawn in a box that is so wide, whatever the width of the page.
const figureWidth = 720

func pixels(v float64) string { return fmt.Sprintf("%.1f", v) }

func (p sheet) timelines() {
	some := slices.DeleteFunc(words.Culprits(p.Diagnosis), func(c diagnose.Parent) bool { return c.Timeline == nil })
	if len(some) == 0 {
		return
	}
	p.section("Deaths over time", func() {
		for _, c := range some[:min(len(some), maxTimelines)] {
			p.in("figure", func() { p.timeline(&c) })
		}
	})
}

func (p sheet) timeline(c *diagnose.Parent) {
	const height, base = 60, 76
	t := c.Timeline
	most := slices.Max(t.Buckets)
	each := t.Span / time.Duration(len(t.Buckets))
	caption := english.Count(c.Rate.Points, "death", "deaths") + " in " + english.Duration(t.Span)
	p.in("figcaption", func() {
		p.text(fmt.Sprintf("PID %d ", c.PID))
		p.line("code", words.ParentCommand(*c))
		p.text(": " + caption)
	})
	p.in("svg", func() {
		p.line("line", "", "class", "axis", "x1", "0", "x2", pixels(figureWidth), "y1", pixels(base+.5), "y2", pixels(base+.5))
		w := figureWidth / float64(len(t.Buckets))
		for i, n := range t.Buckets {
			if n == 0 {
				continue
			}
			from, to := t.Span-each*time.Duration(i), max(0, t.Span-each*time.Duration(i+1))
			h := max(2, height*float64(n)/float64(most))
			p.in("rect", func() {
				p.line("title", fmt.Sprintf("%s, %s to %s ago", english.Count(n, "death", "deaths"), english.Duration(from), english.Duration(to)))
			}, "class", "death", "x", pixels(float64(i)*w+1), "y", pixels(base-h), "width", pixels(w-2), "height", pixels(h))
		}
		p.line("text", english.Duration(t.Span)+" ago", "x", "0", "y", "91")
		p.line("text", "now", "x", pixels(figureWidth), "y", "91", "text-anchor", "end")
		p.line("text", fmt.Sprintf("at most %d in %s", most, english.Duration(each)), "x", pixels(figureWidth), "y", "10", "text-anchor", "end")
	}, "viewBox", "0 0 720 96", "role", "img", "aria-label", caption)
}

func (p sheet) limits() {
	if len(p.Limits) == 0 {
		return
	}
	p.section("Limits on processes", func() {
		shown := p.Limits[:min(len(p.Limits), metrics.MaxLimits)]
		for i := range shown {
			p.in("figure", func() { p.limit(&shown[i]) })
		}
		p.more(len(p.Limits)-len(shown), "more limit", "more limits")
		p.soft("Grey is used; the red part of it is held by zombies.")
		if p.LimitsAbove {
			p.soft("Limits of cgroups above this container's are out of sight: they may be tighter.")
		}
	})
}

func (p sheet) limit(l *diagnose.Limit) {
	usage := fmt.Sprintf("%s of %d%s, zombies hold %d", words.LimitUsed(l), l.Max, words.LimitShare(l, " (%d %%)"), l.Zombies)
	if n, ok := l.Refusals.Get(); ok && n > 0 {
		usage += fmt.Sprintf(", forks refused: %d", n)
	}
	p.in("figcaption", func() {
		p.line("strong", sanitize.Clean(l.Name))
		p.text(" " + usage + " ")
		p.line("span", sanitize.Clean(l.Path)+" · "+sanitize.Clean(l.SetBy), "class", "soft")
		if full := sanitize.Clean(phrase.Full(l.Limit)); full != "" {
			p.line("span", " full in "+full, "class", "warning")
		}
	})
	p.in("svg", func() {
		p.line("rect", "", "class", "max", "x", "0.5", "y", "0.5", "width", pixels(figureWidth-1), "height", "15")
		if used, ok := l.Used.Get(); ok {
			p.line("rect", "", "class", "used", "x", "0", "y", "0", "width", pixels(share(float64(used), l.Max)), "height", "16")
		}
		p.line("rect", "", "class", "held", "x", "0", "y", "0", "width", pixels(share(float64(l.Zombies), l.Max)), "height", "16")
	}, "viewBox", "0 0 720 16", "role", "img", "aria-label", sanitize.Clean(l.Name)+" "+usage)
}

// share is how much of the width a part takes; what is there at all can be
// seen.
func share(part float64, whole uint64) float64 {
	if part <= 0 {
		return 0
	}
	return max(1, min(1, part/max(1, float64(whole)))*figureWidth)
}
