package htmlpage

import (
	"fmt"

	"github.com/zombiectl/zombiectl/diagnose/observe"
)

// part is one color of a stacked bar.
type part struct {
	class string
	value float64
}

// A bar is drawn in a box of such a width, which is stretched to its place.
const (
	barWidth  = 1000
	barHeight = 12
)

// bar draws parts of a whole side by side. Even the smallest part can be seen.
func (p sheet) bar(whole float64, label string, parts ...part) {
	p.in("svg", func() {
		p.line("rect", "", "class", "whole", "x", "0", "y", "0", "width", pixels(barWidth), "height", pixels(barHeight))
		at := 0.0
		for _, one := range parts {
			if one.value <= 0 {
				continue
			}
			w := min(max(3, one.value/max(1, whole)*barWidth), barWidth-at)
			p.line("rect", "", "class", one.class, "x", pixels(at), "y", "0", "width", pixels(w), "height", pixels(barHeight))
			at += w
		}
	}, "class", "bar", "viewBox", fmt.Sprintf("0 0 %d %d", barWidth, barHeight), "preserveAspectRatio", "none", "role", "img", "aria-label", label)
}

// initBar draws for how many zombies an init would help, of so many that fill the bar.
func (p sheet) initBar(c observe.InitCounts, whole int, where string) {
	p.bar(float64(whole), fmt.Sprintf("%s: an init would clear %d, would not help with %d, unknown for %d", where, c.Yes, c.No, c.Unknown),
		part{"helps", float64(c.Yes)}, part{"held", float64(c.No)}, part{"used", float64(c.Unknown)})
}

// key says what the colors mean: classes and names in turn.
func (p sheet) key(colors ...string) {
	p.in("p", func() {
		for i := 0; i+1 < len(colors); i += 2 {
			p.line("span", "■ ", "class", "key-"+colors[i])
			p.line("span", colors[i+1]+"  ")
		}
	}, "class", "soft key")
}
