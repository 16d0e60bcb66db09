package page

import "github.com/fatih/color"

// ink paints strings. It is decided for each report: the library's own global
// switch depends on the environment and on what stdout is.
type ink struct{ Bold, Red, Green *color.Color }

func newInk(on bool) ink {
	k := ink{color.New(color.Bold), color.New(color.FgRed), color.New(color.FgGreen)}
	for _, c := range []*color.Color{k.Bold, k.Red, k.Green} {
		if on {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
	}
	return k
}
