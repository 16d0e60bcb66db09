package textpage

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strconv"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
)

const (
	maxVerdicts = 10  // namespaces with a line each
	roomy       = 100 // columns
)

// namespaces writes the verdict on each PID 1 that matters here.
func namespaces(p *page.Page, d *diagnose.Diagnosis, full bool) {
	all := full || d.Snapshot.AllNamespaces
	relevant := slices.DeleteFunc(slices.Clone(d.Namespaces), func(n diagnose.Namespace) bool { return n.Zombies == 0 && !all })
	if len(relevant) <= words.MaxNamespaces || full {
		for _, n := range relevant {
			namespace(p, n)
		}
		return
	}
	if !all {
		sort.SliceStable(relevant, func(i, j int) bool { return relevant[i].Zombies > relevant[j].Zombies })
	}
	shown := words.First(relevant, maxVerdicts, all)
	verdicts(p, shown)
	moreOf(p, len(relevant)-len(shown), "more PID namespace with zombies: -o wide shows them", "more PID namespaces with zombies: -o wide shows them")
}

func namespace(p *page.Page, n diagnose.Namespace) {
	who := p.Bold.Sprint(words.PID1Of(&n)) + "   "
	p.Blank()
	v := n.PID1
	if v == nil {
		p.Line(who + "not seen")
		return
	}
	about := cmp.Or(sanitize.Clean(v.Command), "?")
	if v.Program != "" {
		about += "  (" + sanitize.Clean(v.Program) + ")"
	}
	if !n.Ours && v.Process != nil {
		about = fmt.Sprintf("%s  (PID %d here)", about, v.Process.PID)
	}
	if n.Container != nil && n.Container.Engine != diagnose.NoContainer {
		about += "  in container " + words.ContainerText(n.Container)
	}
	p.Line(who + about)
	short := fmt.Sprintf("  reaps: %s (%s)   SIGTERM: %s (%s)", words.Answer(v.Reaps), sanitize.Prose(v.ReapsWhy), words.Answer(v.ForwardsSigterm), sanitize.Prose(v.ForwardsSigtermWhy))
	if p.Width > 0 && page.Width(short) <= p.Width {
		p.Line(short)
		return
	}
	answer(p, "reaps orphans", v.Reaps, v.ReapsWhy)
	answer(p, "passes SIGTERM on", v.ForwardsSigterm, v.ForwardsSigtermWhy)
}

func answer(p *page.Page, question string, a diagnose.Answer, why string) {
	said := fmt.Sprintf("%-7s", words.Answer(a))
	switch a {
	case diagnose.Yes:
		said = p.Green.Sprint(said)
	case diagnose.No:
		said = p.Red.Sprint(said)
	}
	head := fmt.Sprintf("  %-17s  %s  ", question, said)
	p.Wrap(page.Width(head), head, sanitize.Prose(why))
}

func verdicts(p *page.Page, spaces []diagnose.Namespace) {
	p.Heading("PID 1 OF EACH NAMESPACE")
	cols := []page.Column{
		{Head: "PID", Right: true}, {Head: "COMMAND", Least: 16}, {Head: "INIT"}, {Head: "REAPS"}, {Head: "SIGTERM"},
		{Head: "ZOMBIES", Right: true}, {Head: "CONTAINER", Least: 12},
	}
	rows := make([][]string, 0, len(spaces))
	for _, n := range spaces {
		row := []string{"?", "not seen", "?", "?", "?", strconv.Itoa(n.Zombies), words.ContainerText(n.Container)}
		if v := n.PID1; v != nil {
			row[1], row[2] = sanitize.CleanTo(v.Command, words.MaxCommand), words.Answer(v.Init)
			row[3], row[4] = words.Answer(v.Reaps), words.Answer(v.ForwardsSigterm)
			if v.Process != nil {
				row[0] = strconv.Itoa(v.Process.PID)
			}
		}
		rows = append(rows, row)
	}
	p.Table(cols, rows)
}
