package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/english"
)

// PodContainer is a container of a pod, as it was looked at from far away.
type PodContainer struct {
	Namespace, Pod string
	// Container is where the look was made; Shared: the pod's containers share a
	// PID namespace, so that it was of all of them.
	Container string
	Shared    bool
	How       string              // it was looked at: "zombiectl", "shell"
	Diagnosis *diagnose.Diagnosis // nil: it could not be looked at
	Err       string              // why not
}

// PodFormats returns the names of the formats that WritePods knows.
func PodFormats() []string { return []string{"text", "wide", "json"} }

// WritePods writes one report on the containers of pods.
func WritePods(w io.Writer, format string, list []PodContainer, s Style) error {
	var out bytes.Buffer
	switch format {
	case "json":
		if err := writeJSON(&out, newDocPods(list)); err != nil {
			return err
		}
	case "text", "wide":
		p := newPage(&out, s)
		if err := p.pods(list, format == "wide"); err != nil {
			return err
		}
	default:
		return fmt.Errorf("unknown format %q: %s", format, strings.Join(PodFormats(), ", "))
	}
	_, err := w.Write(out.Bytes())
	return err
}

type docPods struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Items      []docPod `json:"items"`
}

type docPod struct {
	Namespace string    `json:"namespace"`
	Pod       string    `json:"pod"`
	Container string    `json:"container"`
	Shared    bool      `json:"shared"`
	How       *string   `json:"how"`
	Error     *string   `json:"error"`
	Diagnosis *document `json:"diagnosis"`
}

func newDocPods(list []PodContainer) docPods {
	doc := docPods{APIVersion: apiVersion, Kind: "DiagnosisList", Items: []docPod{}}
	for _, c := range list {
		item := docPod{valid(c.Namespace), valid(c.Pod), valid(c.Container), c.Shared, known(c.How), known(c.Err), nil}
		if c.Diagnosis != nil {
			d := newDocument(c.Diagnosis, nil)
			item.Diagnosis = &d
		}
		doc.Items = append(doc.Items, item)
	}
	return doc
}

func (c *PodContainer) zombies() int {
	if c.Diagnosis == nil {
		return 0
	}
	return len(c.Diagnosis.Zombies)
}

// name tells it from the others: the namespace is left out where all are in one.
func (c *PodContainer) name(withNamespace bool) string {
	parts := []string{c.Pod, c.Container}
	if c.Shared {
		parts[1] += " (shared)"
	}
	if withNamespace {
		parts = append([]string{c.Namespace}, parts...)
	}
	return clean(strings.Join(parts, "/"))
}

func (p *page) pods(list []PodContainer, full bool) error {
	bad, unseen, zombies := 0, 0, 0
	pods, spaces := map[[2]string]bool{}, map[string]bool{}
	for i := range list {
		c := &list[i]
		pods[[2]string{c.Namespace, c.Pod}], spaces[c.Namespace] = true, true
		switch {
		case c.Diagnosis == nil:
			unseen++
		case c.zombies() > 0:
			bad, zombies = bad+1, zombies+c.zombies()
		}
	}
	// Most zombies first; then what could not be looked at; then what is well.
	list = slices.Clone(list)
	rank := func(c PodContainer) int {
		if c.Diagnosis == nil {
			return 0
		}
		return c.zombies()*2 - 1
	}
	slices.SortStableFunc(list, func(a, b PodContainer) int { return rank(b) - rank(a) })

	head := fmt.Sprintf("No zombies in %s of %s.", english.Count(len(list)-unseen, "container", "containers"), english.Count(len(pods), "pod", "pods"))
	switch {
	case unseen == len(list):
		head = fmt.Sprintf("Blind: none of %s of %s could be looked at.", english.Count(len(list), "container", "containers"), english.Count(len(pods), "pod", "pods"))
		unseen = 0
	case bad > 0:
		head = fmt.Sprintf("%s in %d of %s of %s.", english.Count(zombies, "zombie", "zombies"), bad, english.Count(len(list), "container", "containers"), english.Count(len(pods), "pod", "pods"))
	}
	if unseen > 0 {
		head += fmt.Sprintf(" %d could not be looked at.", unseen)
	}
	if bad > 0 || slices.ContainsFunc(list, func(c PodContainer) bool { return c.Diagnosis == nil }) {
		head = p.bold.Sprint(head)
	} else {
		head = p.green.Sprint(head)
	}
	p.line(head)
	if len(list) == 0 {
		return nil
	}
	p.blank()
	named := len(spaces) > 1
	cols := []column{
		{head: "CONTAINER", least: 18}, {head: "ZOMBIES", right: true}, {head: "OLDEST", right: true},
		{head: "PID 1", least: 8}, {head: "INIT"}, {head: "HELPS"}, {head: "BY"},
	}
	rows := make([][]string, 0, len(list))
	for i := range list {
		rows = append(rows, podRow(&list[i], named))
	}
	if err := p.table(cols, rows); err != nil {
		return err
	}
	for i := range list {
		c := &list[i]
		switch {
		case c.Diagnosis == nil:
			p.blank()
			p.wrap(2, p.bold.Sprint(c.name(named))+"  ", "could not be looked at: "+prose(c.Err))
		case c.zombies() > 0 || c.Diagnosis.Severity > diagnose.Info || c.Diagnosis.Blind || full:
			p.blank()
			p.line(p.bold.Sprint(c.name(named)))
			if full {
				if err := p.text(c.Diagnosis, false); err != nil {
					return err
				}
				continue
			}
			p.wrap(2, "  ", prose(c.Diagnosis.Sentence))
			p.findings("", unsaid(c.Diagnosis, nil, culprits(c.Diagnosis)))
		}
	}
	return nil
}

func podRow(c *PodContainer, named bool) []string {
	row := []string{c.name(named), "?", "?", "?", "?", "?", "-"}
	d := c.Diagnosis
	if d == nil {
		return row
	}
	row[1], row[2], row[6] = strconv.Itoa(len(d.Zombies)), "-", clean(c.How)
	if len(d.Zombies) > 0 {
		row[2] = "?"
		row[5] = answer(d.InitWouldHelp)
		if guilty := culprits(d); len(guilty) > 0 {
			row[2] = diagnose.AgeText(guilty[0].Oldest)
		}
	} else {
		row[5] = "-"
	}
	for _, n := range d.Namespaces {
		if n.Ours && n.PID1 != nil {
			row[3], row[4] = cleanTo(n.PID1.Command, maxCommand/2), answer(n.PID1.Init)
		}
	}
	return row
}
