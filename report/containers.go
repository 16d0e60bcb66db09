package report

import (
	"slices"
	"strconv"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/scan"
)

// maxContainers is how many containers the text report lists.
const maxContainers = 10

// containers writes what was found in each container, where there is more than
// one.
func (p *page) containers(d *diagnose.Diagnosis, full bool) error {
	groups := d.Containers
	if len(groups) < 2 {
		return nil
	}
	shown := groups
	if !full {
		shown = groups[:min(len(groups), maxContainers)]
	}
	p.heading("CONTAINERS")
	cols := []column{
		{head: "CONTAINER", least: 16}, {head: "ENGINE"}, {head: "ID"}, {head: "ZOMBIES", right: true}, {head: "NOT REAPING", right: true},
	}
	rows := make([][]string, 0, len(shown))
	for _, g := range shown {
		label, engine, id := "? (cannot be told)", "?", "?"
		if c := g.Container; c != nil {
			label, engine = containerText(c), clean(string(c.Engine))
			if id = shortID(c); id == "" && c.Engine == diagnose.NoContainer {
				label, engine, id = "none: the machine itself", "-", "-"
			}
		}
		rows = append(rows, []string{label, engine, id, strconv.Itoa(g.Zombies), strconv.Itoa(g.NotReaping)})
	}
	if err := p.table(cols, rows); err != nil {
		return err
	}
	if rest := groups[len(shown):]; len(rest) > 0 {
		zombies := 0
		for _, g := range rest {
			zombies += g.Zombies
		}
		p.linef("  … %s with %s: -o wide shows them", english.Count(len(rest), "more container", "more containers"), english.Count(zombies, "zombie", "zombies"))
	}
	return nil
}

func containerText(c *diagnose.Container) string { return clean(c.Label()) }

func shortID(c *diagnose.Container) string {
	const digits = 12 // as the engines show it
	return clean(c.ID[:min(len(c.ID), digits)])
}

// fromOutside reports whether a process is in a PID namespace below ours, so
// that its container and its PID in there are worth a column.
func fromOutside(p *scan.Process) bool { return len(p.NSpid()) > 1 }

// insidePID is the PID of a process in its own namespace.
func insidePID(p *scan.Process) string {
	if n := innerPID(p); n != nil {
		return strconv.Itoa(*n)
	}
	return "?"
}

func innerPID(p *scan.Process) *int {
	pids := p.NSpid()
	if len(pids) == 0 {
		return nil
	}
	return &pids[len(pids)-1]
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

// verdicts writes the verdict on the PID 1 of many namespaces, one a line.
func (p *page) verdicts(spaces []diagnose.Namespace) error {
	p.heading("PID 1 OF EACH NAMESPACE")
	cols := []column{
		{head: "PID", right: true}, {head: "COMMAND", least: 16}, {head: "INIT"}, {head: "REAPS"}, {head: "SIGTERM"},
		{head: "ZOMBIES", right: true}, {head: "CONTAINER", least: 12},
	}
	rows := make([][]string, 0, len(spaces))
	for _, n := range spaces {
		row := []string{"?", "not in view", "?", "?", "?", strconv.Itoa(n.Zombies), containerText(n.Container)}
		if v := n.PID1; v != nil {
			row[0], row[1] = "?", cleanTo(v.Command, maxCommand)
			if v.Process != nil {
				row[0] = strconv.Itoa(v.Process.PID)
			}
			row[2], row[3], row[4] = answer(v.Init), answer(v.Reaps), answer(v.ForwardsSigterm)
		}
		rows = append(rows, row)
	}
	return p.table(cols, rows)
}
