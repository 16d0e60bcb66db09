package htmlpage

import (
	"slices"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
)

// parents writes the table of all parents with zombies.
func (p sheet) parents() {
	parents := words.Culprits(p.Diagnosis)
	if len(parents) == 0 {
		return
	}
	cols := []page.Column{
		{Head: "PID", Right: true}, {Head: "Command"}, {Head: "Zombies", Right: true}, {Head: "Oldest", Right: true}, {Head: "Newest", Right: true},
		{Head: "Rate", Right: true}, {Head: "Why"}, {Head: "Rule"}, {Head: "Sure"},
	}
	several := len(p.Containers) > 1
	if several {
		cols = slices.Insert(cols, 1, page.Column{Head: "PID inside", Right: true}, page.Column{Head: "Container"})
	}
	p.section("Parents", func() {
		p.foldIf(len(parents) > long, english.Count(len(parents), "parent", "parents")+" with zombies", func() {
			shown := parents[:min(len(parents), maxParents)]
			rows := make([][]string, len(shown))
			for i := range shown {
				rows[i] = words.ParentRow(&shown[i])
				if shown[i].Command != "" { // whole
					rows[i][1] = sanitize.Prose(shown[i].Command)
				}
				if several {
					rows[i] = slices.Insert(rows[i], 1, inside(&shown[i]), words.Place(shown[i].Container))
				}
			}
			p.table(cols, rows)
			p.rest(len(parents)-len(shown), "parent", "parents")
		})
	})
}

func inside(of *diagnose.Parent) string {
	if of.Process == nil {
		return "?"
	}
	return words.OrUnknown(words.InnerPID(of.Process))
}

// since writes what changed since an earlier look.
func (p sheet) since() {
	c := p.Since
	if c == nil {
		return
	}
	p.section("Since "+sanitize.Clean(c.When()), func() {
		for _, line := range c.Lines() {
			p.line("p", sanitize.Prose(line))
		}
		if len(c.Parents) == 0 {
			return
		}
		rows := words.GrowthRows(c.Parents[:min(len(c.Parents), maxParents)])
		p.foldIf(len(rows) > long, english.Count(len(c.Parents), "parent", "parents"), func() {
			p.table([]page.Column{
				{Head: "PID", Right: true}, {Head: "Command"}, {Head: "Then", Right: true}, {Head: "Now", Right: true},
				{Head: "New", Right: true}, {Head: "Reaped", Right: true}, {Head: "Other", Right: true}, {Head: "Growth", Right: true},
			}, rows)
			p.rest(len(c.Parents)-len(rows), "parent", "parents")
		})
	})
}
