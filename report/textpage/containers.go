package textpage

import (
	"strconv"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
)

// maxContainers is how many containers the text report lists.
const maxContainers = 10

// containers writes what was found in each container, where there is more than
// one.
func containers(p *page.Page, d *diagnose.Diagnosis, full bool) {
	groups := d.Containers
	if len(groups) < 2 {
		return
	}
	shown := groups
	if !full {
		shown = groups[:min(len(groups), maxContainers)]
	}
	p.Heading("CONTAINERS")
	cols := []page.Column{
		{Head: "CONTAINER", Least: 16}, {Head: "ENGINE"}, {Head: "ID"}, {Head: "ZOMBIES", Right: true}, {Head: "NOT REAPING", Right: true},
	}
	rows := make([][]string, 0, len(shown))
	for _, g := range shown {
		label, engine, id := "? (cannot be told)", "?", "?"
		if c := g.Container; c != nil {
			label, engine = words.ContainerText(c), sanitize.Clean(string(c.Engine))
			if id = words.ShortID(c); id == "" && c.Engine == diagnose.NoContainer {
				label, engine, id = "none: the machine itself", "-", "-"
			}
		}
		rows = append(rows, []string{label, engine, id, strconv.Itoa(g.Zombies), strconv.Itoa(g.NotReaping)})
	}
	p.Table(cols, rows)
	if rest := groups[len(shown):]; len(rest) > 0 {
		zombies := 0
		for _, g := range rest {
			zombies += g.Zombies
		}
		p.Linef("  … %s with %s: -o wide shows them", english.Count(len(rest), "more container", "more containers"), english.Count(zombies, "zombie", "zombies"))
	}
}
