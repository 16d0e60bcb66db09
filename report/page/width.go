package page

import (
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// columns measures and cuts what is shown: wide characters count two, our own
// colour codes nothing, and ambiguous ones never depend on the environment.
var columns = displaywidth.Options{ControlSequences: true}

// Width returns how many columns a string takes.
func Width(s string) int { return columns.String(s) }

// Cut cuts a string to a width, and marks that.
func Cut(s string, width int) string { return columns.TruncateString(s, width, "…") }

// Pad fills a string up to a width with spaces.
func Pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-Width(s)))
}
