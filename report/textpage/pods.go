package textpage

import (
	"fmt"
	"slices"
	"sort"
	"strconv"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/diagnose/phrase"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/doc"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
)

// nameOf names a container: the namespace is left out where all are in one.
func nameOf(c *doc.PodContainer, withNamespace bool) string {
	name := c.Pod + "/" + c.Container
	if c.Shared {
		name += " (shared)"
	}
	if withNamespace {
		name = c.Namespace + "/" + name
	}
	return sanitize.Clean(name)
}

// Pods writes what was found in each container, the worst first. full: all that
// scan would say of each.
func Pods(p *page.Page, list []doc.PodContainer, full bool) {
	bad, unseen, zombies := 0, 0, 0
	pods, spaces := map[[2]string]bool{}, map[string]bool{}
	for _, c := range list {
		pods[[2]string{c.Namespace, c.Pod}], spaces[c.Namespace] = true, true
		switch {
		case c.Diagnosis == nil:
			unseen++
		case len(c.Diagnosis.Zombies) > 0:
			bad, zombies = bad+1, zombies+len(c.Diagnosis.Zombies)
		}
	}
	list = slices.Clone(list)
	rank := func(c doc.PodContainer) int { // most zombies; then containers without a look; then clean ones
		if c.Diagnosis == nil {
			return 0
		}
		return len(c.Diagnosis.Zombies)*2 - 1
	}
	sort.SliceStable(list, func(i, j int) bool { return rank(list[i]) > rank(list[j]) })

	all, ofPods := english.Count(len(list), "container", "containers"), "of "+english.Count(len(pods), "pod", "pods")
	head := fmt.Sprintf("No zombies in %s %s.", english.Count(len(list)-unseen, "container", "containers"), ofPods)
	ink := p.Green
	if bad > 0 || unseen > 0 {
		ink = p.Bold
	}
	if bad > 0 {
		head = fmt.Sprintf("%s in %d of %s %s.", english.Count(zombies, "zombie", "zombies"), bad, all, ofPods)
	}
	switch {
	case unseen == len(list):
		head = fmt.Sprintf("Blind: none of %s %s could be looked at.", all, ofPods)
	case unseen > 0:
		head += fmt.Sprintf(" %d could not be looked at.", unseen)
	}
	p.Line(ink.Sprint(head))
	if len(list) == 0 {
		return
	}
	p.Blank()
	named := len(spaces) > 1
	cols := []page.Column{
		{Head: "CONTAINER", Least: 18}, {Head: "ZOMBIES", Right: true}, {Head: "OLDEST", Right: true},
		{Head: "PID 1", Least: 8}, {Head: "INIT"}, {Head: "HELPS"}, {Head: "BY"},
	}
	rows := make([][]string, len(list))
	for i := range list {
		rows[i] = podRow(&list[i], named)
	}
	p.Table(cols, rows)
	for _, c := range list {
		switch {
		case c.Diagnosis == nil:
			p.Blank()
			p.Wrap(2, p.Bold.Sprint(nameOf(&c, named))+"  ", "could not be looked at: "+sanitize.Prose(c.Err))
		case len(c.Diagnosis.Zombies) > 0 || c.Diagnosis.Severity > diagnose.Info || c.Diagnosis.Blind || full:
			p.Blank()
			p.Line(p.Bold.Sprint(nameOf(&c, named)))
			if full {
				diagnosis(p, c.Diagnosis, false)
				continue
			}
			p.Wrap(2, "  ", sanitize.Prose(c.Diagnosis.Sentence))
			findings(p, "", words.Unsaid(c.Diagnosis, nil, words.Culprits(c.Diagnosis)))
		}
	}
}

func podRow(c *doc.PodContainer, named bool) []string {
	row := []string{nameOf(c, named), "?", "?", "?", "?", "?", "-"}
	d := c.Diagnosis
	if d == nil {
		return row
	}
	row[1], row[5], row[6] = strconv.Itoa(len(d.Zombies)), words.Answer(d.InitWouldHelp), sanitize.Clean(c.How)
	if len(d.Zombies) == 0 {
		row[2], row[5] = "-", "-"
	} else if guilty := words.Culprits(d); len(guilty) > 0 {
		row[2] = phrase.Age(guilty[0].Oldest)
	}
	for _, n := range d.Namespaces {
		if n.Ours && n.PID1 != nil {
			row[3], row[4] = sanitize.CleanTo(n.PID1.Command, words.MaxCommand/2), words.Answer(n.PID1.Init)
		}
	}
	return row
}
