package words

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// GrowthRows are the rows of the table of growth: PID, command, then, now, new,
// reaped, other, growth.
func GrowthRows(parents []diagnose.Growth) [][]string {
	rows := make([][]string, len(parents))
	for i, g := range parents {
		name := cmp.Or(sanitize.CleanTo(g.Command, MaxCommand), "? (not seen)")
		if g.Command == "" && g.PID == 0 {
			name = "? (outside this PID namespace)"
		}
		rows[i] = []string{
			strconv.Itoa(g.PID), name, english.Number(g.Then), english.Number(g.Now), english.Number(g.New), english.Number(g.Reaped),
			Signed(g.Came + g.Unseen - g.Left - g.Lost), GrowthText(g.PerDay),
		}
	}
	return rows
}

// Signed writes a number with its sign.
func Signed(n int) string {
	if n == 0 {
		return "0"
	}
	if n < 0 {
		return english.Number(n)
	}
	return "+" + english.Number(n)
}

// GrowthText says how fast zombies become more, or fewer; "?" where that is unknown.
func GrowthText(rate facts.Opt[float64]) string {
	switch perDay, known := rate.Get(); {
	case !known:
		return "?"
	case perDay > 0:
		return "+" + phrase.Rate(perDay)
	case perDay < 0:
		return "-" + phrase.Rate(-perDay)
	default:
		return "0"
	}
}

// SinceLines names the zombies that came and went, on one line for each kind.
func SinceLines(c *diagnose.Comparison, full bool) []Line {
	var lines []Line
	for _, kind := range []struct {
		name    string
		zombies []*diagnose.Zombie
	}{{"new", c.New}, {"unknown", c.Unseen}, {"reaped", c.Reaped}, {"not seen", c.Lost}} {
		if len(kind.zombies) == 0 {
			continue
		}
		var names []string
		for _, z := range First(kind.zombies, maxSince, full) {
			names = append(names, fmt.Sprintf("%d %s", z.Process.PID, sanitize.Clean(z.Process.Comm)))
		}
		if rest := len(kind.zombies) - len(names); rest > 0 {
			names = append(names, "… "+english.Number(rest)+" more")
		}
		lines = append(lines, Line{fmt.Sprintf("  %-11s  ", kind.name), strings.Join(names, ", ")})
	}
	return lines
}

// Changes has for each zombie whether it is new.
type Changes map[*facts.Process]string

// NewChanges returns nil where there was no earlier look.
func NewChanges(c *diagnose.Comparison) Changes {
	if c == nil {
		return nil
	}
	m := Changes{}
	for what, zombies := range map[string][]*diagnose.Zombie{"new": c.New, "persisting": c.Persisting, "unseen": c.Unseen} {
		for _, z := range zombies {
			m[z.Process] = what
		}
	}
	return m
}
