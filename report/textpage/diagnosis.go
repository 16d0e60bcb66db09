// Package textpage writes each document as text: short, wide, and as a tree.
package textpage

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
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

// Diagnosis writes a diagnosis on one page; with a verdict only the part that a
// monitor reads.
func Diagnosis(p *page.Page, d *diagnose.Diagnosis, v *verdict.Verdict) {
	if v != nil {
		Check(p, d, v)
		return
	}
	diagnosis(p, d, false)
}

// diagnosis writes the report for people: the sentence, then the problems, most
// urgent first. Of one problem it shows also PID 1 and the tree. full: nothing is left
// out for brevity.
func diagnosis(p *page.Page, d *diagnose.Diagnosis, full bool) {
	from := p.Out.Len()
	sentence(p, d)
	if d.Blind && !slices.ContainsFunc(d.Findings, func(f diagnose.Finding) bool { return f.Rule == "Z901" }) {
		p.Line("Blind: there may be processes that were not seen, and zombies among them.")
	}
	list, others := d.Problems()
	problems(p, d, list)
	if full {
		everything(p, d)
		return
	}
	one := len(list) <= 1 && len(d.Zombies) > 0
	if one || d.Snapshot.AllNamespaces {
		namespaces(p, d, false)
	}
	since(p, d, false)
	if one {
		p.Blank()
		Brief(p, d, words.Culprits(d))
	}
	most := maxNotes
	if len(list) > 1 {
		most = 0
	}
	notes(p, d, others, most)
	if nobodyHere(d) || d.Blind && d.Viewpoint.Ptrace == diagnose.No { // another place would show more
		seenFrom(p, d)
		unread(p, d.Snapshot)
	} else {
		privilege(p, d)
	}
	again(p, d, from)
}

// nobodyHere reports whether a zombie has its parent elsewhere.
func nobodyHere(d *diagnose.Diagnosis) bool {
	return slices.ContainsFunc(d.Findings, func(f diagnose.Finding) bool { return f.Rule == "Z105" })
}

// privilege says how to learn the unknown facts.
func privilege(p *page.Page, d *diagnose.Diagnosis) {
	if len(d.Zombies) > 0 && d.Viewpoint.Ptrace == diagnose.No && slices.ContainsFunc(d.Snapshot.Unread, func(u facts.Unread) bool { return u.Denied }) {
		p.Blank()
		p.Wrap(0, "", "Run as root with CAP_SYS_PTRACE to fill in what is unknown.")
	}
}

// everything is what the short report leaves out.
func everything(p *page.Page, d *diagnose.Diagnosis) {
	namespaces(p, d, true)
	containers(p, d)
	notReaping(p, d)
	limits(p, d)
	since(p, d, true)
	if len(d.Zombies) > 0 {
		p.Heading("TREE")
		Brief(p, d, words.Culprits(d))
	}
	whatToDo(p, d, true)
	seenFrom(p, d)
	unread(p, d.Snapshot)
}

// again repeats the sentence at the end of a page that is longer than the
// screen: only the end is still visible.
func again(p *page.Page, d *diagnose.Diagnosis, from int) {
	if p.Height > 0 && bytes.Count(p.Out.Bytes()[from:], []byte{'\n'}) > p.Height {
		p.Blank()
		sentence(p, d)
	}
}

func sentence(p *page.Page, d *diagnose.Diagnosis) {
	from := p.Out.Len()
	p.Wrap(0, "", sanitize.Prose(d.Sentence))
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

func since(p *page.Page, d *diagnose.Diagnosis, full bool) {
	c := d.Since
	if c == nil {
		return
	}
	p.Heading("SINCE " + sanitize.Clean(c.When()))
	for _, line := range c.Lines() {
		p.Wrap(2, "  ", sanitize.Prose(line))
	}
	if len(c.Parents) > 0 {
		shown := words.First(c.Parents, words.MaxParents, full)
		cols := []page.Column{
			{Head: "PID", Right: true}, {Head: "COMMAND", Least: 16}, {Head: "THEN", Right: true}, {Head: "NOW", Right: true},
			{Head: "NEW", Right: true}, {Head: "REAPED", Right: true}, {Head: "OTHER", Right: true}, {Head: "GROWTH", Right: true},
		}
		p.Table(cols, words.GrowthRows(shown))
		moreOf(p, len(c.Parents)-len(shown), "more parent", "more parents")
	}
	for _, l := range words.SinceLines(c, full) {
		p.Wrap(page.Width(l.Head), l.Head, l.Text)
	}
}

func unread(p *page.Page, s *facts.Snapshot) {
	if len(s.Unread) == 0 {
		return
	}
	p.Heading("NOT READ")
	var reasons []string
	files := map[string][]string{}
	for _, u := range s.Unread {
		if files[u.Reason] == nil {
			reasons = append(reasons, u.Reason)
		}
		files[u.Reason] = append(files[u.Reason], u.File)
	}
	slices.SortStableFunc(reasons, func(a, b string) int { return len(files[b]) - len(files[a]) })
	for _, r := range reasons[:min(len(reasons), maxReasons)] {
		const some = 2
		var names []string
		for _, f := range files[r][:min(some, len(files[r]))] {
			names = append(names, sanitize.Clean(words.Rooted(f)))
		}
		if len(files[r]) > some {
			names = append(names, "…")
		}
		p.Wrap(4, "  ", fmt.Sprintf("%s: %s (%s)", english.Count(len(files[r]), "file", "files"), sanitize.Clean(r), strings.Join(names, ", ")))
	}
	moreOf(p, len(reasons)-maxReasons, "more reason", "more reasons")
	if slices.ContainsFunc(s.Unread, func(u facts.Unread) bool { return u.Denied }) {
		hint := "run as root with CAP_SYS_PTRACE to see more"
		if self, ok := s.Self.Get(); ok && self.MayTrace() {
			hint = "the kernel refuses these even to CAP_SYS_PTRACE"
		}
		p.Wrap(4, "  ", hint)
	}
}

// seenFrom says where the look was taken from, and what another place would show.
func seenFrom(p *page.Page, d *diagnose.Diagnosis) {
	if d.Viewpoint.Place == "" || d.Viewpoint.Place == observe.Nowhere {
		return
	}
	text := phrase.Viewpoint(&d.Viewpoint)
	if c := d.Viewpoint.Container; c != nil && c.Engine != diagnose.NoContainer {
		text += " (" + c.Label() + ")"
	}
	text = strings.Join(append([]string{text + "."}, phrase.BetterViewpoints(&d.Viewpoint)...), " ")
	p.Blank()
	p.Wrap(2, p.Bold.Sprint("SEEN FROM")+"  ", sanitize.Prose(text))
}

// Wide is text with nothing left out: every zombie and every finding
// with the evidence it rests on.
func Wide(p *page.Page, d *diagnose.Diagnosis, v *verdict.Verdict) {
	if v != nil {
		Verdict(p, d, v)
		p.Blank()
	}
	diagnosis(p, d, true)
	allZombies(p, d)
	allFindings(p, d)
}

func allZombies(p *page.Page, d *diagnose.Diagnosis) {
	if len(d.Zombies) == 0 {
		return
	}
	p.Heading("ZOMBIES")
	cols := []page.Column{
		{Head: "PID", Right: true}, {Head: "PPID", Right: true}, {Head: "COMM", Least: 16}, {Head: "STATE"},
		{Head: "ORIGIN", Least: 7}, {Head: "EXIT"}, {Head: "DEAD FOR"}, {Head: "STARTED"}, {Head: "UID", Right: true}, {Head: "RULES"},
	}
	outside := len(d.Containers) > 1 || slices.ContainsFunc(d.Zombies, func(z diagnose.Zombie) bool { return fromOutside(z.Process) })
	if outside {
		cols = slices.Insert(cols, 2, page.Column{Head: "INSIDE", Right: true}, page.Column{Head: "CONTAINER", Least: 12})
	}
	changed := words.NewChanges(d.Since)
	if changed != nil {
		cols = append(cols, page.Column{Head: "SINCE"})
	}
	rows := make([][]string, 0, len(d.Zombies))
	for i := range d.Zombies {
		z := &d.Zombies[i]
		origin := words.Origin(z.Origin.Descent)
		if origin != string(observe.UnknownDescent) && z.Origin.Sure != "" {
			origin += " (" + sanitize.Clean(string(z.Origin.Sure)) + ")"
		}
		row := []string{
			strconv.Itoa(z.Process.PID), words.OrUnknown(words.Told(z.PPID)), sanitize.Clean(z.Process.Comm),
			sanitize.Clean(z.Process.State.String()), origin, words.ExitText(z.Exit), words.AgeRange(z.Age),
			words.OrUnknown(words.RFC3339(d.StartTime(z.Process))), words.OrUnknown(words.UID(z.Process)), strings.Join(z.Rules, " "),
		}
		if outside {
			row = slices.Insert(row, 2, words.OrUnknown(words.InnerPID(z.Process)), words.ContainerText(z.Container))
		}
		if changed != nil {
			row = append(row, changed[z.Process])
		}
		rows = append(rows, row)
	}
	p.Table(cols, rows)
}
