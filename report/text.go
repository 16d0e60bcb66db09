package report

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/scan"
)

// What the text report shows of each kind, so that it stays one page however
// bad it is. wide shows all.
const (
	maxNamespaces = 3 // with a block each
	maxParents    = 10
	maxPerRule    = 3
	maxFindings   = 12
	maxAdvice     = 8
	maxCommand    = 64 // columns of a command in a table
)

const (
	maxVerdicts = 10  // namespaces with a line each
	roomy       = 110 // columns
)

// maxReasons is how many reasons are said in full.
const maxReasons = 3

func renderText(out *bytes.Buffer, d *diagnose.Diagnosis, v *diagnose.Verdict, s Style) error {
	if v != nil {
		renderCheckText(out, d, v, s)
		return nil
	}
	return newPage(out, s).text(d, false)
}

// text writes the report for people. full: nothing is left out for brevity.
func (p *page) text(d *diagnose.Diagnosis, full bool) error {
	p.sentence(d)
	if d.Blind && !slices.ContainsFunc(d.Findings, func(f diagnose.Finding) bool { return f.Rule == "Z901" }) {
		p.line("Blind: there may be processes that were not seen, and zombies among them.")
	}
	if len(d.Zombies) == 0 && !full {
		var spaces []diagnose.Namespace
		if d.Snapshot.AllNamespaces {
			var err error
			if spaces, err = p.namespaces(d, full); err != nil {
				return err
			}
		}
		if err := p.since(d, full); err != nil {
			return err
		}
		p.findings("", unsaid(d, spaces, nil))
		if d.Severity > diagnose.Info {
			p.whatToDo(d, full)
		} else {
			p.more(d)
		}
		p.stand(d)
		p.unread(d.Snapshot)
		return nil
	}
	spaces, err := p.namespaces(d, full)
	if err != nil {
		return err
	}
	if err := p.containers(d, full); err != nil {
		return err
	}
	parents, err := p.notReaping(d, full)
	if err != nil {
		return err
	}
	if err := p.limits(d, full); err != nil {
		return err
	}
	if err := p.since(d, full); err != nil {
		return err
	}
	if len(d.Zombies) > 0 {
		p.heading("TREE")
		p.brief(d, parents)
	}
	if !full {
		heading := "FOUND"
		if len(parents) > 0 {
			heading = "ALSO FOUND"
		}
		p.findings(heading, unsaid(d, spaces, parents))
	}
	p.whatToDo(d, full)
	p.stand(d)
	p.unread(d.Snapshot)
	return nil
}

func (p *page) sentence(d *diagnose.Diagnosis) {
	text := prose(d.Sentence)
	from := p.out.Len()
	p.wrap(0, "", text)
	lines := strings.TrimRight(p.out.String()[from:], "\n")
	p.out.Truncate(from)
	for line := range strings.SplitSeq(lines, "\n") {
		switch {
		case d.Severity >= diagnose.Warning || d.Blind:
			line = p.bold.Sprint(line)
		case len(d.Zombies) == 0:
			line = p.green.Sprint(line)
		}
		p.line(line)
	}
}

// namespaces writes the verdict on each PID 1 that matters here, and returns
// those that were written.
func (p *page) namespaces(d *diagnose.Diagnosis, full bool) ([]diagnose.Namespace, error) {
	all := full || d.Snapshot.AllNamespaces
	var relevant []diagnose.Namespace
	for _, n := range d.Namespaces {
		if n.Zombies > 0 || all {
			relevant = append(relevant, n)
		}
	}
	if len(relevant) > maxNamespaces && !full {
		shown := slices.Clone(relevant)
		if !all {
			slices.SortStableFunc(shown, func(a, b diagnose.Namespace) int { return b.Zombies - a.Zombies })
			shown = shown[:min(len(shown), maxVerdicts)]
		}
		err := p.verdicts(shown)
		if rest := len(relevant) - len(shown); rest > 0 {
			p.linef("  … %s with zombies: -o wide shows them", english.Count(rest, "more PID namespace", "more PID namespaces"))
		}
		return shown, err
	}
	for _, n := range relevant {
		p.blank()
		p.namespace(n)
	}
	return relevant, nil
}

func (p *page) namespace(n diagnose.Namespace) {
	who := "PID 1"
	if !n.Ours {
		who = "PID 1 of namespace " + orUnknown(pointer(n.ID))
	}
	if n.PID1 == nil {
		p.line(p.bold.Sprint(who) + "   not in view")
		return
	}
	v := n.PID1
	about := clean(v.Command)
	if about == "" {
		about = "?"
	}
	if v.Program != "" {
		about += "  (" + clean(v.Program) + ")"
	}
	if !n.Ours && v.Process != nil {
		about = fmt.Sprintf("%s  (PID %d here)", about, v.Process.PID)
	}
	if n.Container != nil && n.Container.Engine != diagnose.NoContainer {
		about += "  in container " + containerText(n.Container)
	}
	p.line(p.bold.Sprint(who) + "   " + about)
	p.answer("reaps what it adopts", v.Reaps, v.ReapsWhy)
	p.answer("passes on SIGTERM", v.ForwardsSigterm, v.ForwardsSigtermWhy)
}

func (p *page) answer(question string, a diagnose.Answer, why string) {
	said := fmt.Sprintf("%-7s", answer(a))
	switch a {
	case diagnose.Yes:
		said = p.green.Sprint(said)
	case diagnose.No:
		said = p.red.Sprint(said)
	}
	head := fmt.Sprintf("  %-20s   %s  ", question, said)
	p.wrap(widthOf(head), head, prose(why))
}

// notReaping writes the table of culprits, and returns those that are in it.
func (p *page) notReaping(d *diagnose.Diagnosis, full bool) ([]diagnose.Parent, error) {
	parents := byContainer(d, culprits(d))
	if len(parents) == 0 {
		return nil, nil
	}
	outside := slices.ContainsFunc(parents, func(c diagnose.Parent) bool { return fromOutside(c.Process) })
	shown := parents
	if !full {
		shown = parents[:min(len(parents), maxParents)]
	}
	p.heading("NOT REAPING")
	cols := []column{
		{head: "PID", right: true},
		{head: "COMMAND", least: 16},
		{head: "ZOMBIES", right: true},
		{head: "OLDEST", right: true},
		{head: "NEWEST", right: true},
		{head: "RATE", right: true},
		{head: "WHY", least: 10},
		{head: "RULE"},
		{head: "SURE"},
	}
	var rows [][]string
	for _, c := range shown {
		rows = append(rows, []string{
			orUnknown(told(c.PID)), parentCommand(c), strconv.Itoa(c.Zombies), diagnose.AgeText(c.Oldest), diagnose.AgeText(c.Newest), rateText(c.Rate), clean(c.Why), strings.Join(c.Rules, " "), string(c.Certainty),
		})
	}
	if outside || len(d.Containers) > 1 {
		// Whose it is says more than these, where there is no room for all.
		if p.width > 0 && p.width < roomy {
			cols, rows = without(cols, rows, "NEWEST", "RATE", "SURE")
		}
		cols = slices.Insert(cols, 1, column{head: "INSIDE", right: true}, column{head: "CONTAINER", least: 12})
		for i, c := range shown {
			rows[i] = slices.Insert(rows[i], 1, insidePID(c.Process), containerText(c.Container))
		}
	}
	if err := p.table(cols, rows); err != nil {
		return nil, err
	}
	for i, c := range shown {
		if c.Timeline != nil && (i == 0 || full) {
			p.linef("  deaths %s  %s ago to now, %d of PID %d", sparkline(c.Timeline.Buckets), english.Duration(c.Timeline.Span), c.Rate.Points, c.PID)
		}
	}
	if rest := parents[len(shown):]; len(rest) > 0 {
		zombies := 0
		for _, c := range rest {
			zombies += c.Zombies
		}
		p.linef("  … %s with %s", english.Count(len(rest), "more parent", "more parents"), english.Count(zombies, "zombie", "zombies"))
	}
	return shown, nil
}

func parentCommand(c diagnose.Parent) string {
	switch {
	case c.Command != "":
		return cleanTo(c.Command, maxCommand)
	case c.PID == scan.NoPID:
		return "? (the list does not tell)"
	case c.PID == 0:
		return "? (outside this PID namespace)"
	case c.Process == nil:
		return "? (not in view)"
	}
	return "?"
}

// table writes an indented table with a bold header.
func (p *page) table(cols []column, rows [][]string) error {
	const indent = "  "
	width := p.width
	if width > 0 {
		width = max(1, width-len(indent))
	}
	lines, err := table(cols, rows, width)
	if err != nil {
		return err
	}
	for i, l := range lines {
		if i == 0 {
			l = p.bold.Sprint(l)
		}
		p.line(indent + l)
	}
	return nil
}

// orUnknown shows a fact, "?" when it is not known.
func orUnknown[T any](v *T) string {
	if v == nil {
		return "?"
	}
	return fmt.Sprint(*v)
}
