package textpage

import (
	"slices"
	"strconv"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
	"github.com/zombiectl/zombiectl/scan"
)

// notReaping writes the table of culprits, and returns those that are in it.
func notReaping(p *page.Page, d *diagnose.Diagnosis, full bool) []diagnose.Parent {
	parents := byContainer(d, words.Culprits(d))
	if len(parents) == 0 {
		return nil
	}
	outside := slices.ContainsFunc(parents, func(c diagnose.Parent) bool { return fromOutside(c.Process) })
	shown := parents
	if !full {
		shown = parents[:min(len(parents), words.MaxParents)]
	}
	p.Heading("NOT REAPING")
	cols := []page.Column{
		{Head: "PID", Right: true},
		{Head: "COMMAND", Least: 16},
		{Head: "ZOMBIES", Right: true},
		{Head: "OLDEST", Right: true},
		{Head: "NEWEST", Right: true},
		{Head: "RATE", Right: true},
		{Head: "WHY", Least: 10},
		{Head: "RULE"},
		{Head: "SURE"},
	}
	var rows [][]string
	for _, c := range shown {
		rows = append(rows, []string{
			words.OrUnknown(words.Told(c.PID)), words.ParentCommand(c), strconv.Itoa(c.Zombies), diagnose.AgeText(c.Oldest), diagnose.AgeText(c.Newest), words.RateText(c.Rate), sanitize.Clean(words.Why(&c)), strings.Join(c.Rules, " "), string(c.Certainty),
		})
	}
	if outside || len(d.Containers) > 1 {
		// Whose it is says more than these, where there is no room for all.
		if p.Width > 0 && p.Width < roomy {
			cols, rows = page.Without(cols, rows, "NEWEST", "RATE", "SURE")
		}
		cols = slices.Insert(cols, 1, page.Column{Head: "INSIDE", Right: true}, page.Column{Head: "CONTAINER", Least: 12})
		for i, c := range shown {
			rows[i] = slices.Insert(rows[i], 1, insidePID(c.Process), words.ContainerText(c.Container))
		}
	}
	p.Table(cols, rows)
	for i, c := range shown {
		if c.Timeline != nil && (i == 0 || full) {
			p.Linef("  deaths %s  %s ago to now, %d of PID %d", sparkline(c.Timeline.Buckets), english.Duration(c.Timeline.Span), c.Rate.Points, c.PID)
		}
	}
	if more := words.MoreParents(parents[len(shown):]); more != "" {
		p.Line("  " + more)
	}
	return shown
}

// sparkline draws counts as bars; none is a dot.
func sparkline(counts []int) string {
	bars := []rune("▁▂▃▄▅▆▇█")
	most := slices.Max(counts)
	var b strings.Builder
	for _, n := range counts {
		if n == 0 {
			b.WriteRune('·')
			continue
		}
		b.WriteRune(bars[(n*len(bars)-1)/most])
	}
	return b.String()
}

// fromOutside reports whether a process is in a PID namespace below ours, so
// that its container and its PID in there are worth a column.
func fromOutside(p *scan.Process) bool { return len(p.NSpid()) > 1 }

// insidePID is the PID of a process in its own namespace.
func insidePID(p *scan.Process) string {
	if n := words.InnerPID(p); n != nil {
		return strconv.Itoa(*n)
	}
	return "?"
}

// byContainer orders parents as the list of containers is, and keeps their
// order within one.
func byContainer(d *diagnose.Diagnosis, parents []diagnose.Parent) []diagnose.Parent {
	if len(d.Containers) < 2 {
		return parents
	}
	at := map[string]int{}
	for i, g := range d.Containers {
		at[g.Container.Key()] = i
	}
	out := slices.Clone(parents)
	slices.SortStableFunc(out, func(a, b diagnose.Parent) int { return at[a.Container.Key()] - at[b.Container.Key()] })
	return out
}
