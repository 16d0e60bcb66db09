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
	room int // for so many zombies
	over int // had no room
}

func (p sheet) tree() {
	if len(p.Zombies) == 0 {
		return
	}
	t := &tree{writer: p.writer, Tree: words.NewTree(p.Diagnosis), room: maxZombies}
	t.Show(p.Zombies)
	p.section("Process tree", func() {
		p.foldIf(len(p.problems) > 1, "What leads to "+english.Count(len(p.Zombies), "zombie", "zombies"), func() {
			p.in("div", func() {
				p.in("ul", func() { t.row(p.Snapshot.Tree().Roots, 0) })
			}, "class", "tree")
			p.rest(t.over, "zombie", "zombies")
		})
	})
}

func (t *tree) row(siblings []*facts.Node, depth int) {
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
		t.in("li", func() {
			t.line("span", "and "+english.Count(len(others), "other child", "other children"), "class", "soft")
		})
	}
}

// zombies folds a long row by command.
func (t *tree) zombies(row []*facts.Node) {
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
	for _, name := range names {
		group := groups[name]
		if len(group) == 1 || t.room <= 0 {
			t.each(group)
			continue
		}
		t.fold(func() { t.line("span", english.Number(len(group))+" × "+sanitize.Clean(name)+"  Z", "class", "z") }, func() { t.each(group) })
	}
}

func (t *tree) each(zombies []*facts.Node) {
	shown := zombies[:min(len(zombies), t.room)]
	t.room -= len(shown)
	t.over += len(zombies) - len(shown)
	for _, n := range shown {
		t.in("li", func() { t.process(n, 0) })
	}
}

// fold writes an entry that can be opened.
func (t *tree) fold(summary, below func(), attrs ...string) {
	t.in("li", func() {
		t.in("details", func() {
			t.in("summary", summary)
			t.in("ul", below)
		}, attrs...)
	})
}

func (t *tree) process(n *facts.Node, depth int) {
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
