package htmlpage

import (
	"fmt"

	"github.com/zombiectl/zombiectl/english"
	"github.com/zombiectl/zombiectl/report/sanitize"
	"github.com/zombiectl/zombiectl/report/words"
	"github.com/zombiectl/zombiectl/scan/facts"
)

// Rows of zombies longer than this are folded by command, and processes nested
// deeper than browsers allow stand beside each other.
const (
	maxRow   = 12
	maxDepth = 40
)

// tree writes the processes that lead to a zombie.
type tree struct {
	writer
	*words.Tree
}

func (p sheet) tree() {
	if len(p.Zombies) == 0 {
		return
	}
	t := tree{p.writer, words.NewTree(p.Diagnosis)}
	t.Show(p.Zombies)
	p.section("Process tree", func() {
		p.in("div", func() {
			p.in("ul", func() { t.row(p.Snapshot.Tree().Roots, 0) })
		}, "class", "tree")
	})
}

func (t tree) row(siblings []*facts.Node, depth int) {
	zombies, paths, others := t.Row(siblings)
	t.zombies(zombies)
	for _, n := range paths {
		if depth < maxDepth && len(n.Children) > 0 {
			t.fold(func() { t.process(n, depth) }, func() { t.row(n.Children, depth+1) }, "open", "")
			continue
		}
		t.in("li", func() { t.process(n, depth) })
		t.row(n.Children, depth+1)
	}
	if len(others) > 0 && depth > 0 {
		t.in("li", func() { t.line("span", "… "+english.Count(len(others), "other child", "other children")) })
	}
}

// zombies folds a long row by command.
func (t tree) zombies(row []*facts.Node) {
	if len(row) <= maxRow {
		t.each(row)
		return
	}
	var names []string
	groups := map[string][]*facts.Node{}
	for _, n := range row {
		name := n.Process.Comm
		if groups[name] == nil {
			names = append(names, name)
		}
		groups[name] = append(groups[name], n)
	}
	for i, name := range names {
		if i == maxRow*4 { // who makes up a name for each process gets no row for each
			t.rest("… " + english.Count(len(names)-i, "more command", "more commands"))
			break
		}
		group := groups[name]
		if len(group) == 1 {
			t.each(group)
			continue
		}
		t.fold(func() { t.line("span", fmt.Sprintf("%d × %s  Z", len(group), sanitize.Clean(name)), "class", "z") }, func() {
			t.each(group[:min(len(group), maxZombies)])
			if rest := len(group) - maxZombies; rest > 0 {
				t.rest(fmt.Sprintf("… %d more", rest))
			}
		})
	}
}

func (t tree) each(zombies []*facts.Node) {
	for _, n := range zombies {
		t.in("li", func() { t.process(n, 0) })
	}
}

// rest stands for zombies.
func (t tree) rest(text string) {
	t.in("li", func() { t.line("span", text, "class", "z") })
}

// fold writes an entry that can be opened.
func (t tree) fold(summary, below func(), attrs ...string) {
	t.in("li", func() {
		t.in("details", func() {
			t.in("summary", summary)
			t.in("ul", below)
		}, attrs...)
	})
}

func (t tree) process(n *facts.Node, depth int) {
	text := t.Label(n) + "  " + t.Notes(n)
	if depth > maxDepth {
		text = fmt.Sprintf("[depth %d] %s", depth, text)
	}
	var class []string
	if t.Zombies[n.Process.PID] != nil {
		class = []string{"class", "z"}
	}
	t.line("span", text, class...)
	if mark := t.Mark(n); mark != "" {
		t.text(" ")
		t.line("span", mark, "class", "mark")
	}
}
