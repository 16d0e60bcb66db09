// Package textpage writes each document as text: short, wide, and as a tree.
package textpage

import (
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/verdict"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
)

// Diagnosis writes what was found, on one page; with a verdict only what a monitor
// reads.
func Diagnosis(p *page.Page, d *diagnose.Diagnosis, v *verdict.Verdict) {
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
	well := len(d.Zombies) == 0 && !full // little to say
	var spaces []diagnose.Namespace
	if !well || d.Snapshot.AllNamespaces {
		spaces = namespaces(p, d, full)
	}
	var parents []diagnose.Parent
	if !well {
		containers(p, d, full)
		parents = notReaping(p, d, full)
		limits(p, d, full)
	}
	since(p, d, full)
	if len(d.Zombies) > 0 {
		p.Heading("TREE")
		Brief(p, d, parents)
	}
	heading := "FOUND"
	switch {
	case well:
		heading = ""
	case len(parents) > 0:
		heading = "ALSO FOUND"
	}
	if !full {
		findings(p, heading, words.Unsaid(d, spaces, parents))
	}
	if well && d.Severity <= diagnose.Info {
		more(p, d)
	} else {
		whatToDo(p, d, full)
	}
	seenFrom(p, d)
	unread(p, d.Snapshot)
}

func sentence(p *page.Page, d *diagnose.Diagnosis) {
	text := sanitize.Prose(words.Sentence(d))
	from := p.Out.Len()
	p.Wrap(0, "", text)
	lines := strings.TrimRight(p.Out.String()[from:], "\n")
	p.Out.Truncate(from)
	for line := range strings.SplitSeq(lines, "\n") {
		switch {
		case d.Severity >= diagnose.Warning || d.Blind:
			line = p.Bold.Sprint(line)
		case len(d.Zombies) == 0:
			line = p.Green.Sprint(line)
		}
		p.Line(line)
	}
}
