// Package textpage writes each document as text: short, wide, and as a tree.
package textpage

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/observe"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/diagnose/verdict"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
	"github.com/zombiectl/zombiectl/scan/facts"
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
	text := sanitize.Prose(d.Sentence)
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

// since writes what changed since an earlier look.
func since(p *page.Page, d *diagnose.Diagnosis, full bool) {
	c := d.Since
	if c == nil {
		return
	}
	p.Heading("SINCE " + sanitize.Clean(c.When()))
	p.Line("  " + sanitize.Clean(c.Sentence()))
	growth(p, c.Parents, full)
	for _, l := range words.SinceLines(c, full) {
		p.Wrap(page.Width(l.Head), l.Head, l.Text)
	}
}

func growth(p *page.Page, parents []diagnose.Growth, full bool) {
	if len(parents) == 0 {
		return
	}
	shown := parents
	if !full {
		shown = shown[:min(len(shown), words.MaxParents)]
	}
	cols := []page.Column{
		{Head: "PID", Right: true}, {Head: "COMMAND", Least: 16}, {Head: "THEN", Right: true}, {Head: "NOW", Right: true},
		{Head: "NEW", Right: true}, {Head: "REAPED", Right: true}, {Head: "OTHER", Right: true}, {Head: "GROWTH", Right: true},
	}
	p.Table(cols, words.GrowthRows(shown))
	if rest := len(parents) - len(shown); rest > 0 {
		p.Linef("  … %s", english.Count(rest, "more parent", "more parents"))
	}
}

// unread says what could not be read, by reason.
func unread(p *page.Page, s *facts.Snapshot) {
	if len(s.Unread) == 0 {
		return
	}
	p.Heading("NOT READ")
	var reasons []string
	files := map[string][]string{}
	denied := false
	for _, u := range s.Unread {
		if files[u.Reason] == nil {
			reasons = append(reasons, u.Reason)
		}
		files[u.Reason] = append(files[u.Reason], u.File)
		denied = denied || u.Denied
	}
	slices.SortStableFunc(reasons, func(a, b string) int { return len(files[b]) - len(files[a]) })
	for i, r := range reasons {
		if i == maxReasons {
			p.Linef("  … %s", english.Count(len(reasons)-i, "more reason", "more reasons"))
			break
		}
		p.Wrap(4, "  ", fmt.Sprintf("%s: %s (%s)", english.Count(len(files[r]), "file", "files"), sanitize.Clean(r), someFiles(files[r])))
	}
	if denied {
		hint := "run as root with CAP_SYS_PTRACE to see more"
		if self, ok := s.Self.Get(); ok && self.MayTrace() {
			hint = "the kernel refuses these even to CAP_SYS_PTRACE"
		}
		p.Wrap(4, "  ", hint)
	}
}

func someFiles(files []string) string {
	const some = 2
	var out []string
	for _, f := range files[:min(some, len(files))] {
		out = append(out, sanitize.Clean(words.Rooted(f)))
	}
	if len(files) > some {
		out = append(out, "…")
	}
	return strings.Join(out, ", ")
}

// seenFrom says where the look was taken from, and what another place would show.
func seenFrom(p *page.Page, d *diagnose.Diagnosis) {
	if d.Viewpoint.Place == "" || d.Viewpoint.Place == observe.Nowhere {
		return
	}
	p.Blank()
	head := p.Bold.Sprint("SEEN FROM") + "  "
	text := phrase.Viewpoint(&d.Viewpoint)
	if c := d.Viewpoint.Container; c != nil && c.Engine != diagnose.NoContainer {
		text += " (" + c.Label() + ")"
	}
	p.Wrap(2, head, sanitize.Prose(strings.Join(append([]string{text + "."}, phrase.BetterViewpoints(&d.Viewpoint)...), " ")))
}
