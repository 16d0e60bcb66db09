package htmlpage

import (
	"fmt"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
)

// foldLimits is below how many hundredths a limit is folded.
const foldLimits = 1

func (p sheet) limits() {
	if len(p.Limits) == 0 {
		return
	}
	p.section("Limits on processes", func() {
		shown := p.Limits[:min(len(p.Limits), maxRows)]
		var far []*diagnose.Limit
		for i := range shown {
			l := &shown[i]
			if n, known := l.Percent(); known && n < foldLimits {
				far = append(far, l)
				continue
			}
			p.in("figure", func() { p.limit(l) })
		}
		if len(far) > 0 {
			p.fold(english.Count(len(far), "limit is used to less than 1 %", "limits are used to less than 1 %"), func() {
				for _, l := range far {
					p.in("figure", func() { p.limit(l) })
				}
			})
		}
		p.rest(len(p.Limits)-len(shown), "limit", "limits")
		p.key("held", "zombies", "used", "other processes and threads")
		if p.LimitsAbove {
			p.soft("Limits of cgroups above this container's are out of sight: they may be tighter.")
		}
	})
}

func (p sheet) limit(l *diagnose.Limit) {
	usage := fmt.Sprintf("%s of %s used (%s), %s by zombies; %s", words.LimitUsed(l), english.Number(l.Max), share(l), english.Number(l.Zombies), timeLeft(l))
	if n, ok := l.Refusals.Get(); ok && n > 0 {
		usage += "; forks refused: " + english.Number(n)
	}
	p.in("figcaption", func() {
		p.line("strong", sanitize.Clean(l.Name+p.ofContainer(l)))
		p.text(" " + usage)
	})
	p.limitBar(l)
	p.soft(sanitize.Clean(l.Path) + " · " + sanitize.Clean(l.SetBy))
}

// limitBar draws how much of a limit is used, and how much of that by zombies.
func (p sheet) limitBar(l *diagnose.Limit) {
	used, _ := l.Used.Get()
	held := min(uint64(l.Zombies), l.Max)
	p.bar(float64(l.Max), share(l)+" used, "+english.Count(l.Zombies, "zombie", "zombies"),
		part{"held", float64(held)}, part{"used", float64(min(used, l.Max)) - float64(held)})
}
