package markdown

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/zombiectl/zombiectl/diagnose"
	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/page"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/textpage"
	"github.com/zombiectl/zombiectl/report/words"
)

// folded writes the long parts, which a reader of the ticket opens.
func (m *writer) folded(d *diagnose.Diagnosis) {
	m.parents(d)
	m.pid1s(d)
	m.allLimits(d)
	m.tree(d)
	m.evidence(d)
}

func (m *writer) parents(d *diagnose.Diagnosis) {
	parents := words.Culprits(d)
	heads, line := "| PID | Command |", "|--:|---|"
	several := len(d.Containers) > 1 // a column with the same value in every row is useless
	if several {
		heads, line = heads+" Container |", line+"---|"
	}
	head := fmt.Sprintf("%s Zombies | Oldest | Newest | Rate | Why | Rule | Sure |\n%s--:|--:|--:|--:|---|---|---|", heads, line)
	rows := lines(parents, func(p diagnose.Parent) string {
		row := words.ParentRow(&p)
		const command, oldest, newest, why = 1, 3, 4, 6
		row[command] = cell(code(row[command]))
		for _, c := range []int{oldest, newest, why} {
			row[c] = escape(row[c])
		}
		if several {
			row = slices.Insert(row, command+1, cell(code(words.ContainerText(p.Container))))
		}
		return "| " + strings.Join(row, " | ") + " |"
	})
	m.fold(english.Count(len(rows), "parent", "parents")+" with zombies", head, rows, "parent", "parents")
}

func (m *writer) pid1s(d *diagnose.Diagnosis) {
	var rows []string
	for i := range d.Namespaces {
		if n := &d.Namespaces[i]; n.Zombies > 0 {
			rows = append(rows, answers(n))
		}
	}
	m.fold(english.Agree(len(rows), "PID 1", "PID 1 of each container"), "| Container | Command | Reaps what it adopts | Passes on SIGTERM | Zombies |\n|---|---|---|---|--:|", rows, "PID 1", "PID 1s")
}

func (m *writer) allLimits(d *diagnose.Diagnosis) {
	rows := make([]string, len(d.Limits))
	for i := range d.Limits {
		rows[i] = "- " + escape(sanitize.Prose(words.LimitLine(&d.Limits[i])))
	}
	m.fold(english.Count(len(rows), "limit", "limits")+" on processes", "", rows, "limit", "limits")
}

// tree writes the path to each zombie. Where there is too little room for that,
// it writes the paths to the most important ones.
func (m *writer) tree(d *diagnose.Diagnosis) {
	if len(d.Zombies) == 0 {
		return
	}
	render := func(write func(*page.Page)) string {
		var text bytes.Buffer
		write(page.New(&text, page.Style{}))
		return open("Process tree") + fenced("text", strings.TrimSuffix(text.String(), "\n")) + "\n" + closing
	}
	part := render(func(p *page.Page) { textpage.Tree(p, d, nil) })
	if len(part) > m.roomLeft() {
		m.without = append(m.without, "most of the process tree")
		if part = render(func(p *page.Page) { textpage.Brief(p, d, words.Culprits(d)) }); len(part) > m.roomLeft() {
			return
		}
	}
	m.out.WriteString(part)
}

// evidence writes what the findings rest on.
func (m *writer) evidence(d *diagnose.Diagnosis) {
	rows := make([]string, len(d.Findings))
	for i := range d.Findings {
		f := &d.Findings[i]
		said := []string{fmt.Sprintf("- %s %s, %s: %s", f.Rule, f.Severity, f.Certainty, escape(sanitize.Prose(f.Message())))}
		for _, l := range words.EvidenceLines(f.Evidence) {
			said = append(said, "  - "+code(l))
		}
		rows[i] = strings.Join(said, "\n")
	}
	m.fold(english.Count(len(rows), "finding", "findings")+", with evidence", "", rows, "finding", "findings")
}
