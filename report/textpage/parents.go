package textpage

import (
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// notReaping writes the table of culprits.
func notReaping(p *page.Page, d *diagnose.Diagnosis) {
	parents := byContainer(d, words.Culprits(d))
	if len(parents) == 0 {
		return
	}
	p.Heading("NOT REAPING")
	cols := []page.Column{
		{Head: "PID", Right: true}, {Head: "COMMAND", Least: 16}, {Head: "ZOMBIES", Right: true}, {Head: "OLDEST", Right: true},
		{Head: "NEWEST", Right: true}, {Head: "RATE", Right: true}, {Head: "WHY", Least: 30}, {Head: "RULE"}, {Head: "SURE"},
	}
	rows := make([][]string, len(parents))
	for i := range parents {
		rows[i] = words.ParentRow(&parents[i])
	}
	if p.Width > 0 && p.Width < roomy { // who and why matter more
		cols, rows = page.Without(cols, rows, "NEWEST", "RATE", "SURE")
	}
	if len(d.Containers) > 1 || slices.ContainsFunc(parents, func(c diagnose.Parent) bool { return fromOutside(c.Process) }) {
		cols = slices.Insert(cols, 1, page.Column{Head: "INSIDE", Right: true}, page.Column{Head: "CONTAINER", Least: 12})
		for i, c := range parents {
			rows[i] = slices.Insert(rows[i], 1, words.OrUnknown(words.InnerPID(c.Process)), words.ContainerText(c.Container))
		}
	}
	p.Table(cols, rows)
	for _, c := range parents {
		if c.Timeline != nil {
			p.Linef("  deaths %s  %s ago to now, %d of PID %d", sparkline(c.Timeline.Buckets), english.Duration(c.Timeline.Span), c.Rate.Points, c.PID)
		}
	}
}

// sparkline draws counts as bars; none is a dot.
func sparkline(counts []int) string {
	bars := []rune("▁▂▃▄▅▆▇█")
	most := slices.Max(counts)
	var b strings.Builder
	for _, n := range counts {
		bar := '·'
		if n > 0 {
			bar = bars[(n*len(bars)-1)/most]
		}
		b.WriteRune(bar)
	}
	return b.String()
}

// fromOutside reports whether a process is in a PID namespace below ours, so
// that its container and its PID in there are worth a column.
func fromOutside(p *facts.Process) bool { return len(p.NSpid()) > 1 }

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
	sort.SliceStable(out, func(i, j int) bool { return at[out[i].Container.Key()] < at[out[j].Container.Key()] })
	return out
}

// containers writes what was found in each container, where there are several.
func containers(p *page.Page, d *diagnose.Diagnosis) {
	if len(d.Containers) < 2 {
		return
	}
	p.Heading("CONTAINERS")
	cols := []page.Column{
		{Head: "CONTAINER", Least: 16}, {Head: "ENGINE"}, {Head: "ID"}, {Head: "ZOMBIES", Right: true}, {Head: "NOT REAPING", Right: true},
	}
	rows := make([][]string, 0, len(d.Containers))
	for _, g := range d.Containers {
		label, engine, id := "? (unknown)", "?", "?"
		if c := g.Container; c != nil {
			label, engine = words.ContainerText(c), sanitize.Clean(string(c.Engine))
			if id = words.ShortID(c); id == "" && c.Engine == diagnose.NoContainer {
				label, engine, id = "none: the machine itself", "-", "-"
			}
		}
		rows = append(rows, []string{label, engine, id, strconv.Itoa(g.Zombies), strconv.Itoa(g.NotReaping)})
	}
	p.Table(cols, rows)
}
