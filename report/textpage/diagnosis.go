// Package textpage writes each document as text: short, wide, and as a tree.
package textpage

import (
	"slices"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/words"
)

// Diagnosis writes what was found, on one page; with a verdict only what a monitor
// reads.
func Diagnosis(p *page.Page, d *diagnose.Diagnosis, v *diagnose.Verdict) {
	if v != nil {
		Check(p, d, v)
		return
	}
	diagnosis(p, d, false)
}

// diagnosis writes the report for people. full: nothing is left out for brevity.
func diagnosis(p *page.Page, d *diagnose.Diagnosis, full bool) {
	sentence(p, d)
	if d.Blind && !slices.ContainsFunc(d.Findings, func(f diagnose.Finding) bool { return f.Rule == "Z901" }) {
		p.Line("Blind: there may be processes that were not seen, and zombies among them.")
	}
	if len(d.Zombies) == 0 && !full {
		var spaces []diagnose.Namespace
		if d.Snapshot.AllNamespaces {
			spaces = namespaces(p, d, full)
		}
		since(p, d, full)
		findings(p, "", words.Unsaid(d, spaces, nil))
		if d.Severity > diagnose.Info {
			whatToDo(p, d, full)
		} else {
			more(p, d)
		}
		seenFrom(p, d)
		unread(p, d.Snapshot)
		return
	}
	spaces := namespaces(p, d, full)
	containers(p, d, full)
	parents := notReaping(p, d, full)
	limits(p, d, full)
	since(p, d, full)
	if len(d.Zombies) > 0 {
		p.Heading("TREE")
		Brief(p, d, parents)
	}
	if !full {
		heading := "FOUND"
		if len(parents) > 0 {
			heading = "ALSO FOUND"
		}
		findings(p, heading, words.Unsaid(d, spaces, parents))
	}
	whatToDo(p, d, full)
	seenFrom(p, d)
	unread(p, d.Snapshot)
}
